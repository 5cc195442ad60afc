import { setImmediate as breathe } from "node:timers/promises";
import { z } from "zod";
import { readCalendar } from "../db/calendars.ts";
import type { Tx } from "../db/client.ts";
import { type EventRecord, type EventWindow, listEvents, loadSeries } from "../db/event-queries.ts";
import { expand, type Occurrence, type Series, type Window } from "../sync/recurrence.ts";
import { type EventAnswer, occurrenceShape, toEvent, toOccurrence } from "./event-shape.ts";
import { instantOf } from "./event-times.ts";
import { listed } from "./listed.ts";
import { byPlace, cut, defaultLimit, type Page, pageOf, pageQuery, readCursor } from "./paging.ts";
import { notFound, Problem, wrongQuery } from "./problems.ts";
import { type Call, type Route, route } from "./route.ts";
import { flag, id, moment, validated } from "./validation.ts";

const day = 86_400_000;
const longestWindow = 400 * day;
const mostOccurrences = 5_000;
const mostSeries = 20_000;

const query = z.strictObject({
  ...pageQuery,
  calendarId: id.optional(),
  from: moment.optional(),
  to: moment.optional(),
  expand: flag
    .optional()
    .meta({ description: "Series as their occurrences; needs `from` and `to`" }),
  includeDeleted: flag.optional(),
});
type Query = z.output<typeof query>;

export const eventListRoutes: Route[] = [
  route({
    method: "get",
    path: "/api/events",
    role: "member",
    tag: "events",
    summary: "Events of a window, or all",
    description: `\`expand=true\` answers the occurrences of series, in a window of at most 400 days and ${mostOccurrences} occurrences.`,
    query,
    answers: { 200: { description: "Events by their start", schema: pageOf(occurrenceShape) } },
    handle: async (deps, call) => {
      const { from, to } = call.query;
      if (from && to && to <= from) throw wrongQuery("to", "is not after `from`");
      const { companyId } = call.caller;
      const page = call.query.expand
        ? await expanded(call, (work) => deps.database.withCompany(companyId, work))
        : await deps.database.withCompany(companyId, (tx) => plain(tx, call.query));
      return listed(call, page);
    },
  }),
];

async function plain(tx: Tx, query: Query): Promise<Page<EventAnswer>> {
  const { limit = defaultLimit, includeDeleted = false } = query;
  const zones = await zonesOf(tx, query.calendarId);
  const after = readCursor(query.cursor, byPlace);
  const found = await listEvents(tx, { ...query, includeDeleted }, { after, limit: limit + 1 });
  const page = cut(found, limit, ({ place, id: last }) => ({ place, id: last }));
  const items: EventAnswer[] = [];
  for (const event of page.items) {
    if (isWithin(event, query, await zones(event.calendarId))) items.push(toEvent(event));
  }
  return { items, nextCursor: page.nextCursor };
}

/** The zones of calendars, each looked up once. @throws Problem when the one asked for is not there */
async function zonesOf(
  tx: Tx,
  calendarId: string | undefined,
): Promise<(calendarId: string) => Promise<string>> {
  const known = new Map<string, string>();
  const zoneOf = async (of: string): Promise<string | undefined> => {
    if (!known.has(of)) {
      const calendar = await readCalendar(tx, of);
      if (calendar) known.set(of, calendar.zone);
    }
    return known.get(of);
  };
  if (calendarId !== undefined && (await zoneOf(calendarId)) === undefined) throw notFound();
  return async (of) => (await zoneOf(of)) ?? "UTC";
}

function isWithin(event: EventRecord, { from, to }: EventWindow, zone: string): boolean {
  const { start, end, recurrence } = event.item.fields;
  const begins = instantOf(start, zone);
  const ends = instantOf(end, zone);
  if (to && begins >= to.getTime()) return false;
  return (
    !from ||
    recurrence.length > 0 ||
    ends > from.getTime() ||
    (begins === ends && begins >= from.getTime())
  );
}

const byOccurrence = z.strictObject({ at: z.int(), key: z.string().max(200) });
type Found = { at: number; key: string; answer: EventAnswer };

