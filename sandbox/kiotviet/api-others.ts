import { type Call, idParameter, type Operation, removedSince, timestamp } from "./api-context.ts";
import { productOrders } from "./api-products.ts";
import { notFound } from "./errors.ts";
import { cutPage } from "./listing.ts";
import type { Branch, Customer } from "./objects.ts";
import { branchView, customerView, onHandView } from "./views.ts";
import type { JsonObject } from "../json.ts";

const branchOrders = {
  branchName: ({ branchName }: Branch) => branchName,
  createdDate: ({ createdAt }: Branch) => createdAt,
  modifiedDate: ({ modifiedAt }: Branch) => modifiedAt,
};

const customerOrders = {
  code: ({ code }: Customer) => code,
  name: ({ name }: Customer) => name,
  createdDate: ({ createdAt }: Customer) => createdAt,
  modifiedDate: ({ modifiedAt }: Customer) => modifiedAt,
};

/** Filtered by the time of the product, which no movement of stock moves: whoever asks only for changes never hears of sales. */
function onHands(call: Call): JsonObject {
  const { query, settings, shop } = call;
  const { rows, ...cut } = cutPage(shop.products, query, settings, {
    orders: productOrders,
    from: query.time("lastModifiedFrom"),
  });
  const branchIds = query.numbers("branchIds");
  return { ...cut, data: rows.map((product) => onHandView(call, product, branchIds)) };
}

function branches(call: Call): JsonObject {
  const { query, settings, shop } = call;
  const from = query.time("lastModifiedFrom");
  const { rows, ...cut } = cutPage(shop.branches, query, settings, { orders: branchOrders, from });
  const removed =
    query.flag("includeRemoveIds") === true
      ? removedSince(call, shop.branches.removed, "removedIds", from)
      : {};
  const data = rows.map((branch) => branchView(call, branch));
  return { ...cut, data, ...removed, timestamp: timestamp(call) };
}

/** The first row of the first page may be a summary. */
function customers(call: Call): JsonObject {
  const { query, settings, shop } = call;
  const from = query.time("lastModifiedFrom");
  const { rows, ...cut } = cutPage(shop.customers, query, settings, {
    orders: customerOrders,
    from,
  });
  const first = (query.number("currentItem") ?? 0) === 0;
  const summary = first && settings.customerSummary ? [{ id: -1, totalInvoiced: 0 }] : [];
  const removed =
    query.flag("includeRemoveIds") === true && from !== undefined
      ? removedSince(call, shop.customers.removed, "removeId", from)
      : {};
  return { ...cut, data: [...summary, ...rows.map((one) => customerView(call, one))], ...removed };
}

function customer(call: Call): JsonObject {
  const found = call.shop.customers.get(idParameter(call));
  if (found === undefined) throw notFound("Khách hàng");
  return customerView(call, found);
}

export const otherOperations: readonly Operation[] = [
  { id: "productOnHands.list", verb: "get", path: "/productOnHands", run: onHands },
  { id: "branches.list", verb: "get", path: "/branches", run: branches },
  { id: "customers.list", verb: "get", path: "/customers", run: customers },
  { id: "customers.get", verb: "get", path: "/customers/:id", run: customer },
];
