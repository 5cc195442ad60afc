import { randomBytes, randomUUID } from "node:crypto";

const UUID = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i;
// Some of these are percent-encoded where they are shown, as Notion's own are.
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:;<=>?@[]^`{|}~";

export function newId(): string {
  return randomUUID();
}

/** The id with hyphens, whichever way it was written; undefined where it is none. */
export function parseId(text: string): string | undefined {
  const match = UUID.exec(text);
  return match === null ? undefined : match.slice(1).join("-").toLowerCase();
}

/** A property's id, as it is stored; the letter that has to be encoded is always among them. */
export function newPropertyId(): string {
  const letters = [...randomBytes(3)].map((byte) => LETTERS[byte % LETTERS.length] ?? "a");
  return `:${letters.join("")}`;
}

/** A property's id as answers show it. */
export function shownPropertyId(id: string): string {
  return encodeURIComponent(id);
}
