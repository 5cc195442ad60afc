import type { EventItem } from "../../sync/event.ts";
import type { Cursor, Page, RemoteChange } from "../connector.ts";
import { Unavailable } from "../errors.ts";
import { clockOffset, type HttpAnswer } from "../http.ts";
import type { Api } from "./api.ts";
import { PageLost } from "./errors.ts";
import { cursorOf, hasMoved, placeAfter, placeOf, placeWithout, type Place } from "./place.ts";
import type { Reader } from "./reader.ts";
import { startOf } from "./rows.ts";
import type { QueryAnswer } from "./schemas.ts";
import { inBody, type Mapping, propertyIds } from "./settings.ts";
import type { Table } from "./table.ts";

export interface PullContext {
  api: Api;
  table: Table;
  reader: Reader;
  mapping: Mapping;
  /** Rows per request; Notion gives at most 100. */
  pageSize: number;
  now: () => number;
}

const minute = 60_000;
const hour = 60 * minute;

/**
 * A table is walked twice, its living rows and then its trash, whole or as far as rows were edited
 * since. Rows are ordered by when they were made, which no edit changes: whoever edits while we walk
 * moves no row past us. What is edited meanwhile comes with the next delta, for that begins a minute
 * before this walk began, by Notion's clock; so the rows of the last minutes come more than once. A
 * delta cannot tell of what was moved, unshared or removed from the trash: once a day all is walked.
 */
export async function* pull(
  context: PullContext,
  cursor: Cursor | null,
  signal: AbortSignal,
): AsyncGenerator<Page<EventItem>> {
  let place = placeOf(cursor, context.mapping.dataSourceId, context.now());
  if (cursor === null || !("pageToken" in cursor)) await checkBefore(context, place, signal);
  let changes = new Map<string, RemoteChange<EventItem>>();
  for (let lost = 0; ;) {
    const listed = await list(context, place, signal);
    if (listed === "page-lost") {
      // A walk that has moved on since it last lost its cursor gets somewhere.
      lost = hasMoved(place) ? 0 : lost + 1;
      if (lost > 1) throw new Unavailable("dataSources.query: cursors are lost again and again");
      place = placeWithout(place);
      continue;
    }
    const { rows, answer } = listed;
    for (const entry of rows.results) {
      const change = await context.reader.change(entry, signal);
      changes.delete(change.remoteId);
      changes.set(change.remoteId, change);
    }
    const { stage } = place;
    const known = { ...place, next: place.next || watermark(answer, context.now()) };
    const next = placeAfter(known, rows, (row) => startOf(row, context.mapping));
    const last = next === null;
    place = next ?? known;
    // The end of the living rows and the beginning of the trash make one page.
    if (!last && next.stage !== stage) continue;
    yield toPage(place, [...changes.values()], answer, last);
    if (last) return;
    changes = new Map();
  }
}

/** A whole walk begins with a look at the table: of an empty one, no row could tell what is wrong. */
async function checkBefore(
  { table }: PullContext,
  { snapshotId }: Place,
  signal: AbortSignal,
): Promise<void> {
  if (snapshotId !== "") await table.check(signal);
}

async function list(
  { api, table, mapping, pageSize }: PullContext,
  place: Place,
  signal: AbortSignal,
): Promise<{ rows: QueryAnswer; answer: HttpAnswer } | "page-lost"> {
  const body = {
    ...filterOf(place, inBody(mapping.date)),
    sorts: [
      place.crowd === "dated"
        ? { property: inBody(mapping.date), direction: "ascending" as const }
        : { timestamp: "created_time" as const, direction: "ascending" as const },
    ],
    filter_properties: propertyIds(mapping),
    page_size: pageSize,
    in_trash: place.stage === "trashed",
    ...(place.pageToken !== "" && { start_cursor: place.pageToken }),
  };
  try {
    return await table.forPage(signal, () => api.query(mapping.dataSourceId, body, signal));
  } catch (error) {
    if (error instanceof PageLost) return "page-lost";
    throw error;
  }
}

/** Never `after`: a row that is edited twice in one minute shows the same time both times. */
function filterOf({ since, from, crowd, fromDate }: Place, date: string) {
  const edited = {
    timestamp: "last_edited_time",
    last_edited_time: { on_or_after: since },
  } as const;
  const when = crowd === "" ? { on_or_after: from } : { equals: from };
  const made = { timestamp: "created_time", created_time: when } as const;
  const dates = fromDate === "" ? { is_not_empty: true as const } : { on_or_after: fromDate };
  const inCrowd =
    crowd === ""
      ? []
      : [{ property: date, date: crowd === "undated" ? { is_empty: true as const } : dates }];
  const conditions = [
    ...(since === "" ? [] : [edited]),
    ...(from === "" ? [] : [made]),
    ...inCrowd,
  ];
  return conditions.length === 0 ? {} : { filter: { and: conditions } };
}

/**
 * From when on the next delta lists: a whole minute before this answer, by Notion's clock. Should an
 * answer lack its date, our own clock may be off by as much as an hour.
 */
function watermark({ headers }: HttpAnswer, now: number): string {
  const date = Date.parse(headers.get("date") ?? "");
  const at = Number.isNaN(date) ? now - hour : date;
  return new Date(Math.floor(at / minute) * minute - minute).toISOString();
}

function toPage(
  place: Place,
  changes: RemoteChange<EventItem>[],
  answer: HttpAnswer,
  last: boolean,
): Page<EventItem> {
  const offset = clockOffset(answer);
  return {
    ...(place.snapshotId === ""
      ? { extent: "delta" }
      : { extent: "snapshot", absence: "unknown", snapshotId: place.snapshotId }),
    changes,
    cursor: cursorOf(place, last),
    last,
    ...(offset === null ? {} : { clockOffset: offset }),
  };
}
