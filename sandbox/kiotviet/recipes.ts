import * as z from "zod";
import { seedShop } from "./seed.ts";
import type { Shop } from "./shop.ts";
import { TOUCHES, touchProducts } from "./touch.ts";

const count = z.number().int().min(0).max(1_000_000).default(0);

export const seedBody = z.strictObject({
  categories: count,
  products: count,
  customers: count,
  /** So many branches the shop has afterwards, where it has fewer. */
  branches: z.number().int().min(1).max(1000).default(1),
  seed: z.number().int().default(1),
  /** Rows are made now, instead of over the year before. */
  fresh: z.boolean().default(false),
  /** Whether webhooks tell of it. */
  tell: z.boolean().default(false),
});

export const touchBody = z.strictObject({
  products: z.number().int().min(1).max(1_000_000),
  what: z.enum(TOUCHES).default("price"),
  seed: z.number().int().default(1),
  tell: z.boolean().default(true),
});

export type SeedBody = z.infer<typeof seedBody>;
export type TouchBody = z.infer<typeof touchBody>;

/** What makes or changes many rows, the same whenever it is done to the same shop. */
export type Recipe = ({ readonly do: "seed" } & SeedBody) | ({ readonly do: "touch" } & TouchBody);

/** Does it, and answers the ids of the products that were touched. */
export function applyRecipe(shop: Shop, recipe: Recipe): number[] {
  if (recipe.do === "touch") return touchProducts(shop, recipe);
  seedShop(shop, recipe);
  return [];
}
