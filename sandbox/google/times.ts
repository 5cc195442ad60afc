import { emptyRange, invalid, required } from "./errors.ts";
import type { EventTime } from "./event.ts";
import { formatInZone, instantOf, isZone } from "../zones.ts";
import { isObject, type Json } from "../json.ts";

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?([Zz]|[+-]\d{2}:?\d{2})?$/;

export function parseDate(text: string): number | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const at = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  return new Date(at).toISOString().slice(0, 10) === text ? at : undefined;
}

interface ParsedTime {
  /** The local time as if it were UTC. */
  readonly local: number;
  readonly offsetMs: number | undefined;
}

export function parseDateTime(text: string): ParsedTime | undefined {
  const match = DATE_TIME.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = "0", zone] = match;
  const local = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  const real = new Date(local);
  if (
    Number.isNaN(local) ||
    real.getUTCDate() !== Number(day) ||
    real.getUTCHours() !== Number(hour)
  )
    return undefined;
  return { local, offsetMs: zone === undefined ? undefined : offsetOf(zone) };
}

function offsetOf(text: string): number {
  if (text.toUpperCase() === "Z") return 0;
  const digits = text.slice(1).replace(":", "");
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2, 4));
  return (text.startsWith("-") ? -minutes : minutes) * 60_000;
}

/** An instant from a query parameter: the offset is mandatory, milliseconds are ignored. */
export function parseInstant(text: string, parameter: string): number {
  const parsed = parseDateTime(text);
  if (parsed?.offsetMs === undefined) throw invalid("Bad Request", parameter);
  return parsed.local - parsed.offsetMs;
}

/** The instant of an event time; a date begins at midnight of the calendar's zone. */
export function instantOfTime(time: EventTime, calendarZone: string): number {
  if (time.date !== undefined) return instantOf(calendarZone, parseDate(time.date) ?? 0);
  const parsed = parseDateTime(time.dateTime ?? "");
  if (parsed === undefined) return 0;
  return parsed.offsetMs === undefined
    ? instantOf(time.timeZone ?? calendarZone, parsed.local)
    : parsed.local - parsed.offsetMs;
}

/** Brings a time of a request to the form Google answers with, or refuses it. */
export function normaliseTime(
  value: Json | undefined,
  which: "start" | "end",
  calendarZone: string,
): EventTime {
  if (!isObject(value)) throw required(`Missing ${which} time.`);
  const { date, dateTime, timeZone } = value;
  if (typeof date === "string" && typeof dateTime === "string")
    throw invalid(`Invalid ${which} time.`);
  if (typeof date === "string") {
    if (parseDate(date) === undefined) throw invalid(`Invalid ${which} time.`);
    return { date };
  }
  if (typeof dateTime !== "string") throw required(`Missing ${which} time.`);
  return normaliseDateTime(dateTime, timeZone, which, calendarZone);
}

function normaliseDateTime(
  text: string,
  zone: Json | undefined,
  which: string,
  calendarZone: string,
): EventTime {
  const parsed = parseDateTime(text);
  if (parsed === undefined) throw invalid(`Invalid ${which} time.`);
  if (zone !== undefined && zone !== null && (typeof zone !== "string" || !isZone(zone))) {
    throw invalid(`Invalid time zone definition for ${which} time.`);
  }
  const named = typeof zone === "string" ? zone : undefined;
  if (parsed.offsetMs === undefined && named === undefined) {
    throw required(`Missing time zone definition for ${which} time.`);
  }
  const instant =
    parsed.offsetMs === undefined
      ? instantOf(named ?? calendarZone, parsed.local)
      : parsed.local - parsed.offsetMs;
  return { dateTime: formatInZone(calendarZone, instant), timeZone: named ?? calendarZone };
}

/** Start and end are of one kind, and the event does not end before it starts. */
export function checkSpan(start: EventTime, end: EventTime, calendarZone: string): void {
  if ((start.date === undefined) !== (end.date === undefined)) {
    throw invalid("Start and end times must either both be date or both be dateTime.");
  }
  const length = instantOfTime(end, calendarZone) - instantOfTime(start, calendarZone);
  if (length < 0 || (length === 0 && start.date !== undefined)) throw emptyRange();
}

/** The same time shown in another zone. */
export function inZone(time: EventTime, zone: string): EventTime {
  if (time.dateTime === undefined) return time;
  return { ...time, dateTime: formatInZone(zone, instantOfTime(time, zone)) };
}
