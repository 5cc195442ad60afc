import type { Content, Json, RecordChange } from "../records.ts";
import type { Row } from "./api.ts";
import { fieldsOf, idOf } from "./keys.ts";
import {
  attribute,
  flag,
  id,
  image,
  list,
  moment,
  number,
  type Read,
  readMoment,
  text,
  textOrNumber,
  Unfit,
} from "./values.ts";

/** How fields are read, each with the key under which a row has it. */
type Fields = readonly { field: string; key: string; read: Read }[];

const reads = (fields: Readonly<Record<string, Read>>): Fields =>
  Object.entries(fields).map(([field, read]) => ({ field, key: field.toLowerCase(), read }));

/** Without `hasChild`: another category says it, and moves no date of this one. */
const categoryFields = reads({ parentId: id, createdDate: moment });
const stockFields = reads({ onHand: number, reserved: number });

/**
 * Without `modifiedDate` and stock, which move while the product stays the same (reference: 4; 5), and
 * without the category's name, which is the category's: a rename moves no product's date.
 */
const productFields = reads({
  code: text,
  barCode: text,
  name: text,
  fullName: text,
  description: text,
  categoryId: id,
  tradeMarkId: id,
  tradeMarkName: text,
  allowsSale: flag,
  isActive: flag,
  hasVariants: flag,
  type: number,
  unit: text,
  masterUnitId: id,
  masterProductId: id,
  conversionValue: number,
  basePrice: number,
  weight: number,
  taxType: text,
  taxRate: textOrNumber,
  attributes: list(attribute),
  images: list(image),
});

export function categoryIdOf(row: Row): number | null {
  return idOf(row["categoryid"] ?? row["id"]);
}

export function rowIdOf(row: Row): number | null {
  return idOf(row["id"]);
}

/** A row whose id is known, however well the rest can be read. */
export function toCategory(row: Row): RecordChange {
  return understood(String(categoryIdOf(row)), row, () => ({
    name: text(row["categoryname"] ?? row["name"], "categoryName"),
    ...contentOf(row, categoryFields),
  }));
}

export function toProduct(row: Row): RecordChange {
  return understood(String(rowIdOf(row)), row, () => contentOf(row, productFields));
}

/**
 * The stock of one product in all its branches, the same from `/productOnHands` and from the product
 * itself. It has no version: sales move no `modifiedDate` (reference: 2).
 */
export function toInventory(row: Row): RecordChange[] {
  const productId = rowIdOf(row);
  const parentId = String(productId);
  const unread = (reason: string, remoteId = parentId): RecordChange => ({
    ...unversioned(remoteId),
    state: "set-aside",
    reason,
  });
  const held = row["inventories"] ?? row["inventory"] ?? [];
  if (!Array.isArray(held)) return [unread("inventories is no list")];
  const changes = held.flatMap((entry): RecordChange[] => {
    const fields = fieldsOf(entry);
    const branchId = idOf(fields["branchid"]);
    if (branchId === null) return [unread("branchId is no id")];
    if (branchId < 1) return [];
    const remoteId = `${parentId}:${branchId}`;
    try {
      const stock = contentOf(fields, stockFields);
      const content = { productId, branchId, ...stock };
      return [{ ...unversioned(remoteId), state: "living", item: { content, parentId } }];
    } catch (error) {
      return [unread(reasonOf(error), remoteId)];
    }
  });
  return [...new Map(changes.map((change) => [change.remoteId, change])).values()];
}

function contentOf(row: Row, fields: Fields): Content {
  const content: Record<string, Json> = {};
  for (const { field, key, read } of fields) content[field] = read(row[key], field);
  return content;
}

function understood(remoteId: string, row: Row, content: () => Content): RecordChange {
  try {
    const updatedAt =
      readMoment(row["modifieddate"], "modifiedDate") ??
      readMoment(row["createddate"], "createdDate");
    const version = updatedAt === null ? null : new Date(updatedAt).toISOString();
    return { remoteId, version, updatedAt, state: "living", item: { content: content() } };
  } catch (error) {
    return { ...unversioned(remoteId), state: "set-aside", reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Unfit) return error.message;
  throw error;
}

export function unversioned(remoteId: string) {
  return { remoteId, version: null, updatedAt: null };
}
