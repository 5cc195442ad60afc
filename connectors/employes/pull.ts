import { createHash } from "node:crypto";
import type { Cursor } from "../connector.ts";
import { InvalidResponse } from "../errors.ts";
import { clockOffset } from "../http.ts";
import type { RecordChange, RecordPage } from "../records.ts";
import type { Api, Listed } from "./api.ts";
import { cursorOf, type Place, placeOf } from "./place.ts";
import { setAside, toEmployee } from "./people.ts";
import { fieldsOf, idOf } from "./schemas.ts";

export interface PullContext {
  api: Api;
  company: string;
  /** Rows per request; more than 100 is not confirmed (reference: 4). */
  pageSize: number;
  /** What hints are made with. */
  key(): Promise<string>;
}

/** Nobody's list is so long: one that goes on beyond goes in circles. */
const mostPages = 10_000;

/**
 * The whole list, page by page, each time: Employes tells neither changes nor deletions (reference: 4).
 * Whoever is added or removed meanwhile may move somebody over the edge of a page and past us. That one
 * counts as absent once, is asked for by name before anything comes of it, and is in the next listing.
 */
export async function* pull(
  { api, company, pageSize, key }: PullContext,
  cursor: Cursor | null,
  signal: AbortSignal,
): AsyncGenerator<RecordPage> {
  let place = placeOf(cursor, company, pageSize);
  const hintKey = await key();
  for (;;) {
    if (place.page > mostPages) throw new InvalidResponse("employees: the list goes in circles");
    const listed = await api.employees(place.page, pageSize, signal);
    const changes = changesOf(listed, place.page, hintKey);
    const seen = markOf(changes);
    const last = isLast(listed, place, seen);
    const shown = isRepeated(listed, place, seen) ? [] : changes;
    place = { ...place, page: place.page + 1, seen };
    yield toPage(place, listed, shown, last);
    if (last) return;
  }
}

/**
 * A list that counts its pages ends with the last. A bare one ends where nothing comes, or, should it have
 * no pages and be the same for each, where it is repeated: that a bare one has pages is assumed.
 */
function isLast(listed: Listed, place: Place, seen: string): boolean {
  if (listed.rows.length === 0) return true;
  if (listed.pages !== null) return place.page >= listed.pages;
  return isRepeated(listed, place, seen);
}

function isRepeated({ pages }: Listed, place: Place, seen: string): boolean {
  return pages === null && seen === place.seen;
}

/** @throws InvalidResponse where nobody on the page has an id: it is no list of people */
function changesOf({ rows }: Listed, page: number, key: string): RecordChange[] {
  const known = new Map<string, RecordChange>();
  let named = 0;
  for (const row of rows) {
    const fields = fieldsOf(row);
    const id = idOf(fields["id"]);
    if (id !== null) named += 1;
    // One that a page holds twice counts as it stands last.
    if (id !== null) known.set(id, toEmployee(id, fields, key));
    else known.set(...nameless(page, known.size));
  }
  if (rows.length > 0 && named === 0)
    throw new InvalidResponse("employees: nobody on a page has an id");
  return [...known.values()];
}

/** Who cannot be named is shown by the place in the list, so that there is something to see. */
function nameless(page: number, at: number): [string, RecordChange] {
  const remoteId = `without-id-${page}-${at + 1}`;
  return [remoteId, setAside(remoteId, "id is no id")];
}

function markOf(changes: readonly RecordChange[]): string {
  const ids = changes.map(({ remoteId }) => remoteId).join(" ");
  return createHash("sha256").update(ids).digest("hex").slice(0, 16);
}

function toPage(
  place: Place,
  { total, answer }: Listed,
  changes: RecordChange[],
  last: boolean,
): RecordPage {
  const offset = clockOffset(answer);
  return {
    extent: "snapshot",
    snapshotId: place.snapshotId,
    changes,
    cursor: cursorOf(place, last),
    last,
    ...(total !== null && { total }),
    ...(offset === null ? {} : { clockOffset: offset }),
  };
}
