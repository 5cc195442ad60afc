import { RRuleTemporal } from "rrule-temporal";
import { Temporal } from "temporal-polyfill";
import { invalid } from "./errors.ts";
import type { EventResource, EventTime } from "./event.ts";
import { instantOfTime, parseDate } from "./times.ts";
import { formatInZone, instantOf } from "../zones.ts";

/** No list shows occurrences further than this beyond the present, when it names no end itself. */
export const HORIZON_MS = 5 * 366 * 86_400_000;
const FAR_PAST = Date.UTC(1900, 0, 1);

const LINE = /^(RRULE|EXRULE|RDATE|EXDATE)((?:;[A-Za-z-]+=[^:;]+)*):(.+)$/i;

interface Line {
  readonly name: string;
  readonly zone: string | undefined;
  readonly value: string;
}

function parseLine(text: string): Line {
  const match = LINE.exec(text);
  if (match === null) throw invalid("Invalid recurrence rule.");
  const zone = /;TZID=([^;:]+)/i.exec(match[2] ?? "")?.[1];
  return { name: (match[1] ?? "").toUpperCase(), zone, value: match[3] ?? "" };
}

/** Where a series is laid out: all-day ones in UTC, so that a day is always a day. */
interface Frame {
  readonly allDay: boolean;
  readonly zone: string;
  readonly start: number;
}

function frameOf(start: EventTime, calendarZone: string): Frame {
  if (start.date !== undefined)
    return { allDay: true, zone: "UTC", start: parseDate(start.date) ?? 0 };
  return {
    allDay: false,
    zone: start.timeZone ?? calendarZone,
    start: instantOfTime(start, calendarZone),
  };
}

function ruleOf(value: string, frame: Frame): RRuleTemporal {
  const dtstart = Temporal.Instant.fromEpochMilliseconds(frame.start).toZonedDateTimeISO(
    frame.zone,
  );
  // An all-day series may carry an UNTIL with a time; only its date counts.
  const rule = frame.allDay ? value.replace(/UNTIL=(\d{8})T\d{6}Z?/i, "UNTIL=$1") : value;
  return new RRuleTemporal({ rruleString: `RRULE:${rule}`, dtstart });
}

/** The instants in an RDATE or EXDATE line, as the series' frame counts them. */
function listed(line: Line, frame: Frame): number[] {
  const found: number[] = [];
  for (const text of line.value.split(",")) {
    const match = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2}))?(Z)?(?:\/.*)?$/.exec(
      text.trim(),
    );
    if (match === null) throw invalid("Invalid recurrence rule.");
    const [, y, m, d, hh = "0", mm = "0", ss = "0", utc] = match;
    const local = Date.UTC(Number(y), Number(m) - 1, Number(d), Number(hh), Number(mm), Number(ss));
    if (frame.allDay) found.push(local - (local % 86_400_000));
    else found.push(utc === undefined ? instantOf(line.zone ?? frame.zone, local) : local);
  }
  return found;
}

function rulesStarts(
  lines: Line[],
  name: string,
  frame: Frame,
  from: number,
  to: number,
): number[] {
  const rules = lines.filter((line) => line.name === name);
  return rules.flatMap((line) =>
    ruleOf(line.value, frame)
      .between(new Date(Math.max(from, FAR_PAST)), new Date(to), true)
      .map((at) => at.epochMilliseconds),
  );
}

/** Starts of a series in a span, both ends included, in order; all-day starts count as UTC midnights. */
function startsIn(
  resource: EventResource,
  calendarZone: string,
  from: number,
  to: number,
): number[] {
  const frame = frameOf(resource.start, calendarZone);
  const lines = (resource.recurrence ?? []).map(parseLine);
  const starts = new Set(rulesStarts(lines, "RRULE", frame, from, to));
  // The first occurrence is the event itself, whether the rule names it or not.
  starts.add(frame.start);
  for (const line of lines)
    if (line.name === "RDATE") for (const at of listed(line, frame)) starts.add(at);
  for (const at of rulesStarts(lines, "EXRULE", frame, from, to)) starts.delete(at);
  for (const line of lines)
    if (line.name === "EXDATE") for (const at of listed(line, frame)) starts.delete(at);
  return [...starts].filter((at) => at >= from && at <= to).sort((a, b) => a - b);
}

/** The name of one occurrence within its series: its date, or its original start as an instant. */
export function occurrenceKey(time: EventTime, calendarZone: string): string {
  return time.date ?? String(instantOfTime(time, calendarZone));
}

export function keyInstant(key: string, calendarZone: string): number {
  return key.includes("-") && key.length === 10
    ? instantOf(calendarZone, parseDate(key) ?? 0)
    : Number(key);
}

/** Original start of the occurrence of that name. */
export function timeOfKey(key: string, master: EventResource, calendarZone: string): EventTime {
  if (master.start.date !== undefined) return { date: key };
  const timeZone = master.start.timeZone ?? calendarZone;
  return { dateTime: formatInZone(calendarZone, Number(key)), timeZone };
}

/** Names of the occurrences whose original start lies in the span. */
export function occurrenceKeys(
  master: EventResource,
  calendarZone: string,
  from: number,
  to: number,
): string[] {
  const allDay = master.start.date !== undefined;
  // A day begins up to 14 hours before or after UTC midnight, so the span is widened and cut again.
  const slack = allDay ? 86_400_000 : 0;
  const starts = startsIn(master, calendarZone, from - slack, to + slack);
  if (!allDay) return starts.map(String);
  return starts
    .map((at) => new Date(at).toISOString().slice(0, 10))
    .filter((date) => {
      const at = keyInstant(date, calendarZone);
      return at >= from && at <= to;
    });
}

export function hasOccurrence(master: EventResource, key: string, calendarZone: string): boolean {
  const allDay = master.start.date !== undefined;
  if (allDay !== (key.length === 10 && key.includes("-"))) return false;
  const at = keyInstant(key, calendarZone);
  return Number.isFinite(at) && occurrenceKeys(master, calendarZone, at, at).includes(key);
}

/** Refuses lines that do not parse or a rule that means nothing. */
export function checkRecurrence(
  lines: readonly string[],
  start: EventTime,
  calendarZone: string,
): void {
  const frame = frameOf(start, calendarZone);
  for (const text of lines) {
    const line = parseLine(text);
    if (line.name === "RDATE" || line.name === "EXDATE") listed(line, frame);
    else checkRule(line.value, frame);
  }
}

function checkRule(value: string, frame: Frame): void {
  try {
    if (!/(^|;)FREQ=/i.test(value)) throw invalid("Invalid recurrence rule.");
    ruleOf(value, frame).between(new Date(frame.start), new Date(frame.start + 86_400_000), true);
  } catch {
    throw invalid("Invalid recurrence rule.");
  }
}

/** The end of the last occurrence, or infinity for a series without end. */
export function isEndless(master: EventResource): boolean {
  return (master.recurrence ?? []).some(
    (line) => /^RRULE/i.test(line) && !/(UNTIL|COUNT)=/i.test(line),
  );
}
