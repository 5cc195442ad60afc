import { eq, sql } from "drizzle-orm";
import {
  type BookingFacts,
  type Busy,
  wantedBookings,
  type WantedBooking,
} from "../sync/bookings.ts";
import type { EventTime } from "../sync/event.ts";
import { expand, type Series, type Window } from "../sync/recurrence.ts";
import { toInstant } from "../sync/time.ts";
import { toRule } from "./booking-rules.ts";
import { readCalendar } from "./calendars.ts";
import { type Database, rows, type Tx } from "./client.ts";
import { type EventRecord, loadSeries } from "./event-queries.ts";
import { ruleSource } from "./events.ts";
import { listHolidays } from "./holidays.ts";
import { bookingRules } from "./schema/bookings.ts";
import { type Leaving, seatedEvents } from "./seats.ts";

/** The connector of bookings by rule, by the name under which its connections are stored. */
export const bookingsProvider = "system-bookings";

/** A booking's remote id is its rule's, a colon and the local start of its slot. */
const ruleIdLength = 36;

/** Where rules make bookings: a calendar of a company. */
export interface BookingPlace {
  companyId: string;
  calendarId: string;
}

/** More events than that on one calendar's future are no calendar; deciding without them would be wrong. */
const mostEvents = 100_000;

/** What the rules of a calendar want now, as the connector of bookings asks it. */
export function wantedIn(
  db: Database,
  place: BookingPlace,
  window: Window,
): Promise<WantedBooking[]> {
  return db.withCompany(place.companyId, async (tx) =>
    wantedBookings(await bookingFacts(tx, place.calendarId, window, window.from)),
  );
}

/**
 * Everything that decides what the rules of a calendar want in the window.
 * @param leaving which customers' events do not stand in the way of the rule whose slot they are in
 */
export async function bookingFacts(
  tx: Tx,
  calendarId: string,
  window: Window,
  now: number,
  leaving: Leaving = "open",
): Promise<BookingFacts> {
  const stored = await tx
    .select()
    .from(bookingRules)
    .where(eq(bookingRules.calendarId, calendarId));
  const made = await madeByRules(tx, calendarId, Math.min(now, window.from));
  const byEvent = new Map(made.map((one) => [one.eventId, one]));
  const seated = await seatedEvents(tx, calendarId, window.from, leaving);
  const others = await othersIn(tx, calendarId, window, (id) => byEvent.has(id));
  return {
    rules: stored.map(toRule),
    busy: [
      ...others.map(({ eventId, ...busy }) => {
        const ruleId = seated.get(eventId);
        return ruleId === undefined ? busy : { ...busy, ruleId };
      }),
      ...made.flatMap((one) => underWay(one, now) ?? []),
    ],
    holidays: new Set((await listHolidays(tx)).map(({ date }) => date)),
    cancelled: new Set(made.flatMap((one) => (one.cancelled ? [one.remoteId] : []))),
    now,
  };
}

export interface MadeByRule {
  eventId: string;
  remoteId: string;
  start: EventTime;
  end: EventTime;
  living: boolean;
  /** A person has taken it away: here, or at another side. */
  cancelled: boolean;
}

/** Longer than any booking, and than zones are apart. */
const reachMs = 9 * 86_400_000;

/** Events that rules have made, by the start of their slots: what is over is not looked at. */
export function madeByRules(tx: Tx, calendarId: string, now: number): Promise<MadeByRule[]> {
  const since = new Date(now - reachMs).toISOString().slice(0, 10);
  return rows(
    tx,
    sql`select e.id as "eventId", l.remote_id as "remoteId", e.deleted_at is null and e.status <> 'cancelled' as living,
          e.status = 'cancelled' or (e.deleted_at is not null and e.last_update_source <> ${ruleSource}) as cancelled,
          event_time(e.all_day, e.start_at, e.start_zone, e.start_fold) as start,
          event_time(e.all_day, e.end_at, e.end_zone, e.end_fold) as "end"
        from links l join connections c on c.id = l.connection_id join events e on e.id = l.event_id
        where c.calendar_id = ${calendarId} and c.provider = ${bookingsProvider} and substr(l.remote_id, ${ruleIdLength + 2}) collate "C" >= ${since}`,
  );
}

/** A booking that has begun and is not over takes its time from the other rules. */
function underWay({ living, remoteId, start, end }: MadeByRule, now: number): Busy | null {
  if (!living) return null;
  const [from, to] = [toInstant(start, "UTC"), toInstant(end, "UTC")];
  return from < now && to > now ? { from, to, ruleId: remoteId.slice(0, ruleIdLength) } : null;
}

/**
 * The times that other events take. An all-day event takes none: it says what day it is, and days off
 * are holidays.
 */
async function othersIn(
  tx: Tx,
  calendarId: string,
  window: Window,
  isMadeByRule: (eventId: string) => boolean,
): Promise<(Busy & { eventId: string })[]> {
  const zone = (await readCalendar(tx, calendarId))?.zone ?? "UTC";
  const between = { calendarId, from: new Date(window.from), to: new Date(window.to) };
  const { roots, exceptions } = await loadSeries(tx, between, mostEvents + 1);
  if (roots.length > mostEvents) throw new Error(`more than ${mostEvents} events in one calendar`);
  const ofMaster = new Map<string, EventRecord["item"][]>();
  for (const { item } of exceptions) {
    const master = item.master ?? "";
    ofMaster.set(master, [...(ofMaster.get(master) ?? []), item]);
  }
  return roots.flatMap(({ id, item: { fields } }) => {
    if (isMadeByRule(id) || "date" in fields.start) return [];
    const times = timesOf({ fields, exceptions: ofMaster.get(id) ?? [] }, window, zone);
    return times.map((busy) => ({ ...busy, eventId: id }));
  });
}

/** One event that no calendar knows (SQL can write the year `infinity`) takes no time, and stops nobody. */
function timesOf(series: Series, window: Window, zone: string): Busy[] {
  try {
    return expand(series, window, zone).flatMap(({ fields: { start, end } }) =>
      "date" in start ? [] : [{ from: toInstant(start, zone), to: toInstant(end, zone) }],
    );
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}