async function expanded(
  call: Call<unknown, Query, unknown>,
  inCompany: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>,
): Promise<Page<EventAnswer>> {
  const { from, to, limit = defaultLimit } = call.query;
  if (!from) throw wrongQuery("from", "is required with expand");
  if (!to) throw wrongQuery("to", "is required with expand");
  if (to.getTime() - from.getTime() > longestWindow)
    throw tooMuch("The window is longer than 400 days.");
  const after = readCursor(call.query.cursor, byOccurrence);
  const { roots, exceptions, zones } = await inCompany(async (tx) => {
    const zoneOf = await zonesOf(tx, call.query.calendarId);
    const found = await loadSeries(tx, call.query, mostSeries + 1);
    const named = new Set(found.roots.map((root) => root.calendarId));
    const pairs = await Promise.all(
      [...named].map(async (calendar) => [calendar, await zoneOf(calendar)] as const),
    );
    return { ...found, zones: new Map(pairs) };
  });
  if (roots.length > mostSeries)
    throw tooMuch(`The window holds more than ${mostSeries} events and series.`);
  const window = { from: from.getTime(), to: to.getTime() };
  const found = await occurrencesOf(roots, exceptions, window, zones, call.gone);
  found.sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
  const rest = after
    ? found.filter(({ at, key }) => at > after.at || (at === after.at && key > after.key))
    : found;
  const page = cut(rest, limit, ({ at, key }) => validated(byOccurrence, { at, key }, "query"));
  return { items: page.items.map(({ answer }) => answer), nextCursor: page.nextCursor };
}

async function occurrencesOf(
  roots: readonly EventRecord[],
  exceptions: readonly EventRecord[],
  window: Window,
  zones: ReadonlyMap<string, string>,
  gone: AbortSignal,
): Promise<Found[]> {
  const ofMaster = new Map<string, EventRecord[]>();
  for (const exception of exceptions) {
    const master = exception.item.master ?? "";
    ofMaster.set(master, [...(ofMaster.get(master) ?? []), exception]);
  }
  const found = new Map<string, Found>();
  for (const root of roots) {
    const zone = zones.get(root.calendarId) ?? "UTC";
    for (const slice of slicesOf(root, window)) {
      for (const one of showing(root, ofMaster.get(root.id) ?? [], slice, zone))
        found.set(one.key, one);
      if (found.size > mostOccurrences)
        throw tooMuch(`The window holds more than ${mostOccurrences} occurrences.`);
      if (root.item.fields.recurrence.length === 0) continue;
      // Rules are worked out in this thread: others get their turn in between.
      await breathe();
      if (gone.aborted) return [];
    }
  }
  return [...found.values()];
}

const severalADay = /HOURLY|BYHOUR|BYMINUTE|BYSECOND/i;

/** A rule of several times a day is worked out a week at a time. */
function slicesOf(root: EventRecord, { from, to }: Window): Window[] {
  if (!root.item.fields.recurrence.some((line) => severalADay.test(line))) return [{ from, to }];
  const count = Math.ceil((to - from) / (7 * day));
  return Array.from({ length: count }, (_, week) => {
    return { from: from + week * 7 * day, to: Math.min(to, from + (week + 1) * 7 * day) };
  });
}

function showing(
  root: EventRecord,
  exceptions: readonly EventRecord[],
  window: Window,
  zone: string,
): Found[] {
  const { fields } = root.item;
  if (fields.recurrence.length === 0) {
    const bounds = { from: new Date(window.from), to: new Date(window.to) };
    return isWithin(root, bounds, zone)
      ? [{ at: instantOf(fields.start, zone), key: root.id, answer: toEvent(root) }]
      : [];
  }
  const own = new Map(exceptions.map((exception) => [exception.item.fields, exception]));
  const series = { fields, exceptions: exceptions.map((exception) => exception.item) };
  return inSeries(series, window, zone).map((occurrence) => {
    const exception = own.get(occurrence.fields);
    const identity = { masterId: root.id, start: occurrence.originalStart };
    const at = instantOf(occurrence.fields.start, zone);
    const key = `${root.id} ${JSON.stringify(occurrence.originalStart)}`;
    return { at, key, answer: toOccurrence(exception ?? root, occurrence.fields, identity) };
  });
}

/** A row that another program wrote may hold a zone that does not exist: it must not hide the others. */
function inSeries(series: Series, window: Window, zone: string): Occurrence[] {
  try {
    return expand(series, window, zone, mostOccurrences + 1);
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

function tooMuch(detail: string): Problem {
  return new Problem("window_too_large", detail, {
    errors: [{ in: "query", pointer: "/to", message: detail }],
  });
}
