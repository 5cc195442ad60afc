import type { EventTime } from "./event.ts";
import type { Property } from "./ics-lines.ts";
import type { ResolveZone } from "./ics-zones.ts";
import { parseDate } from "./times.ts";
import { formatInZone, instantOf, offsetAt } from "../zones.ts";

export interface TimeContext {
  readonly resolve: ResolveZone;
  /** Zone of times that name none. */
  readonly floating: string;
}

/** A value of a file: a date, or a local time with its zone. */
export type IcsTime =
  | { readonly kind: "date"; readonly date: string }
  | { readonly kind: "time"; readonly instant: number; readonly zone: string };

const VALUE = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})?)?(Z)?$/;

/** Reads one value. What says it is a DATE is one, even where it carries a time, or a "Z". */
export function readValue(
  value: string,
  params: Property["params"],
  context: TimeContext,
): IcsTime {
  const match = VALUE.exec(value.trim().split("/", 1)[0] ?? "");
  if (match === null) throw new Error(`Malformed time ${value}`);
  const [, y, m, d, hh, mm = "0", ss = "0", utc] = match;
  const date = `${y}-${m}-${d}`;
  if (parseDate(date) === undefined) throw new Error(`No such day: ${value}`);
  if (hh === undefined || params["VALUE"]?.toUpperCase() === "DATE") return { kind: "date", date };
  const local = Date.UTC(Number(y), Number(m) - 1, Number(d), Number(hh), Number(mm), Number(ss));
  if (utc !== undefined) return { kind: "time", instant: local, zone: "UTC" };
  const zone = params["TZID"] === undefined ? context.floating : context.resolve(params["TZID"]);
  return { kind: "time", instant: instantOf(zone, local), zone };
}

export function readTimes(property: Property, context: TimeContext): IcsTime[] {
  return property.value.split(",").map((value) => readValue(value, property.params, context));
}

export function toEventTime(time: IcsTime): EventTime {
  if (time.kind === "date") return { date: time.date };
  return { dateTime: formatInZone(time.zone, time.instant), timeZone: time.zone };
}

/** The day a time falls on where it was written. */
export function dayOf(time: IcsTime): string {
  if (time.kind === "date") return time.date;
  return new Date(time.instant + offsetAt(time.zone, time.instant)).toISOString().slice(0, 10);
}

const DURATION = /^([+-])?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** Adds a duration: days by the calendar, hours by the clock. */
export function addDuration(start: IcsTime, text: string): IcsTime {
  const match = DURATION.exec(text.trim());
  if (match === null) throw new Error(`Malformed duration ${text}`);
  const [, sign, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match;
  const direction = sign === "-" ? -1 : 1;
  const dayMs = (Number(weeks) * 7 + Number(days)) * 86_400_000 * direction;
  const clockMs =
    (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000 * direction;
  if (start.kind === "date") {
    const whole = dayMs + Math.floor(clockMs / 86_400_000) * 86_400_000;
    return {
      kind: "date",
      date: new Date(Date.parse(start.date) + whole).toISOString().slice(0, 10),
    };
  }
  const local = start.instant + offsetAt(start.zone, start.instant) + dayMs;
  return { ...start, instant: instantOf(start.zone, local) + clockMs };
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** The compact form of an EXDATE or RDATE line, in the series' own zone. */
export function compactTime(time: IcsTime, zone: string | undefined): string {
  if (zone === undefined) return dayOf(time).replaceAll("-", "");
  if (time.kind === "date") return `${time.date.replaceAll("-", "")}T000000`;
  const local = new Date(time.instant + offsetAt(zone, time.instant));
  const day = local.toISOString().slice(0, 10).replaceAll("-", "");
  return `${day}T${two(local.getUTCHours())}${two(local.getUTCMinutes())}${two(local.getUTCSeconds())}`;
}
