/** Plain JSON, as providers of records send it. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };
export type Content = Readonly<Record<string, Json>>;

/** What is known of a record before a reading of it. */
export interface KnownRecord {
  state: "live" | "deleted" | "set-aside";
  /** 0 for one that was never understood. */
  version: number;
  hash: string | null;
}

export type RecordAction = "created" | "updated" | "deleted" | "restored";

/** What a reading of a living item means; null where it is no news. */
export function decideReading(
  known: KnownRecord | null,
  hash: string,
): Exclude<RecordAction, "deleted"> | null {
  if (!known || known.version === 0) return "created";
  if (known.state === "deleted") return "restored";
  return known.hash === hash ? null : "updated";
}

/**
 * The one text of a value: keys in order, whatever order they came in. Equal values have equal texts,
 * and no others.
 */
export function canonical(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(canonical).join(",")}]`;
  const fields = value as { readonly [key: string]: Json };
  const parts = Object.keys(fields)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonical(fields[key] ?? null)}`);
  return `{${parts.join(",")}}`;
}

export type FieldChanges = Record<string, { before: Json; after: Json }>;

/** What changed from one content to the next, field by field. A field that is absent is null. */
export function changedFields(before: Content, after: Content): FieldChanges {
  const changes: FieldChanges = {};
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[field] ?? null, after[field] ?? null];
    if (was !== is && canonical(was) !== canonical(is)) changes[field] = { before: was, after: is };
  }
  return changes;
}

/**
 * Why Postgres cannot keep a text, or null. jsonb refuses the character NUL and halves of surrogate
 * pairs (PostgreSQL, 8.14.1), and one such item must not cost its neighbours their page.
 */
export function unstorable(text: string): string | null {
  const [, found] = /(?<!\\)(?:\\\\)*\\u(0000|d[89a-f])/.exec(text) ?? [];
  if (found === undefined) return null;
  return found === "0000" ? "it holds the character NUL" : "it holds half of a character";
}
