import type { Kind, Row } from "./objects.ts";
import type { Recipe } from "./recipes.ts";

export interface Credentials {
  readonly retailer: string;
  readonly retailerId: number;
  readonly clientId: string;
  clientSecret: string;
}

/** What was done to a shop, as it is saved: of a row only what became another, of many rows at once how they are made. */
export type Act =
  | { readonly at: number; readonly put: Kind; readonly row: { readonly id: number } }
  | { readonly at: number; readonly drop: Kind; readonly id: number }
  | { readonly at: number; readonly recipe: Recipe };

export interface SavedShop extends Credentials {
  readonly acts: readonly Act[];
}

/** Members of the new row that are not as they were. */
export function difference<T extends Row>(before: T | undefined, after: T): Partial<T> {
  if (before === undefined) return after;
  const changed: Partial<T> = {};
  for (const name of Object.keys(after) as (keyof T)[])
    if (before[name] !== after[name]) changed[name] = after[name];
  return changed;
}
