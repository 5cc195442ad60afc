/**
 * Which occurrences a series has, and when (RFC 5545, 3.8.5).
 *
 * A rule speaks of wall clocks: every day at nine is at nine before and after a clock change. So it
 * is expanded where clocks never change, in UTC, and each wall clock found is then put into the
 * series' zone. A wall clock that the zone skips that day moves forward, as 3.8.5.3 and 3.3.5 say;
 * 3.3.10 would drop the occurrence, and a daily event that is missing one night is nobody's wish.
 */
import { RRuleTemporal } from "rrule-temporal";
import { Temporal } from "temporal-polyfill";

import type { EventFields, EventItem, EventTime } from "./event.ts";
import { type DatesLine, type DateValue, parseLine, type RuleLine } from "./recurrence-line.ts";
import { fromInstant, toInstant } from "./time.ts";

export interface Series {
  /** Of the master. */
  fields: EventFields;
  /** All of them, cancelled ones included. */
  exceptions: readonly EventItem[];
}

export interface Occurrence {
  /** Those of the master at this occurrence's time, or of the exception; without recurrence. */
  fields: EventFields;
  originalStart: EventTime;
}

/** From, inclusive, to, exclusive; in ms. */
export interface Window {
  from: number;
  to: number;
}

const dayMs = 86_400_000;

/** Enough for a rule with COUNT that repeats daily for a century; others are not counted from their start. */
const maxIterations = 50_000;

/**
 * The occurrences that overlap the window, by start: an exception stands in its occurrence's place,
 * also when it was moved into the window from outside; a cancelled one is left out. The start of
 * the master is an occurrence whether or not the rule meets it, unless an EXDATE names it. A line
 * that `checkRecurrence` refuses is passed over: one bad line must not hide a calendar.
 */
export function expand(
  series: Series,
  window: Window,
  floatingZone: string,
  limit = 10_000,
): Occurrence[] {
  const { fields, exceptions } = series;
  const length = toInstant(fields.end, floatingZone) - toInstant(fields.start, floatingZone);
  // A day of days may last 25 hours, so a day to spare on both ends; what is too much goes below.
  const wide = { from: window.from - length - dayMs, to: window.to + dayMs };
  const starts = startsWithin(fields, wide, floatingZone);
  const occurrences: Occurrence[] = [];
  for (const { fields: own, originalStart } of exceptions) {
    if (!originalStart) continue;
    starts.delete(keyOf(originalStart));
    if (own.status !== "cancelled") occurrences.push({ fields: own, originalStart });
  }
  for (const start of starts.values()) {
    occurrences.push({ fields: occurrenceOf(fields, start), originalStart: start });
  }
  const startOf = ({ fields: { start } }: Occurrence): number => toInstant(start, floatingZone);
  return occurrences
    .filter((occurrence) => overlaps(occurrence.fields, window, floatingZone))
    .toSorted((a, b) => startOf(a) - startOf(b))
    .slice(0, limit);
}

/**
 * The starts that a series itself has within the window, by the same rules as `expand`, in no order and
 * with hours to spare on both sides: for whoever needs no more of an occurrence than when it begins.
 */
export function startsOf(fields: EventFields, window: Window, floatingZone: string): EventTime[] {
  const wide = { from: window.from - dayMs, to: window.to + dayMs };
  return [...startsWithin(fields, wide, floatingZone).values()];
}

/** What a series itself gives to its occurrence at that start. */
export function occurrenceOf(master: EventFields, start: EventTime): EventFields {
  return { ...master, start, end: endOf(start, master), recurrence: [] };
}

/** A sentence that says what is wrong with these lines for an event that starts then, or null. */
export function checkRecurrence(lines: readonly string[], start: EventTime): string | null {
  const soon = toInstant(start, "UTC");
  try {
    for (const line of lines) {
      const parsed = parseLine(line);
      if ("rule" in parsed) ruleStarts(parsed, start, { from: soon, to: soon + dayMs }, "UTC");
    }
    return null;
  } catch (error) {
    if (error instanceof Error) return error.message;
    throw error;
  }
}

/** Whether a rule, by itself, has an occurrence at the start that it is given. A line that cannot be read has none. */
export function meetsStart(line: string, start: EventTime): boolean {
  const at = toInstant(start, "UTC");
  const parsed = parseOrSkip(line);
  if (!parsed || !("rule" in parsed)) return false;
  // An EXRULE is a rule that does not count the start of its own accord.
  const times = timesOf({ ...parsed, name: "EXRULE" }, start, { from: at, to: at + 1 }, "UTC");
  return times.some((time) => keyOf(time) === keyOf(start));
}

/** Two times of one series name the same occurrence when their keys are equal; see `sameMoment`. */
function keyOf(time: EventTime): string {
  return "date" in time ? time.date : String(toInstant(time, time.zone));
}

function dayOf(time: EventTime): string {
  return "date" in time ? time.date : time.local.slice(0, 10);
}

