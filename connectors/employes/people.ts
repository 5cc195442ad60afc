import { createHmac } from "node:crypto";
import { canonical } from "../../sync/record.ts";
import type { Content, RecordChange, RecordItem } from "../records.ts";
import { contentOf, detail, embedded, employee, itemOf, type Shape, span } from "./mapping.ts";
import { fieldsOf, type Row } from "./schemas.ts";
import { moment, Unfit } from "./values.ts";

/** One entry of the list, or the same person by name. `key` is what hints are made with. */
export function toEmployee(remoteId: string, row: Row, key: string): RecordChange {
  return understood(remoteId, row, () => {
    const item = named(row, employee);
    const hint = hintOf(row["employment"], key);
    return hint === null ? item : { ...item, hint };
  });
}

/** All that the answer about one person tells, save their employment: that has records of its own. */
export function toDetail(remoteId: string, row: Row): RecordChange {
  return understood(remoteId, row, () => ({ ...named(row, detail), parentId: remoteId }));
}

function named(row: Row, shape: Shape): RecordItem {
  const item = itemOf(row, shape);
  return { ...item, content: { ...item.content, displayName: displayNameOf(item.content) } };
}

/** First name, prefix and surname, empty parts skipped (reference: 5). */
function displayNameOf({ firstName, surnamePrefix, surname }: Content): string {
  return [firstName, surnamePrefix, surname]
    .map((part) => (typeof part === "string" ? part.trim() : ""))
    .filter((part) => part !== "")
    .join(" ");
}

/**
 * The embedded employment is absent for a quarter of the list, at whim (reference: 5): where it is there
 * it tells that the history has moved, where it is not it tells nothing. It holds pay, of which there are
 * so few values that a plain hash would give them away: hence the key.
 */
function hintOf(value: unknown, key: string): string | null {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return null;
  const row = fieldsOf(value);
  try {
    const parts = Object.entries(embedded).map(([name, fields]) => [
      name,
      contentOf(fieldsOf(row[name]), fields),
    ]);
    const seen = { ...contentOf(row, span), ...Object.fromEntries(parts) } as Content;
    return createHmac("sha256", key).update(canonical(seen)).digest("hex").slice(0, 32);
  } catch (error) {
    if (error instanceof Unfit) return null;
    throw error;
  }
}

/** A row whose id is known, however well the rest can be read. */
export function understood(remoteId: string, row: Row, item: () => RecordItem): RecordChange {
  try {
    const updatedAt = moment(row["dt_update"]);
    return { remoteId, version: null, updatedAt, state: "living", item: item() };
  } catch (error) {
    if (error instanceof Unfit) return setAside(remoteId, error.message);
    throw error;
  }
}

export function setAside(remoteId: string, reason: string): RecordChange {
  return { remoteId, version: null, updatedAt: null, state: "set-aside", reason };
}
