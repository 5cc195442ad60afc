import type { Cursor } from "../connector.ts";
import { InvalidResponse } from "../errors.ts";
import { clockOffset } from "../http.ts";
import type { RecordChange, RecordPage } from "../records.ts";
import type { Api, Listed, Row } from "./api.ts";
import { unversioned } from "./mapping.ts";
import { cursorOf, type Place, placeOf } from "./place.ts";
import type { Stream } from "./streams.ts";
import { instantOf, isMeant, localOf } from "./times.ts";
import { isEndOf, stepFrom } from "./walk.ts";

export interface PullContext {
  api: Api;
  shop: string;
  /** Rows per request; KiotViet gives at most 100. */
  pageSize: number;
  /** How far before a pull began the next delta begins: what is committed late bears an earlier time. */
  overlapMs: number;
  snapshotEveryMs: number;
  now: () => number;
}

/** So many answers in a row that show nothing new are believed to be a list in motion. */
const mostIdle = 20;

const hour = 3_600_000;

/** A row whose id is known. */
interface Named {
  id: number;
  row: Row;
}

/**
 * A stream is walked in the order of ids, which no change moves: whole, or as far as rows were changed
 * since. What changes meanwhile comes with the next delta, for that begins before this walk's first
 * answer, by KiotViet's clock; so the rows of the last minutes come more than once.
 */
export async function* pull(
  context: PullContext,
  stream: Stream,
  cursor: Cursor | null,
  signal: AbortSignal,
): AsyncGenerator<RecordPage> {
  const { snapshotEveryMs: everyMs, shop } = context;
  const whole = { now: context.now(), always: !stream.hasDelta, everyMs };
  let place = placeOf(cursor, shop, whole);
  const shown = new Set<number>();
  let idle = 0;
  let tries = 0;
  for (;;) {
    const listed = await context.api.list(stream.path, queryOf(context, stream, place), signal);
    const rows = namedIn(listed, stream);
    const before = shown.size;
    const facts = { ...listed, ids: rows.map(({ id }) => id), size: sizeOf(listed, context) };
    const step = stepFrom(place.spot, facts, tries);
    if (step.kind === "on") for (const { id } of rows) shown.add(id);
    const known = learnt(place, listed, shown, context);
    if (step.kind === "end") {
      // Of a snapshot the count is told. Changes that were passed over come again where these began.
      const isDoubted = place.snapshotId === null && !isEndOf(place.spot, listed.total);
      const over = isDoubted ? { ...known, next: known.since } : known;
      yield toPage(over, listed, stream, removedOf(over), true);
      return;
    }
    idle = shown.size > before ? 0 : idle + 1;
    if (idle > mostIdle) throw new InvalidResponse(`list ${stream.path}: it goes in circles`);
    const { anchor } = place.spot;
    place = { ...known, spot: step.spot };
    tries = step.kind === "back" ? tries + 1 : 0;
    if (step.kind === "back") continue;
    // The row that the last page ended with has been told.
    const news = rows.filter(({ id }) => id !== anchor);
    yield toPage(place, listed, stream, changesOf(news, stream), false);
  }
}

function queryOf({ pageSize }: PullContext, { query, hasDelta }: Stream, place: Place) {
  const { since, spot } = place;
  const changed = { lastModifiedFrom: since, includeRemoveIds: "true" };
  return {
    ...query,
    orderBy: "id",
    orderDirection: "Asc",
    pageSize: String(pageSize),
    currentItem: String(spot.at),
    ...(hasDelta && since !== "" && changed),
  };
}

/** Rows that stand for none of the shop's own have ids below 1 (reference: 6). @throws InvalidResponse */
function namedIn({ rows }: Listed, { idOf, path }: Stream): Named[] {
  return rows.flatMap((row) => {
    const id = idOf(row);
    if (id === null) throw new InvalidResponse(`list ${path}: a row has no id`);
    return id < 1 ? [] : [{ id, row }];
  });
}

/** `pageSize` in the answer is the size used (reference: 2). */
function sizeOf({ pageSize }: Listed, context: PullContext): number {
  return Math.min(pageSize ?? context.pageSize, context.pageSize);
}

function learnt(
  place: Place,
  listed: Listed,
  shown: ReadonlySet<number>,
  context: PullContext,
): Place {
  const next = place.next || localOf(clockOf(listed, context.now()) - context.overlapMs);
  const named = place.snapshotId === null ? listed.removed : [];
  const removed = [...new Set([...place.removed, ...named])];
  // In the cursor: whoever goes on with a delta that was broken off has not seen its first pages.
  const alive = [...new Set([...place.alive, ...removed.filter((id) => shown.has(id))])];
  return { ...place, next, removed, alive };
}

/** KiotViet's clock. Should an answer tell it nowhere, our own may be off by as much as an hour. */
function clockOf({ timestamp, answer }: Listed, now: number): number {
  const told = timestamp === null ? null : instantOf(timestamp);
  if (told !== null && isMeant(told)) return told;
  const date = Date.parse(answer.headers.get("date") ?? "");
  return Number.isNaN(date) ? now - hour : date;
}

/** A row that a page holds twice counts as it stands last. */
function changesOf(rows: readonly Named[], stream: Stream): RecordChange[] {
  const last = new Map(rows.map(({ id, row }) => [id, row]));
  return [...last.values()].flatMap((row) => stream.toChanges(row));
}

/** What lives again, under the id of something removed, lives. */
function removedOf({ removed, alive }: Place): RecordChange[] {
  return removed
    .filter((id) => !alive.includes(id))
    .map((id) => ({ ...unversioned(String(id)), state: "deleted" }));
}

function toPage(
  place: Place,
  { total, answer }: Listed,
  { counts }: Stream,
  changes: RecordChange[],
  last: boolean,
): RecordPage {
  const offset = clockOffset(answer);
  const { snapshotId } = place;
  return {
    ...(snapshotId === null ? { extent: "delta" } : { extent: "snapshot", snapshotId }),
    changes,
    cursor: cursorOf(place, last),
    last,
    ...(snapshotId !== null && counts && total !== null && { total }),
    ...(offset === null ? {} : { clockOffset: offset }),
  };
}
