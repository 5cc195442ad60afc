import type { Product } from "./objects.ts";
import type { Shop } from "./shop.ts";

/** What the page of a shop shows. */
export interface Shown {
  readonly shop: Shop;
  readonly search: string;
  readonly edited: Product | undefined;
  readonly problem: string | undefined;
}

export function address(path: string, { shop, search }: Shown, edited?: number): string {
  const query = new URLSearchParams({ shop: shop.credentials.retailer });
  if (search !== "") query.set("search", search);
  if (edited !== undefined) query.set("edit", String(edited));
  return `${path}?${query.toString()}`;
}
