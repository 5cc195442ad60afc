import type { Category } from "./objects.ts";
import type { Shop } from "./shop.ts";
import { addDates, type Showing, worded } from "./views.ts";
import type { JsonObject } from "../json.ts";

export function categoryView(
  showing: Showing,
  category: Category,
  parents: ReadonlySet<number>,
): JsonObject {
  const { id: categoryId, parentId, categoryName } = category;
  const view: JsonObject = {
    categoryId,
    parentId,
    categoryName,
    retailerId: showing.shop.credentials.retailerId,
    hasChild: parents.has(categoryId),
  };
  addDates(showing, view, category);
  return worded(showing, view, category);
}

/** Ids of all that have children. */
export function parentsIn({ categories }: Shop): ReadonlySet<number> {
  return new Set(categories.all.flatMap(({ parentId }) => parentId ?? []));
}

/** Categories with all that is below them. */
export function categoryTree(showing: Showing, tops: readonly Category[]): JsonObject[] {
  const below = new Map<number, Category[]>();
  for (const category of showing.shop.categories.all)
    if (category.parentId !== null)
      below.set(category.parentId, [...(below.get(category.parentId) ?? []), category]);
  const parents = parentsIn(showing.shop);
  const branch = (category: Category): JsonObject => ({
    ...categoryView(showing, category, parents),
    children: (below.get(category.id) ?? []).map(branch),
  });
  return tops.map(branch);
}
