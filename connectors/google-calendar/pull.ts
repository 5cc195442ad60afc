import { randomUUID } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { EventItem } from "../../sync/event.ts";
import type { Cursor, Page, RemoteChange } from "../connector.ts";
import { CursorExpired, InvalidResponse, Unavailable } from "../errors.ts";
import { clockOffset } from "../http.ts";
import type { Api } from "./api.ts";
import { PageLost } from "./errors.ts";
import { toChange } from "./mapping.ts";
import type { Phase } from "./recovery.ts";
import type { Listing } from "./schemas.ts";

/**
 * The event types that are pulled: what takes place at a time and can be held elsewhere.
 * `workingLocation` and `birthday` describe a person or a contact, repeat on every day or year, and
 * cannot be written as events (guide: Event types). `fromGmail` is pulled, since a booking that Gmail
 * found does take the person's time; Google refuses edits of it, and such a write is `Rejected`.
 */
const eventTypes = ["default", "focusTime", "fromGmail", "outOfOffice"];

/**
 * Where a listing stands: `{syncToken}` between listings, `{syncToken, pageToken}` within a delta,
 * `{snapshotId, pageToken}` within a snapshot. The sync token stays the old one until the last page
 * (guide: Synchronize resources efficiently), so that a lost page token begins the delta again.
 */
interface Place {
  syncToken?: string;
  snapshotId?: string;
  pageToken?: string;
}

export async function* pull(
  api: Api,
  pageSize: number,
  cursor: Cursor | null,
  signal: AbortSignal,
): AsyncGenerator<Page<EventItem>> {
  let place = placeOf(cursor);
  let seen = new Set<string>();
  let begunAgain = false;
  for (;;) {
    const listed = await listAt(api, pageSize, place, signal);
    if (listed === "page-lost") {
      if (begunAgain) throw new Unavailable("events.list: page tokens are lost again and again");
      begunAgain = true;
      seen = new Set();
      place = beginningOf(place);
      continue;
    }
    const { listing, answer, zone } = listed;
    const next = placeAfter(place, listing, seen);
    const offset = clockOffset(answer);
    yield {
      ...(place.snapshotId === undefined
        ? { extent: "delta" }
        : { extent: "snapshot", snapshotId: place.snapshotId }),
      changes: await changesOf(listing, zone),
      cursor: { ...next },
      last: next.pageToken === undefined,
      ...(offset === null ? {} : { clockOffset: offset }),
    };
    if (next.pageToken === undefined) return;
    place = next;
  }
}

function placeOf(cursor: Cursor | null): Place {
  if (cursor === null) return { snapshotId: randomUUID() };
  const { syncToken, snapshotId, pageToken } = cursor;
  const page = pageToken === undefined ? {} : { pageToken };
  if (syncToken !== undefined) return { syncToken, ...page };
  if (snapshotId !== undefined && pageToken !== undefined) return { snapshotId, pageToken };
  throw new CursorExpired("the cursor is none of this connector's");
}

function beginningOf({ syncToken }: Place): Place {
  return syncToken === undefined ? { snapshotId: randomUUID() } : { syncToken };
}

/** The filters must be the same on all calls, with and without tokens (reference: Events: list). */
async function listAt(api: Api, pageSize: number, place: Place, signal: AbortSignal) {
  const { syncToken, pageToken } = place;
  const params = {
    maxResults: pageSize,
    singleEvents: false,
    eventTypes,
    ...(syncToken === undefined ? {} : { syncToken }),
    ...(pageToken === undefined ? {} : { pageToken }),
  };
  try {
    return await api.list(params, phaseOf(place), signal);
  } catch (error) {
    if (error instanceof PageLost) return "page-lost";
    throw error;
  }
}

function phaseOf({ syncToken, pageToken }: Place): Phase {
  if (pageToken !== undefined) return "list-by-page-token";
  return syncToken === undefined ? "list" : "list-by-sync-token";
}

/** Only a missing `nextPageToken` ends a listing; pages may be short or empty (guide: Pagination). */
function placeAfter(place: Place, listing: Listing, seen: Set<string>): Place {
  const { nextPageToken: pageToken, nextSyncToken: syncToken } = listing;
  if (!pageToken) {
    if (!syncToken) throw new InvalidResponse("events.list: the last page has no sync token");
    return { syncToken };
  }
  if (place.pageToken !== undefined) seen.add(place.pageToken);
  if (seen.has(pageToken)) throw new InvalidResponse("events.list: a page token came back");
  return { ...place, pageToken };
}

/** So many entries are read in a row, some milliseconds' work, before others have their turn. */
const entriesInARow = 100;

/** An entry that a page holds twice counts as it stands last. */
async function changesOf(
  listing: Listing,
  zone: string | null,
): Promise<RemoteChange<EventItem>[]> {
  const changes = new Map<string, RemoteChange<EventItem>>();
  for (const [at, entry] of listing.items.entries()) {
    if (at > 0 && at % entriesInARow === 0) await nextTurn();
    const change = toChange(entry, zone);
    changes.delete(change.remoteId);
    changes.set(change.remoteId, change);
  }
  return [...changes.values()];
}
