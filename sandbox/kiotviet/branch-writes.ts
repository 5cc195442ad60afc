import * as z from "zod";
import { blankBranch } from "./blank.ts";
import { invalid, notFound } from "./errors.ts";
import { stockId } from "./objects.ts";
import type { Shop } from "./shop.ts";

export const branchPut = z.strictObject({
  id: z.number().int().positive().max(1_000_000).optional(),
  branchName: z.string().trim().min(1),
});

/** Opens a branch, or gives one another name. */
export function putBranch(shop: Shop, { id, branchName }: z.infer<typeof branchPut>): number {
  const before = id === undefined ? undefined : shop.branches.get(id);
  const branch = before ?? blankBranch(shop, branchName, id);
  const modifiedAt = before === undefined ? null : shop.now();
  shop.write("branches", { ...branch, branchName, modifiedAt });
  return branch.id;
}

/** Closes a branch with everything that is there. */
export function deleteBranch(shop: Shop, id: number): void {
  if (shop.branches.get(id) === undefined) throw notFound("Chi nhánh");
  if (shop.branches.all.length === 1) throw invalid("Gian hàng phải có ít nhất một chi nhánh");
  for (const product of shop.products.all) shop.erase("inventory", stockId(product.id, id));
  shop.erase("branches", id);
}
