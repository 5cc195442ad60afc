/** So deep is nothing that is read; what lies deeper stays as it came. */
const deepest = 12;

/**
 * The same value with every key in lower case: one field is `onhand` in one answer, `onHand` in the
 * next and `OnHand` in a message (reference: 5; 8). Of keys that fall together, the first that says
 * something counts.
 */
export function folded(value: unknown, depth = 0): unknown {
  if (typeof value !== "object" || value === null || depth > deepest) return value;
  if (Array.isArray(value)) return value.map((entry) => folded(entry, depth + 1));
  const all: Record<string, unknown> = {};
  const held = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(held)) {
    const name = lowered(key);
    if (Object.hasOwn(all, name) && (all[name] ?? null) !== null) continue;
    // No field of anybody's: assigned, it would be the object's prototype.
    if (name !== "__proto__") all[name] = folded(held[key], depth + 1);
  }
  return all;
}

/** Keys that were met before: each row of a page has the same. */
const known = new Map<string, string>();
const mostKnown = 1_000;

function lowered(key: string): string {
  const found = known.get(key);
  if (found !== undefined) return found;
  const name = key.toLowerCase();
  if (known.size < mostKnown) known.set(key, name);
  return name;
}

/** A folded value as an object; anything else has no fields. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** An id as its number: a whole one, or its digits. Null where it is neither. */
export function idOf(value: unknown): number | null {
  const number = typeof value === "string" && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) ? number : null;
}

/** The ids of what was removed, whatever the key (reference: 2, "Key of the removed-ids list"). */
export function removedIn(fields: Readonly<Record<string, unknown>>): number[] {
  const list =
    fields["removedids"] ?? fields["removeids"] ?? fields["removeid"] ?? fields["removedid"];
  const all = Array.isArray(list) ? list : [list];
  return all.map(idOf).filter((id): id is number => id !== null && id >= 1);
}
