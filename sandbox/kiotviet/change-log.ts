import type { Product, RowOf, Stock } from "./objects.ts";
import type { Json, JsonObject } from "../json.ts";

/** What has a history; branches and customers have none. */
export const STREAMS = ["categories", "products", "inventory"] as const;

export type Stream = (typeof STREAMS)[number];

const UNLOGGED = new Set(["id", "createdAt", "modifiedAt"]);

export interface LogEntry {
  readonly seq: number;
  readonly at: number;
  readonly stream: Stream;
  readonly before: RowOf[Stream] | undefined;
  readonly after: RowOf[Stream] | undefined;
}

export interface Asked {
  readonly since: number;
  readonly limit: number;
  readonly stream?: Stream | undefined;
  readonly id?: string | undefined;
}

/** Every change that was ever made, never shortened: what a history is held against. It keeps rows and compares them when it is read. */
export class ChangeLog {
  readonly #entries: LogEntry[] = [];

  get last(): number {
    return this.#entries.length;
  }

  /** A write that changes nothing leaves no entry. */
  add(entry: Omit<LogEntry, "seq">): void {
    const { stream, before, after } = entry;
    const kept = before !== undefined && after !== undefined;
    if (kept && Object.keys(differences(stream, before, after)).length === 0) return;
    this.#entries.push({ seq: this.#entries.length + 1, ...entry });
  }

  read({ since, limit, stream, id }: Asked): JsonObject[] {
    const shown: JsonObject[] = [];
    for (let at = since; at < this.#entries.length && shown.length < limit; at += 1) {
      const entry = this.#entries[at];
      if (entry === undefined || (stream !== undefined && entry.stream !== stream)) continue;
      if (id === undefined || String(idOf(entry)) === id) shown.push(entryView(entry));
    }
    return shown;
  }
}

function entryView(entry: LogEntry): JsonObject {
  const { seq, at, stream, before, after } = entry;
  const action = before === undefined ? "created" : after === undefined ? "deleted" : "updated";
  const fields = differences(stream, before, after);
  return { seq, at: new Date(at).toISOString(), stream, id: idOf(entry), action, fields };
}

/** Of stock: the product and the branch. */
function idOf({ stream, before, after }: LogEntry): Json {
  const row = after ?? before;
  if (row === undefined) return null;
  if (stream !== "inventory") return row.id;
  const { productId, branchId } = row as Stock;
  return `${productId}:${branchId}`;
}

function differences(
  stream: Stream,
  before: RowOf[Stream] | undefined,
  after: RowOf[Stream] | undefined,
): JsonObject {
  const [old, now] = [fieldsOf(stream, before), fieldsOf(stream, after)];
  const changed: JsonObject = {};
  for (const name of Object.keys({ ...old, ...now })) {
    const pair = { before: old[name] ?? null, after: now[name] ?? null };
    const whole = before === undefined || after === undefined;
    if (whole || JSON.stringify(pair.before) !== JSON.stringify(pair.after)) changed[name] = pair;
  }
  return changed;
}

/** What a row says itself, under the names of the API: no times, and nothing that another row says. */
function fieldsOf(stream: Stream, row: RowOf[Stream] | undefined): JsonObject {
  const fields: JsonObject = {};
  for (const [name, value] of Object.entries(row ?? {}))
    if (!UNLOGGED.has(name)) fields[name] = value as Json;
  if (stream === "products" && row !== undefined) fields["fullName"] = fullName(row as Product);
  return fields;
}

/** A product's name with what tells it from its variants and units. */
export function fullName({ name, attributes, unit }: Product): string {
  const values = attributes.map(({ attributeValue }) => ` - ${attributeValue}`).join("");
  return unit === null || unit === "" ? `${name}${values}` : `${name}${values} (${unit})`;
}
