import * as z from "zod";
import { blankCategory } from "./blank.ts";
import { invalid, notFound } from "./errors.ts";
import type { Category } from "./objects.ts";
import type { Shop } from "./shop.ts";
import { compact } from "../json.ts";

const MOST_LEVELS = 3;

export const categoryGiven = z.object({
  categoryName: z.string().trim().min(1).max(125).optional(),
  parentId: z.number().int().positive().nullish(),
});

export type CategoryGiven = z.infer<typeof categoryGiven>;

export function createCategory(shop: Shop, given: CategoryGiven, wanted?: number): Category {
  if (given.categoryName === undefined) throw invalid("Tên nhóm hàng không được để trống");
  check(shop, given.parentId ?? null, 1);
  const fields = compact({ ...given }) as Partial<Category>;
  const category = { ...blankCategory(shop, wanted), ...fields };
  shop.write("categories", category);
  return category;
}

export function changeCategory(shop: Shop, id: number, given: CategoryGiven): Category {
  const before = findCategory(shop, id);
  if (given.parentId !== undefined) check(shop, given.parentId, heightOf(shop, id), id);
  const fields = compact({ ...given }) as Partial<Category>;
  const category = { ...before, ...fields, modifiedAt: shop.now() };
  shop.write("categories", category);
  return category;
}

export function deleteCategory(shop: Shop, id: number): void {
  findCategory(shop, id);
  if (childrenOf(shop, id).length > 0) throw invalid("Nhóm hàng đang có nhóm con, không thể xóa");
  if (shop.products.all.some(({ categoryId }) => categoryId === id))
    throw invalid("Nhóm hàng đang được sử dụng, không thể xóa");
  shop.erase("categories", id);
}

export function findCategory(shop: Shop, id: number): Category {
  const category = shop.categories.get(id);
  if (category === undefined) throw notFound("Nhóm hàng");
  return category;
}

function childrenOf({ categories }: Shop, id: number): Category[] {
  return categories.all.filter(({ parentId }) => parentId === id);
}

/** How many levels a category and what is below it take. */
function heightOf(shop: Shop, id: number): number {
  return 1 + Math.max(0, ...childrenOf(shop, id).map((child) => heightOf(shop, child.id)));
}

function check(shop: Shop, parentId: number | null, height: number, own?: number): void {
  let above = 0;
  for (let id = parentId; id !== null; above += 1) {
    const category = shop.categories.get(id);
    if (category === undefined) throw invalid("Nhóm hàng cha không tồn tại");
    if (id === own) throw invalid("Nhóm hàng không thể là cha của chính nó");
    id = category.parentId;
  }
  if (above + height > MOST_LEVELS) throw invalid("Nhóm hàng không được quá 3 cấp");
}
