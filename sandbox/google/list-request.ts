import type { AccessRole, Calendar } from "./calendar.ts";
import { flag, type Query, textList, textParameter } from "./check-request.ts";
import { emptyRange, fullSyncRequired, GoogleError, invalid } from "./errors.ts";
import type { Filter } from "./list-filter.ts";
import { decodePageToken, decodeSyncToken, type PageToken, type SyncToken } from "./list-tokens.ts";
import type { GoogleSettings } from "./settings.ts";
import { parseInstant } from "./times.ts";
import { compact } from "../json.ts";

export interface ListContext {
  readonly calendar: Calendar;
  readonly settings: GoogleSettings;
  readonly now: number;
  readonly account: string;
  readonly role: AccessRole;
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
export function begin(query: Query, context: ListContext): PageToken {
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
