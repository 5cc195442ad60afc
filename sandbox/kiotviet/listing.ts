import { invalid } from "./errors.ts";
import type { Row } from "./objects.ts";
import type { Query } from "./query.ts";
import type { Rows } from "./rows.ts";
import type { KiotVietSettings } from "./settings.ts";

const USUAL_SIZE = 20;
const MOST = 100;

/** What of a row a list can be ordered by, under the names of the API. */
type Orders<T> = Readonly<Record<string, (row: T) => string | number | null>>;

interface Listing<T> {
  readonly orders: Orders<T>;
  /** Conditions beside the time, with the text by which the same query is known again. */
  readonly filter?: { readonly text: string; readonly holds: (row: T) => boolean };
  readonly from?: number | undefined;
}

export interface Cut<T> {
  readonly total: number;
  readonly pageSize: number;
  readonly rows: readonly T[];
}

/**
 * One page, cut by its offset out of the list as it is now: when an earlier row is deleted between
 * two pages, a living one is in neither.
 */
export function cutPage<T extends Row>(
  rows: Rows<T>,
  query: Query,
  settings: KiotVietSettings,
  listing: Listing<T>,
): Cut<T> {
  const pageSize = sizeOf(query, settings);
  const first = query.number("currentItem") ?? 0;
  if (first < 0) throw invalid("currentItem không hợp lệ");
  const all = findAll(rows, query, settings, listing);
  return { total: all.length, pageSize, rows: all.slice(first, first + pageSize) };
}

function sizeOf(query: Query, { overPageSize }: KiotVietSettings): number {
  const wanted = query.number("pageSize") ?? USUAL_SIZE;
  if (wanted < 1 || (wanted > MOST && overPageSize === "refuse"))
    throw invalid(`pageSize phải từ 1 đến ${MOST}`);
  return Math.min(wanted, MOST);
}

function findAll<T extends Row>(
  rows: Rows<T>,
  query: Query,
  settings: KiotVietSettings,
  { orders, filter, from }: Listing<T>,
): readonly T[] {
  const { field, descending } = orderOf(query, settings);
  const order = field === "id" ? (row: T) => row.id : ordersByName(orders).get(field);
  if (order === undefined) throw invalid(`orderBy không hợp lệ: ${field}`);
  if (field === "id" && !descending && filter === undefined && from === undefined) return rows.all;
  return rows.found(JSON.stringify([field, descending, filter?.text, from]), () => {
    const since = from === undefined ? rows.all : rows.since(from);
    const kept = filter === undefined ? [...since] : since.filter(filter.holds);
    if (field !== "id") kept.sort((one, other) => compare(order(one), order(other)));
    return descending ? kept.toReversed() : kept;
  });
}

function orderOf(
  query: Query,
  { defaultOrder }: KiotVietSettings,
): { field: string; descending: boolean } {
  const field = query.text("orderBy")?.toLowerCase();
  const direction = (query.text("orderDirection") ?? "asc").toLowerCase();
  if (direction !== "asc" && direction !== "desc") throw invalid("orderDirection không hợp lệ");
  if (field === undefined) return { field: "id", descending: defaultOrder === "newest" };
  return { field, descending: direction === "desc" };
}

function ordersByName<T>(orders: Orders<T>): Map<string, (row: T) => string | number | null> {
  return new Map(Object.entries(orders).map(([name, order]) => [name.toLowerCase(), order]));
}

/** Rows that lack the value come first. */
function compare(one: string | number | null, other: string | number | null): number {
  if (one === other) return 0;
  if (one === null) return -1;
  if (other === null) return 1;
  return one < other ? -1 : 1;
}
