import { z } from "zod";
import type { EventItem, EventTime } from "../sync/event.ts";
import { checkRecurrence } from "../sync/recurrence.ts";
import { dayAfter, instantOf, isDate, readClock, readDay } from "./event-times.ts";
import { wrong } from "./problems.ts";
import { id, zone } from "./validation.ts";

const time = z.string().max(40);

const fields = {
  title: z.string().max(1024),
  description: z.string().max(65_536),
  location: z.string().max(4096),
  notes: z.string().max(65_536),
  status: z.enum(["confirmed", "tentative", "cancelled"]),
  startDateTime: time.meta({
    description:
      "ISO 8601 with an offset, or a wall clock in `timeZone`; a date for an all-day event",
    example: "2026-03-01T10:00:00+01:00",
  }),
  endDateTime: time.meta({
    description:
      "As `startDateTime`. Of an all-day event the day after the last; the day of the start means one day",
    example: "2026-03-01T11:00:00+01:00",
  }),
  allDay: z.boolean(),
  timeZone: zone.meta({
    description: "The zone in which the event is kept; the calendar's, if absent",
  }),
  recurrence: z
    .array(z.string().min(1).max(2000))
    .max(20)
    .meta({
      description: "RRULE, RDATE and EXDATE lines of RFC 5545",
      example: ["RRULE:FREQ=WEEKLY;BYDAY=MO"],
    }),
};

/** What changes an event: what is left out stays as it is. */
export const eventPatch = z.strictObject(fields).partial().meta({ id: "EventPatch" });
export type EventPatch = z.output<typeof eventPatch>;

/** What makes an event. An exception of a series takes what it leaves out from the series. */
export const newEvent = z
  .strictObject(fields)
  .partial()
  .extend({
    calendarId: id
      .optional()
      .meta({ description: "May be left out where the company has one calendar" }),
    masterId: id.optional().meta({ description: "The series that this is an exception of" }),
    originalStart: time
      .optional()
      .meta({ description: "The start that the series gives this occurrence" }),
  })
  .check((context) => {
    const missing = (name: string, why: string) =>
      context.issues.push({ code: "custom", input: context.value, path: [name], message: why });
    const { value } = context;
    if (value.masterId !== undefined) {
      if (value.originalStart === undefined)
        missing("originalStart", "is required for an exception of a series");
      return;
    }
    if (value.originalStart !== undefined) missing("masterId", "is required with originalStart");
    for (const name of ["title", "startDateTime", "endDateTime"] as const) {
      if (value[name] === undefined) missing(name, "is required");
    }
  })
  .meta({ id: "NewEvent", required: ["title", "startDateTime", "endDateTime"] });

const blank: EventItem["fields"] = {
  title: "",
  description: "",
  location: "",
  notes: "",
  status: "confirmed",
  start: { date: "2000-01-01" },
  end: { date: "2000-01-02" },
  recurrence: [],
};

/**
 * The event that results from what was sent and what was there. `calendarZone` is what a time without
 * a zone of its own means. @throws Problem pointing at what is wrong
 */
export function compose(body: EventPatch, base: EventItem | null, calendarZone: string): EventItem {
  const { title, description, location, notes, status, recurrence } = body;
  const before = base?.fields ?? blank;
  const given = { title, description, location, notes, status, recurrence };
  const named = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
  const item: EventItem = {
    ...base,
    fields: { ...before, ...named, ...times(body, base, calendarZone) },
  };
  checkWhole(item, body);
  return item;
}

function times(
  body: EventPatch,
  base: EventItem | null,
  calendarZone: string,
): { start: EventTime; end: EventTime } {
  const was = base?.fields;
  const wasAllDay = was !== undefined && "date" in was.start;
  const sent = [body.startDateTime, body.endDateTime].filter((text) => text !== undefined);
  const allDay = body.allDay ?? (sent.length > 0 && sent.every(isDate) ? true : wasAllDay);
  if (was && allDay !== wasAllDay && sent.length < 2) {
    throw wrong("/allDay", "can change only together with startDateTime and endDateTime");
  }
  return allDay ? days(body, was) : clocks(body, was, calendarZone);
}

function days(
  body: EventPatch,
  was: EventItem["fields"] | undefined,
): { start: EventTime; end: EventTime } {
  const kept = (time: EventTime | undefined) => (time && "date" in time ? time.date : "");
  const start =
    body.startDateTime === undefined
      ? kept(was?.start)
      : readDay(body.startDateTime, "/startDateTime").date;
  if (body.endDateTime === undefined)
    return ordered({ date: start }, { date: kept(was?.end) }, "UTC");
  // A clock after midnight is on the last day; a date is the day after it.
  const { date, hasClock } = readDay(body.endDateTime, "/endDateTime");
  const end = hasClock || date === start ? dayAfter(date) : date;
  return ordered({ date: start }, { date: end }, "UTC");
}

function clocks(
  body: EventPatch,
  was: EventItem["fields"] | undefined,
  calendarZone: string,
): { start: EventTime; end: EventTime } {
  const side = (
    text: string | undefined,
    kept: EventTime | undefined,
    pointer: string,
  ): EventTime => {
    const clock = kept && "local" in kept ? kept : undefined;
    const inZone = body.timeZone ?? clock?.zone ?? calendarZone;
    if (text !== undefined) return readClock(text, inZone, pointer);
    if (!clock) throw wrong(pointer, "is required");
    return body.timeZone === undefined ? clock : readClock(clock.local, inZone, pointer);
  };
  const start = side(body.startDateTime, was?.start, "/startDateTime");
  return ordered(start, side(body.endDateTime, was?.end, "/endDateTime"), calendarZone);
}

function ordered(
  start: EventTime,
  end: EventTime,
  zone: string,
): { start: EventTime; end: EventTime } {
  const length = instantOf(end, zone) - instantOf(start, zone);
  if (length < 0 || ("date" in start && length === 0))
    throw wrong("/endDateTime", "is before the start");
  return { start, end };
}

function checkWhole(item: EventItem, body: EventPatch): void {
  const { recurrence, start } = item.fields;
  if (item.master === undefined && body.status === "cancelled") {
    throw wrong("/status", "is for occurrences of a series: delete the event instead");
  }
  if (item.master !== undefined && recurrence.length > 0) {
    throw wrong("/recurrence", "belongs to the series, not to an exception of it");
  }
  if (
    recurrence.length === 0 ||
    (body.recurrence === undefined && body.startDateTime === undefined)
  )
    return;
  const complaint = checkRecurrence(recurrence, start);
  if (complaint !== null) throw wrong("/recurrence", complaint);
}
