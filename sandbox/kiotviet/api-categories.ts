import {
  type Call,
  checked,
  DELETED,
  idParameter,
  type Operation,
  removedSince,
  timestamp,
  UPDATED,
} from "./api-context.ts";
import { categoryTree, categoryView, parentsIn } from "./category-view.ts";
import {
  categoryGiven,
  changeCategory,
  createCategory,
  deleteCategory,
  findCategory,
} from "./category-writes.ts";
import { cutPage } from "./listing.ts";
import type { Category } from "./objects.ts";
import type { Json, JsonObject } from "../json.ts";

const orders = {
  categoryId: ({ id }: Category) => id,
  categoryName: ({ categoryName }: Category) => categoryName,
  parentId: ({ parentId }: Category) => parentId,
  createdDate: ({ createdAt }: Category) => createdAt,
  modifiedDate: ({ modifiedAt }: Category) => modifiedAt,
};

const tops = { text: "tops", holds: ({ parentId }: Category) => parentId === null };

/** A tree, which knows no `lastModifiedFrom`, or a flat list, which names what was removed since. */
function list(call: Call): JsonObject {
  const { query, settings, shop } = call;
  const asTree = query.flag("hierachicalData") === true;
  const from = asTree ? undefined : query.time("lastModifiedFrom");
  const { rows, ...cut } = cutPage(shop.categories, query, settings, {
    orders,
    from,
    ...(asTree ? { filter: tops } : {}),
  });
  const parents = parentsIn(shop);
  const data = asTree
    ? categoryTree(call, rows)
    : rows.map((category) => categoryView(call, category, parents));
  const removed = removedSince(call, shop.categories.removed, "removedIds", from);
  return { ...cut, data, ...removed, timestamp: timestamp(call) };
}

function get(call: Call): Json {
  const [view = {}] = categoryTree(call, [findCategory(call.shop, idParameter(call))]);
  return call.settings.categoryDetail === "bare" ? view : { data: view };
}

function told(call: Call, category: Category): Json {
  return { ...UPDATED, data: categoryView(call, category, parentsIn(call.shop)) };
}

function remove(call: Call): Json {
  deleteCategory(call.shop, idParameter(call));
  return DELETED;
}

export const categoryOperations: readonly Operation[] = [
  { id: "categories.list", verb: "get", path: "/categories", run: list },
  { id: "categories.get", verb: "get", path: "/categories/:id", run: get },
  {
    id: "categories.create",
    verb: "post",
    path: "/categories",
    run: (call) => told(call, createCategory(call.shop, checked(categoryGiven, call.body))),
  },
  {
    id: "categories.change",
    verb: "put",
    path: "/categories/:id",
    run: (call) =>
      told(call, changeCategory(call.shop, idParameter(call), checked(categoryGiven, call.body))),
  },
  { id: "categories.delete", verb: "delete", path: "/categories/:id", run: remove },
];
