import { bodyObject, type Call, type Operation, pathParameter } from "./api-context.ts";
import type { Calendar } from "./calendar.ts";
import { emptyRange, notFound, required } from "./errors.ts";
import { type Entry, expand } from "./list-occurrences.ts";
import type { EventResource } from "./event.ts";
import { instantOfTime, parseInstant } from "./times.ts";
import { formatInZone, isZone } from "../zones.ts";
import { asObject, type JsonObject } from "../json.ts";

const COLOURS = [
  "#a4bdfc",
  "#7ae7bf",
  "#dbadff",
  "#ff887c",
  "#fbd75b",
  "#ffb878",
  "#46d6db",
  "#e1e1e1",
  "#5484ed",
  "#51b749",
  "#dc2127",
];

const colours: Operation = () => {
  const table = Object.fromEntries(
    COLOURS.map((background, at) => [String(at + 1), { background, foreground: "#1d1d1d" }]),
  );
  return {
    value: {
      kind: "calendar#colors",
      updated: "2012-02-14T00:00:00.000Z",
      calendar: table,
      event: table,
    },
  };
};

function settingsOf({ account, google }: Call): JsonObject[] {
  const timezone = google.calendars.get(account.email)?.data.timeZone ?? "UTC";
  const values = { timezone, locale: "en", weekStart: "1", format24HourTime: "true" };
  return Object.entries(values).map(([id, value]) => ({
    kind: "calendar#setting",
    etag: '"0"',
    id,
    value,
  }));
}

const listSettings: Operation = (call) => ({
  value: {
    kind: "calendar#settings",
    etag: '"p0"',
    items: settingsOf(call),
    nextSyncToken: "c2V0dGluZ3M=",
  },
});

const getSetting: Operation = (call) => {
  const found = settingsOf(call).find(
    (setting) => setting["id"] === pathParameter(call, "setting"),
  );
  if (found === undefined) throw notFound();
  return { value: found };
};

interface Span {
  readonly from: number;
  readonly to: number;
}

function busySpans(calendar: Calendar, span: Span, now: number): Span[] {
  const { data, events } = calendar;
  const filter = { singleEvents: true, timeMin: span.from, timeMax: span.to };
  const context = {
    store: events,
    zone: data.timeZone,
    now,
    form: "timestamp" as const,
    filter,
    delta: false,
  };
  const busy = (entry: Entry): boolean => entry.resource["transparency"] !== "transparent";
  const spans = events.events
    .filter((event) => event.tombstone === undefined)
    .flatMap((event) => expand(event, context))
    .filter(busy)
    .map((entry) => ({
      from: entry.startsAt,
      to: instantOfTime((entry.resource as EventResource).end, data.timeZone),
    }))
    .sort((a, b) => a.from - b.from);
  return merge(
    spans.map(({ from, to }) => ({ from: Math.max(from, span.from), to: Math.min(to, span.to) })),
  );
}

function merge(spans: Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last !== undefined && span.from <= last.to)
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    else merged.push(span);
  }
  return merged;
}

const freeBusy: Operation = (call) => {
  const { timeMin, timeMax, timeZone, items } = bodyObject(call);
  if (typeof timeMin !== "string") throw required("Missing timeMin parameter.", "timeMin");
  if (typeof timeMax !== "string") throw required("Missing timeMax parameter.", "timeMax");
  const span = { from: parseInstant(timeMin, "timeMin"), to: parseInstant(timeMax, "timeMax") };
  if (span.to <= span.from) throw emptyRange("timeMax");
  const zone = typeof timeZone === "string" && isZone(timeZone) ? timeZone : "UTC";
  const calendars: JsonObject = {};
  for (const item of Array.isArray(items) ? items : []) {
    const { id } = asObject(item);
    if (typeof id === "string") calendars[id] = busyOf(call, id, span, zone);
  }
  return { value: { kind: "calendar#freeBusy", timeMin, timeMax, calendars, groups: {} } };
};

function busyOf({ google, account }: Call, id: string, span: Span, zone: string): JsonObject {
  const calendarId = id === "primary" ? account.email : id;
  const calendar = account.list.has(calendarId) ? google.calendars.get(calendarId) : undefined;
  if (calendar === undefined)
    return { errors: [{ domain: "global", reason: "notFound" }], busy: [] };
  const spans = busySpans(calendar, span, google.clock.now());
  return {
    busy: spans.map(({ from, to }) => ({
      start: formatInZone(zone, from),
      end: formatInZone(zone, to),
    })),
  };
}

export const otherOperations: Readonly<Record<string, Operation>> = {
  "colors.get": colours,
  "settings.list": listSettings,
  "settings.get": getSetting,
  "freebusy.query": freeBusy,
};
