import {
  type Call,
  checked,
  DELETED,
  idParameter,
  type Operation,
  removedSince,
  timestamp,
} from "./api-context.ts";
import { notFound } from "./errors.ts";
import { fullName } from "./change-log.ts";
import { cutPage } from "./listing.ts";
import type { Product } from "./objects.ts";
import {
  changeProduct,
  createProduct,
  deleteProduct,
  findProduct,
  productGiven,
} from "./product-writes.ts";
import { type ProductShown, productView } from "./views.ts";
import type { Json, JsonObject } from "../json.ts";

export const productOrders = {
  code: ({ code }: Product) => code,
  name: ({ name }: Product) => name,
  fullName,
  basePrice: ({ basePrice }: Product) => basePrice,
  categoryId: ({ categoryId }: Product) => categoryId,
  createdDate: ({ createdAt }: Product) => createdAt,
  modifiedDate: ({ modifiedAt }: Product) => modifiedAt,
};

interface Filter {
  readonly text: string;
  readonly holds: (product: Product) => boolean;
}

function filterOf({ query }: Call): Filter | undefined {
  const wanted: Partial<Record<keyof Product, unknown>> = {
    categoryId: query.number("categoryId"),
    tradeMarkId: query.number("tradeMarkId"),
    masterUnitId: query.number("masterUnitId"),
    masterProductId: query.number("masterProductId"),
    type: query.number("productType"),
    isActive: query.flag("isActive"),
  };
  const name = query.text("name")?.toLowerCase();
  const exact = Object.entries(wanted).filter(([, value]) => value !== undefined);
  if (exact.length === 0 && name === undefined) return undefined;
  return {
    text: JSON.stringify([exact, name]),
    holds: (product) =>
      exact.every(([field, value]) => product[field as keyof Product] === value) &&
      (name === undefined || product.name.toLowerCase().includes(name)),
  };
}

function list(call: Call): JsonObject {
  const { query, settings, shop } = call;
  const from = query.time("lastModifiedFrom");
  const filter = filterOf(call);
  const { rows, ...cut } = cutPage(shop.products, query, settings, {
    orders: productOrders,
    from,
    ...(filter === undefined ? {} : { filter }),
  });
  const shown: ProductShown = {
    images: "objects",
    priceBooks: query.flag("includePricebook") === true,
    branchIds: query.numbers("BranchIds"),
    ...(query.flag("includeInventory") === true ? { stock: "inventories" } : {}),
  };
  const removed =
    query.flag("includeRemoveIds") === true && from !== undefined
      ? removedSince(call, shop.products.removed, "removeId", from)
      : {};
  const data = rows.map((product) => productView(call, product, shown));
  return { ...cut, data, ...removed, timestamp: timestamp(call) };
}

function detail(call: Call, product: Product): JsonObject {
  return productView(call, product, { images: "texts", stock: "inventories", priceBooks: true });
}

function byCode(call: Call): JsonObject {
  const product = call.shop.productByCode(String(call.request.params["code"]));
  if (product === undefined) throw notFound("Hàng hóa");
  return detail(call, product);
}

/** Here the stock has a key of its own. */
function change(call: Call): JsonObject {
  const product = changeProduct(call.shop, idParameter(call), checked(productGiven, call.body));
  return productView(call, product, { images: "texts", stock: "inventory" });
}

function remove({ shop, ...call }: Call): Json {
  deleteProduct(shop, idParameter({ shop, ...call }));
  return DELETED;
}

const many = { products: "/products", one: "/products/:id" };

export const productOperations: readonly Operation[] = [
  { id: "products.list", verb: "get", path: many.products, run: list },
  { id: "products.getByCode", verb: "get", path: "/products/code/:code", run: byCode },
  {
    id: "products.get",
    verb: "get",
    path: many.one,
    run: (call) => detail(call, findProduct(call.shop, idParameter(call))),
  },
  {
    id: "products.create",
    verb: "post",
    path: many.products,
    run: (call) => detail(call, createProduct(call.shop, checked(productGiven, call.body))),
  },
  { id: "products.change", verb: "put", path: many.one, run: change },
  { id: "products.delete", verb: "delete", path: many.one, run: remove },
];
