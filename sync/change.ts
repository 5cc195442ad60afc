import type { EventField, EventFields, EventItem } from "./event.ts";

/** What became of one side of an item since both sides last agreed. */
export type SideChange = "unchanged" | "changed" | "deleted";

/**
 * Whether two field values are the same. The order of keys is nobody's edit: Postgres and providers
 * return objects in an order of their own. The order of list entries is.
 */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key], b[key]))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** The fields that differ, in the order in which they were asked for. */
export function changedFields(
  before: EventFields,
  after: EventFields,
  fields: readonly EventField[],
): EventField[] {
  return fields.filter((field) => !sameValue(before[field], after[field]));
}

/** A copy of these fields alone. */
export function pick(from: EventFields, fields: readonly EventField[]): Partial<EventFields> {
  return Object.fromEntries(fields.map((field) => [field, from[field]]));
}

/**
 * The canonical form of a cancelled occurrence: that it is cancelled, and when it would have been.
 * Providers forget the rest (Google sends only ids and the original start), so what happens to be
 * left of it on one side must not look like an edit. Anything else is returned as it is.
 */
export function blankCancelled(item: EventItem): EventItem {
  if (item.fields.status !== "cancelled" || item.originalStart === undefined) return item;
  const blank: EventFields = {
    title: "",
    description: "",
    location: "",
    notes: "",
    status: "cancelled",
    start: item.originalStart,
    end: item.originalStart,
    recurrence: [],
  };
  return { ...item, fields: blank };
}
