import type { Json } from "../records.ts";
import { fieldsOf, idOf } from "./keys.ts";
import { instantOf, isMeant } from "./times.ts";

/** What a row that cannot be understood is set aside for; its message repeats no content. */
export class Unfit extends Error {}

/** Beyond this a text is set aside: it would weigh down every page and comparison it is in. */
const longestText = 1_048_576;

export type Read = (value: unknown, field: string) => Json;

/** Absent values come as null or not at all (reference: 2); both are null. */
const orNull =
  (read: Read): Read =>
  (value, field) =>
    value === undefined || value === null ? null : read(value, field);

/** Postgres holds neither NUL nor half a surrogate pair; they become the replacement character. */
export const text = orNull((value, field) => {
  if (typeof value !== "string") throw new Unfit(`${field} is no text`);
  if (value.length > longestText) throw new Unfit(`${field} is longer than ${longestText}`);
  return /[\0\uD800-\uDFFF]/.test(value) ? value.replace(/[\0\p{Surrogate}]/gu, "\uFFFD") : value;
});
export const number = orNull((value, field) => {
  // Zero has one sign here: the other would be another content.
  if (typeof value === "number" && Number.isFinite(value)) return value + 0;
  throw new Unfit(`${field} is no number`);
});
export const flag = orNull((value, field) => {
  if (typeof value === "boolean") return value;
  throw new Unfit(`${field} is neither true nor false`);
});
export const id = orNull((value, field) => {
  const known = idOf(value);
  if (known === null) throw new Unfit(`${field} is no id`);
  return known;
});
/** In which of the two a tax rate comes is not documented. */
export const textOrNumber: Read = (value, field) =>
  (typeof value === "number" ? number : text)(value, field);
/** To the second: how many digits of its fraction are told differs from answer to answer (reference: 2). */
export const moment: Read = (value, field) => {
  const instant = readMoment(value, field);
  return instant === null ? null : `${new Date(instant).toISOString().slice(0, 19)}Z`;
};
export const list =
  (read: (entry: unknown, field: string) => Json): Read =>
  (value, field) => {
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) throw new Unfit(`${field} is no list`);
    return value.map((entry) => read(entry, field));
  };
/** `[{Image}]` in lists, plain text in the detail (reference: 4). */
export const image = (entry: unknown, field: string) => {
  const shown = typeof entry === "string" ? entry : fieldsOf(entry)["image"];
  if (typeof shown === "string") return text(shown, field);
  throw new Unfit(`${field} hold what is no image`);
};
export const attribute = (entry: unknown, field: string) => ({
  attributeName: text(fieldsOf(entry)["attributename"], field),
  attributeValue: text(fieldsOf(entry)["attributevalue"], field),
});

/** Milliseconds since the epoch; null for no time, or one that stands for none. @throws Unfit */
export function readMoment(value: unknown, field: string): number | null {
  if (value === undefined || value === null || value === "") return null;
  const instant = typeof value === "string" ? instantOf(value) : null;
  if (instant === null) throw new Unfit(`${field} is no time`);
  return isMeant(instant) ? instant : null;
}
