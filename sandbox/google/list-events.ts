import type { AccessRole, Calendar } from "./calendar.ts";
import { flag, numberParameter, type Query, textList, textParameter } from "./check-request.ts";
import { emptyRange, fullSyncRequired, GoogleError, invalid } from "./errors.ts";
import type { Filter } from "./list-filter.ts";
import { readPage } from "./list-pages.ts";
import {
  decodePageToken,
  decodeSyncToken,
  encodePageToken,
  encodeSyncToken,
  type PageToken,
  type SyncToken,
} from "./list-tokens.ts";
import type { GoogleSettings } from "./settings.ts";
import { parseInstant } from "./times.ts";
import { isZone } from "./zones.ts";
import { compact, type JsonObject } from "../json.ts";

interface ListContext {
  readonly calendar: Calendar;
  readonly settings: GoogleSettings;
  readonly now: number;
  readonly account: string;
  readonly role: AccessRole;
}

export interface ListAnswer {
  readonly json: string;
  readonly count: number;
}

/** Parameters that may not come with a sync token. */
const NOT_WITH_SYNC_TOKEN = [
  "timeMin",
  "timeMax",
  "updatedMin",
  "orderBy",
  "q",
  "iCalUID",
  "privateExtendedProperty",
  "sharedExtendedProperty",
];
const DEFAULT_SIZE = 250;
const LARGEST_SIZE = 2500;

function instant(query: Query, name: string): number | undefined {
  const text = textParameter(query, name);
  // Milliseconds may be given and are ignored.
  return text === undefined ? undefined : Math.floor(parseInstant(text, name) / 1000) * 1000;
}

function filterOf(query: Query): Filter {
  const filter = compact({
    singleEvents: flag(query, "singleEvents"),
    showDeleted: flag(query, "showDeleted"),
    eventTypes: textList(query, "eventTypes"),
    timeMin: instant(query, "timeMin"),
    timeMax: instant(query, "timeMax"),
    updatedMin: instant(query, "updatedMin"),
    q: textParameter(query, "q"),
    iCalUID: textParameter(query, "iCalUID"),
    privateProperties: properties(query, "privateExtendedProperty"),
    sharedProperties: properties(query, "sharedExtendedProperty"),
  });
  return filter as Filter;
}

function properties(query: Query, name: string): string[] | undefined {
  const pairs = textList(query, name);
  if (pairs?.some((pair) => !pair.includes("=")) === true) throw invalid("Invalid Value", name);
  return pairs;
}

function checkFilter(filter: Filter, query: Query, { now, settings }: ListContext): void {
  const { timeMin, timeMax, updatedMin } = filter;
  if (timeMin !== undefined && timeMax !== undefined && timeMax <= timeMin)
    throw emptyRange("timeMax");
  if (textParameter(query, "orderBy") === "startTime" && filter.singleEvents !== true) {
    throw invalid("The requested ordering is not available for the particular query.", "orderBy");
  }
  if (updatedMin !== undefined && updatedMin < now - settings.updatedMinMaxAgeMs) {
    const message = "The requested minimum modification time lies too far in the past.";
    throw new GoogleError(410, "calendar", "updatedMinTooLongAgo", message, {
      parameter: "updatedMin",
    });
  }
}

/** Where to begin: at the page asked for, at a sync token, or at the first page of a full list. */
function begin(query: Query, context: ListContext): PageToken {
  const page = textParameter(query, "pageToken");
  if (page !== undefined) return readPageToken(page, context);
  const sync = textParameter(query, "syncToken");
  const horizon = context.calendar.events.horizon();
  if (sync !== undefined) {
    const token = readSyncToken(sync, query, context);
    return {
      ...token,
      since: token.change,
      position: token.change,
      upTo: Math.max(horizon, token.change),
    };
  }
  const filter = filterOf(query);
  checkFilter(filter, query, context);
  const { data } = context.calendar;
  const order = textParameter(query, "orderBy");
  const place = {
    calendarId: data.id,
    account: context.account,
    generation: data.tokenGeneration,
    change: horizon,
  };
  return {
    ...place,
    filter,
    upTo: horizon,
    position: 0,
    ...(order === undefined ? {} : { order }),
  };
}

function readPageToken(text: string, context: ListContext): PageToken {
  const token = decodePageToken(text);
  const { data } = context.calendar;
  if (token?.calendarId !== data.id || token.account !== context.account)
    throw invalid("Invalid Value", "pageToken");
  if (token.since !== undefined && token.generation !== data.tokenGeneration)
    throw fullSyncRequired();
  return token;
}

function readSyncToken(text: string, query: Query, context: ListContext): SyncToken {
  for (const name of NOT_WITH_SYNC_TOKEN) {
    if (query[name] !== undefined)
      throw invalid("Sync token cannot be used with the given parameter.", name);
  }
  if (flag(query, "showDeleted") === false) throw invalid("Invalid Value", "showDeleted");
  const token = decodeSyncToken(text);
  const { data, events } = context.calendar;
  if (token?.calendarId !== data.id || token.account !== context.account)
    throw invalid("Invalid Value", "syncToken");
  if (token.generation !== data.tokenGeneration || token.change > events.lastChange)
    throw fullSyncRequired();
  return token;
}

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
