import * as z from "zod";
import { checked } from "./check-body.ts";
import { walkOf } from "./cursor.ts";
import { invalid } from "./errors.ts";
import { comparable, compileFilter } from "./filter.ts";
import type { Notion } from "./notion.ts";
import type { DataSource, Page } from "./objects.ts";
import { cutPage, pagingFields } from "./paging.ts";
import { findProperty, type Property } from "./property.ts";
import { pageView, showContext } from "./views.ts";
import type { Json, JsonObject } from "../json.ts";

const direction = z.enum(["ascending", "descending"]);
const sort = z.union([
  z.strictObject({ property: z.string(), direction }),
  z.strictObject({ timestamp: z.enum(["created_time", "last_edited_time"]), direction }),
]);
const queryBody = z.strictObject({
  filter: z.looseObject({}).optional(),
  sorts: z.array(sort).max(100).optional(),
  ...pagingFields,
  in_trash: z.boolean().optional(),
  archived: z.boolean().optional(),
  result_type: z.enum(["page", "data_source"]).optional(),
});

type Sort = z.infer<typeof sort>;

interface Query {
  readonly body: unknown;
  /** Names or ids of the properties to be shown; none means all. */
  readonly only: readonly string[];
  readonly userId: string;
}

/** A page of the rows that a query wants, of those that are visible to who asks. */
export function queryRows(
  notion: Notion,
  dataSource: DataSource,
  { body, only, userId }: Query,
  visible: (page: Page) => boolean,
): JsonObject {
  const asked = checked(queryBody, body);
  const inTrash = asked.in_trash ?? asked.archived ?? false;
  const context = {
    show: showContext(notion),
    properties: dataSource.properties,
    now: notion.clock.now(),
    userId,
  };
  const test = asked.filter === undefined ? () => true : compileFilter(context, asked.filter);
  const rows = rowsSeen(notion, dataSource).filter(
    (page) => page.inTrash === inTrash && visible(page) && test(page),
  );
  sortRows(notion, dataSource, rows, asked.sorts ?? []);
  const walk = walkOf(dataSource.id, asked.filter, asked.sorts, inTrash);
  const wanted = asked.result_type === "data_source" ? [] : rows;
  const { entries, cursor, capped } = cutPage(notion, walk, wanted, asked, notion.settings.rowCap);
  return {
    object: "list",
    results: entries.map((page): Json => {
      if (page === notion.pages.get(page.id)) notion.unseen.read(userId, page.id);
      return pageView(notion, page, only);
    }),
    next_cursor: cursor,
    has_more: cursor !== null,
    type: "page_or_data_source",
    page_or_data_source: {},
    request_status: capped
      ? { type: "incomplete", incomplete_reason: "query_result_limit_reached" }
      : { type: "complete" },
  };
}

/** The rows as far as a reader sees them yet, in the order in which they were made. */
function rowsSeen(notion: Notion, { id }: DataSource): Page[] {
  const lag = notion.lagMs();
  const rows = [...notion.rows(id)];
  if (lag === 0) return rows;
  const now = notion.clock.now();
  const ids = new Set([...rows.map((page) => page.id), ...notion.history.ids()]);
  return [...ids].flatMap((one) => {
    const seen = notion.history.seen(one, notion.pages.get(one), now, lag);
    return seen?.parent.type === "data_source_id" && seen.parent.id === id ? [seen] : [];
  });
}

function sortRows(
  notion: Notion,
  { properties }: DataSource,
  rows: Page[],
  sorts: readonly Sort[],
): void {
  const keys = sorts.map((one) => sortKey(notion, properties, one));
  const keyed = rows.map((page) => ({ page, values: keys.map(({ valueOf }) => valueOf(page)) }));
  keyed.sort((one, other) => {
    for (const [at, { sign }] of keys.entries()) {
      const order = compareValues(one.values[at] ?? null, other.values[at] ?? null, sign);
      if (order !== 0) return order;
    }
    return one.page.number - other.page.number;
  });
  for (const [at, { page }] of keyed.entries()) rows[at] = page;
}

interface SortKey {
  readonly sign: 1 | -1;
  readonly valueOf: (page: Page) => Json;
}

function sortKey(notion: Notion, properties: readonly Property[], one: Sort): SortKey {
  const sign = one.direction === "ascending" ? 1 : -1;
  if ("timestamp" in one) {
    const made = one.timestamp === "created_time";
    return { sign, valueOf: (page) => notion.shownTime(made ? page.createdAt : page.editedAt) };
  }
  const property = findProperty(properties, one.property);
  if (property === undefined)
    throw invalid(`Could not find sort property with name or id: ${one.property}`);
  const show = showContext(notion);
  const { type } = property;
  const valueOf = (page: Page): Json => {
    const value = comparable(show, page, property);
    return type === "date" && typeof value === "string" ? Date.parse(value) : value;
  };
  return { sign, valueOf };
}

/** What is empty comes last, whichever the direction. */
function compareValues(one: Json, other: Json, sign: 1 | -1): number {
  const empty = (value: Json): boolean => value === null || value === "";
  if (empty(one) || empty(other)) return Number(empty(one)) - Number(empty(other));
  if (typeof one === "number" && typeof other === "number") return (one - other) * sign;
  const [left, right] = [String(one), String(other)];
  return left === right ? 0 : (left < right ? -1 : 1) * sign;
}
