import { numberParameter, type Query, textParameter } from "./check-request.ts";
import { invalid } from "./errors.ts";
import { readPage } from "./list-pages.ts";
import { begin, type ListContext } from "./list-request.ts";
import { encodePageToken, encodeSyncToken, type PageToken } from "./list-tokens.ts";
import type { GoogleSettings } from "./settings.ts";
import { isZone } from "../zones.ts";
import { compact, type JsonObject } from "../json.ts";

export interface ListAnswer {
  readonly json: string;
  readonly count: number;
}

const DEFAULT_SIZE = 250;
const LARGEST_SIZE = 2500;

function pageSize(query: Query, settings: GoogleSettings): number {
  const asked = Math.min(numberParameter(query, "maxResults") ?? DEFAULT_SIZE, LARGEST_SIZE);
  return Math.min(asked, settings.pageSizeCap ?? asked);
}

/** Only a list that a delta can go on from gets a sync token. */
function continues({ filter, order }: PageToken): boolean {
  const { q, iCalUID, updatedMin, privateProperties, sharedProperties } = filter;
  return [order, q, iCalUID, updatedMin, privateProperties, sharedProperties].every(
    (value) => value === undefined,
  );
}

export function listEvents(query: Query, context: ListContext): ListAnswer {
  const timeZone = textParameter(query, "timeZone");
  if (timeZone !== undefined && !isZone(timeZone)) throw invalid("Invalid Value", "timeZone");
  const token = begin(query, context);
  const { settings } = context;
  if (settings.emptyPages && token.wasEmpty !== true) {
    return answer(
      [],
      { nextPageToken: encodePageToken({ ...token, wasEmpty: true }) },
      timeZone,
      context,
    );
  }
  const { wasEmpty: _wasEmpty, ...list } = token;
  const calendarZone = context.calendar.data.timeZone;
  const view = {
    calendarZone,
    timeZone,
    maxAttendees: numberParameter(query, "maxAttendees"),
    role: context.role,
  };
  // A list of single events counts its position in entries; a delta in changes.
  const position =
    list.since !== undefined && list.filter.singleEvents === true
      ? list.position - list.since
      : list.position;
  const size = pageSize(query, settings);
  const { items, next } = readPage({
    ...context,
    ...list,
    since: list.since,
    order: list.order,
    view,
    position,
    size,
  });
  const moved = next !== undefined && position !== list.position ? next + (list.since ?? 0) : next;
  return answer(
    items,
    moved === undefined
      ? syncTokenOf(list)
      : { nextPageToken: encodePageToken({ ...list, position: moved }) },
    timeZone,
    context,
  );
}

function syncTokenOf(list: PageToken): { nextSyncToken?: string } {
  if (!continues(list)) return {};
  const { calendarId, account, generation, upTo, filter } = list;
  return {
    nextSyncToken: encodeSyncToken({ calendarId, account, generation, change: upTo, filter }),
  };
}

function answer(
  items: string[],
  tokens: JsonObject,
  timeZone: string | undefined,
  context: ListContext,
): ListAnswer {
  const { data, events } = context.calendar;
  const head = compact({
    kind: "calendar#events",
    etag: `"p${events.lastChange.toString(32)}"`,
    summary: data.summary,
    description: data.description ?? "",
    updated: new Date(events.changedAt ?? context.now).toISOString(),
    timeZone: timeZone ?? data.timeZone,
    accessRole: context.role,
    defaultReminders: [{ method: "popup", minutes: 10 }],
    ...tokens,
  });
  return {
    json: `${JSON.stringify(head).slice(0, -1)},"items":[${items.join(",")}]}`,
    count: items.length,
  };
}
