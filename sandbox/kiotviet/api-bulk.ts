import * as z from "zod";
import { type Call, checked, type Operation, UPDATED } from "./api-context.ts";
import { changeProduct, createProduct, findProduct, productGiven } from "./product-writes.ts";
import type { Json } from "../json.ts";

const bulkNew = z.object({ listProducts: z.array(productGiven).min(1) });
const bulkChange = z.object({
  listProducts: z.array(productGiven.extend({ id: z.number().int().positive() })).min(1),
});

/** What is wrong in one row stops the rest: who called is told of none. */
function addMany({ shop, body }: Call): Json {
  for (const given of checked(bulkNew, body).listProducts) createProduct(shop, given);
  return UPDATED;
}

function changeMany({ shop, body }: Call): Json {
  const { listProducts } = checked(bulkChange, body);
  for (const { id } of listProducts) findProduct(shop, id);
  for (const { id, ...given } of listProducts) changeProduct(shop, id, given);
  return UPDATED;
}

/** The attributes in use, numbered in the order in which they are met. */
function attributes({ shop }: Call): Json {
  const values = new Map<string, Set<string>>();
  for (const product of shop.products.all)
    for (const { attributeName: name, attributeValue: value } of product.attributes)
      values.set(name, (values.get(name) ?? new Set()).add(value));
  return [...values].map(([name, held], at) => ({
    id: at + 1,
    name,
    attributeValues: [...held].map((value) => ({ value, attributeId: at + 1 })),
  }));
}

/** Calls about many products, which tell little. */
export const bulkOperations: readonly Operation[] = [
  { id: "products.addMany", verb: "post", path: "/listaddproducts", run: addMany },
  { id: "products.changeMany", verb: "put", path: "/listupdatedproducts", run: changeMany },
  { id: "attributes.list", verb: "get", path: "/attributes/allwithdistinctvalue", run: attributes },
];
