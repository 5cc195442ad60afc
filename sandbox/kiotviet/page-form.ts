import { invalid } from "./errors.ts";
import type { Product, Stock } from "./objects.ts";
import {
  changeProduct,
  createProduct,
  findProduct,
  moveStock,
  type ProductGiven,
  productGiven,
} from "./product-writes.ts";
import type { Shop } from "./shop.ts";
import { asObject, asString } from "../json.ts";

type Fields = Readonly<Record<string, string | undefined>>;

export function readForm(body: unknown): Fields {
  const entries = Object.entries(asObject(body));
  return Object.fromEntries(entries.map(([name, value]) => [name, asString(value)]));
}

/** Makes a product, or changes what a person has really changed: the rest may have moved since the form was drawn. */
export function saveForm(shop: Shop, fields: Fields): void {
  const id = Number(fields["product"] ?? 0);
  const before = id === 0 ? undefined : findProduct(shop, id);
  const wanted = changed(before, wordsOf(fields), fields);
  const { success, data, error } = productGiven.safeParse(wanted);
  if (!success) throw invalid(error.issues.map(({ path }) => path.join(".")).join(", "));
  const stock = stockOf(shop, fields);
  if (before === undefined) createProduct(shop, { ...data, inventories: stock });
  else if (Object.keys(data).length > 0) changeProduct(shop, id, data);
  if (before !== undefined)
    for (const { branchId, onHand } of stock)
      moveStock(shop, { product: id, branch: branchId, onHand });
}

/** The amounts that a person has written over those the form was drawn with. */
function stockOf(shop: Shop, fields: Fields): { branchId: number; onHand: number }[] {
  return shop.branches.all.flatMap(({ id: branchId }) => {
    const onHand = amount(fields, `stock ${branchId}`);
    const drawn = amount(fields, `drawn stock ${branchId}`) ?? 0;
    return onHand === undefined || onHand === drawn ? [] : [{ branchId, onHand }];
  });
}

/** What the fields say, in the API's words. */
function wordsOf(fields: Fields): Record<string, unknown> {
  const category = fields["categoryId"] ?? "";
  return {
    name: fields["name"] ?? "",
    code: fields["code"] === "" ? undefined : fields["code"],
    basePrice: amount(fields, "basePrice") ?? 0,
    categoryId: category === "" ? null : Number(category),
    isActive: fields["isActive"] !== undefined,
  };
}

/** Of a product that was there, only what differs from what the form was drawn with. */
function changed(
  before: Product | undefined,
  words: Record<string, unknown>,
  fields: Fields,
): ProductGiven {
  const drawn = (name: string): unknown => {
    const text = fields[`drawn ${name}`] ?? "";
    if (name === "isActive") return text === "on";
    if (name === "basePrice") return Number(text);
    return name === "categoryId" ? (text === "" ? null : Number(text)) : text;
  };
  const entries = Object.entries(words).filter(([, value]) => value !== undefined);
  const kept = entries.filter(([name, value]) => before === undefined || value !== drawn(name));
  return Object.fromEntries(kept);
}

function amount(fields: Fields, name: string): number | undefined {
  const text = (fields[name] ?? "").trim();
  if (text === "") return undefined;
  const number = Number(text);
  if (!Number.isFinite(number)) throw invalid(`${name} không hợp lệ`);
  return number;
}

/** The hidden fields that tell what a form was drawn with. */
export function drawnWith(product: Product, stock: readonly Stock[]): [string, string][] {
  return [
    ["product", String(product.id)],
    ["drawn name", product.name],
    ["drawn code", product.code],
    ["drawn basePrice", String(product.basePrice)],
    ["drawn categoryId", String(product.categoryId ?? "")],
    ["drawn isActive", product.isActive ? "on" : ""],
    ...stock.map((one): [string, string] => [`drawn stock ${one.branchId}`, String(one.onHand)]),
  ];
}
