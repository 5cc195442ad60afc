import { categoryView, parentsIn } from "./category-view.ts";
import type { Row } from "./objects.ts";
import { branchView, customerView, productView, type Showing } from "./views.ts";
import type { Rows } from "./rows.ts";
import type { JsonObject } from "../json.ts";

/** Everything a shop holds, as the API would show it; in brief, only ids. */
export function shopState(showing: Showing, brief: boolean): JsonObject {
  const { categories, products, branches, customers, credentials } = showing.shop;
  const parents = parentsIn(showing.shop);
  const inAll = { images: "texts", stock: "inventories" } as const;
  const show = <T extends Row>({ all }: Rows<T>, view: (row: T) => JsonObject) =>
    brief ? all.map(({ id }) => id) : all.map(view);
  return {
    retailer: credentials.retailer,
    retailerId: credentials.retailerId,
    categories: show(categories, (one) => categoryView(showing, one, parents)),
    products: show(products, (one) => productView(showing, one, inAll)),
    branches: show(branches, (one) => branchView(showing, one)),
    customers: show(customers, (one) => customerView(showing, one)),
    removed: { categories: removedIn(categories), products: removedIn(products) },
    lastChange: showing.shop.log.last,
  };
}

function removedIn<T extends Row>({ removed }: Rows<T>): JsonObject[] {
  return [...removed].map(([id, at]) => ({ id, at: new Date(at).toISOString() }));
}
