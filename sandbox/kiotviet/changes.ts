import * as z from "zod";
import { branchPut, deleteBranch, putBranch } from "./branch-writes.ts";
import {
  categoryGiven,
  changeCategory,
  createCategory,
  deleteCategory,
} from "./category-writes.ts";
import {
  changeProduct,
  createProduct,
  deleteProduct,
  moveStock,
  productGiven,
  stockMove,
} from "./product-writes.ts";
import { touchBody } from "./recipes.ts";
import type { Shop } from "./shop.ts";

const id = z.number().int().positive();

export const productPut = z.strictObject({ id: id.optional(), ...productGiven.shape });
export const categoryPut = z.strictObject({ id: id.optional(), ...categoryGiven.shape });

/** One thing that somebody does in the shop. */
export const shopChange = z.discriminatedUnion("do", [
  z.strictObject({ do: z.literal("putProduct"), product: productPut }),
  z.strictObject({ do: z.literal("deleteProduct"), id }),
  z.strictObject({ do: z.literal("putCategory"), category: categoryPut }),
  z.strictObject({ do: z.literal("deleteCategory"), id }),
  z.strictObject({ do: z.literal("putBranch"), branch: branchPut }),
  z.strictObject({ do: z.literal("deleteBranch"), id }),
  z.strictObject({ do: z.literal("moveStock"), ...stockMove.shape }),
  z.strictObject({ do: z.literal("touch"), ...touchBody.shape }),
]);

export type ShopChange = z.infer<typeof shopChange>;

/** Does it, and answers the ids of what it was done to. An id that nobody has makes a new row under it. */
export function applyChange(shop: Shop, change: ShopChange): number[] {
  switch (change.do) {
    case "putProduct":
      return [putProduct(shop, change.product)];
    case "putCategory":
      return [putCategory(shop, change.category)];
    case "deleteProduct":
      deleteProduct(shop, change.id);
      return [change.id];
    case "deleteCategory":
      deleteCategory(shop, change.id);
      return [change.id];
    case "putBranch":
      return [putBranch(shop, change.branch)];
    case "deleteBranch":
      deleteBranch(shop, change.id);
      return [change.id];
    case "moveStock": {
      const { do: _do, ...move } = change;
      return [moveStock(shop, move).productId];
    }
    case "touch":
      return shop.follow(change);
  }
}

function putProduct(shop: Shop, { id: wanted, ...given }: z.infer<typeof productPut>): number {
  return wanted !== undefined && shop.products.get(wanted) !== undefined
    ? changeProduct(shop, wanted, given).id
    : createProduct(shop, given, wanted).id;
}

function putCategory(shop: Shop, { id: wanted, ...given }: z.infer<typeof categoryPut>): number {
  return wanted !== undefined && shop.categories.get(wanted) !== undefined
    ? changeCategory(shop, wanted, given).id
    : createCategory(shop, given, wanted).id;
}