function startsWithin(
  { start, recurrence }: EventFields,
  window: Window,
  floatingZone: string,
): Map<string, EventTime> {
  const starts = new Map([[keyOf(start), start]]);
  const excluded = new Set<string>();
  for (const line of recurrence.map(parseOrSkip)) {
    if (!line) continue;
    const times = timesOf(line, start, window, floatingZone);
    const isAdded = line.name === "RRULE" || line.name === "RDATE";
    for (const time of times) {
      const key = keyOf(time);
      if (!isAdded) excluded.add(key);
      else if (!starts.has(key)) starts.set(key, time);
    }
  }
  for (const [key, time] of starts) {
    if (excluded.has(key) || excluded.has(dayOf(time))) starts.delete(key);
  }
  return starts;
}

function parseOrSkip(line: string): RuleLine | DatesLine | null {
  try {
    return parseLine(line);
  } catch {
    return null;
  }
}

function timesOf(
  line: RuleLine | DatesLine,
  start: EventTime,
  window: Window,
  floatingZone: string,
): EventTime[] {
  if ("dates" in line) return line.dates.map((value) => timeOf(value, start, line.name));
  try {
    return ruleStarts(line, start, window, floatingZone);
  } catch {
    return [];
  }
}

/**
 * A listed time, in the zone of the series. Lists whose kind is not that of the start are common:
 * a time means its day in an all-day series; a day means, in a timed one, whatever EXDATE finds on
 * it, and for RDATE the series' usual hour.
 */
function timeOf(value: DateValue, start: EventTime, name: DatesLine["name"]): EventTime {
  if ("date" in start) return { date: value.date };
  const clock = value.clock ?? (name === "RDATE" ? start.local.slice(11) : null);
  if (clock === null) return { date: value.date };
  return exactly({ local: `${value.date}T${clock}`, zone: value.zone ?? start.zone }, start.zone);
}

/** The same instant as a zone's clock shows it. */
function exactly(time: { local: string; zone: string }, zone: string): EventTime {
  return fromInstant(toInstant(time, time.zone), zone);
}

function ruleStarts(
  line: RuleLine,
  start: EventTime,
  { from, to }: Window,
  floatingZone: string,
): EventTime[] {
  const zone = "date" in start ? floatingZone : start.zone;
  const last = line.until ? lastMoment(line.until, start, floatingZone) : Infinity;
  if (last < from) return [];
  const rule = new RRuleTemporal({
    rruleString: `RRULE:${line.rule}`,
    dtstart: clockOf(start).toZonedDateTime("UTC"),
    // The start is the first occurrence, and COUNT counts it (3.3.10); an EXRULE has no such claim.
    includeDtstart: line.name === "RRULE",
    temporal: Temporal,
    strict: true,
    maxIterations,
  });
  return rule
    .between(shownAt(from, zone), shownAt(Math.min(to, last + dayMs), zone), true)
    .map((clock) => timeAt(clock.toPlainDateTime(), start))
    .filter((time) => toInstant(time, floatingZone) <= last);
}

function clockOf(time: EventTime): Temporal.PlainDateTime {
  return Temporal.PlainDateTime.from("date" in time ? time.date : time.local);
}

/** What clocks show at an instant, as if it were UTC. */
function shownAt(ms: number, zone: string): Temporal.ZonedDateTime {
  const clock = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
  return clock.toPlainDateTime().toZonedDateTime("UTC");
}

function timeAt(clock: Temporal.PlainDateTime, start: EventTime): EventTime {
  if ("date" in start) return { date: clock.toPlainDate().toString() };
  const local = clock.toString({ smallestUnit: "second" });
  return local === start.local ? start : exactly({ local, zone: start.zone }, start.zone);
}

/** UNTIL is inclusive (3.3.10). A bare date lets a timed series have that day to its end. */
function lastMoment(until: DateValue, start: EventTime, floatingZone: string): number {
  if ("date" in start) return toInstant({ date: until.date }, floatingZone);
  const zone = until.zone ?? start.zone;
  if (until.clock !== null) return toInstant({ local: `${until.date}T${until.clock}`, zone }, zone);
  const nextDay = Temporal.PlainDate.from(until.date).add({ days: 1 }).toString();
  return toInstant({ date: nextDay }, zone) - 1;
}

/** An all-day event keeps its days; a timed one its exact length, also across a clock change (3.8.5.3). */
function endOf(start: EventTime, master: EventFields): EventTime {
  if ("date" in start) {
    const length = clockOf(master.start).until(clockOf(master.end), { largestUnit: "days" });
    return { date: clockOf(start).add(length).toPlainDate().toString() };
  }
  const { end } = master;
  const length = toInstant(end, start.zone) - toInstant(master.start, start.zone);
  const zone = "date" in end ? start.zone : end.zone;
  return fromInstant(toInstant(start, start.zone) + length, zone);
}

/** An event without length is there at its start. */
function overlaps(
  { start, end }: EventFields,
  { from, to }: Window,
  floatingZone: string,
): boolean {
  const begins = toInstant(start, floatingZone);
  const ends = toInstant(end, floatingZone);
  return begins < to && (ends > from || (begins >= ends && begins >= from));
}
