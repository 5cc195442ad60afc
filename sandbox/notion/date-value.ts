import * as z from "zod";
import { checked, failed } from "./check-body.ts";
import { instantOf, isZone, offsetAt } from "../zones.ts";

/** A date as it is kept and shown: days, or times with milliseconds and an offset. */
export interface DateValue {
  start: string;
  end: string | null;
  /** Only where the API set it: a person's edit leaves none. */
  time_zone: string | null;
}

interface ReadDateOptions {
  readonly asPerson: boolean;
  readonly cutSeconds: boolean;
}

const dateBody = z.strictObject({
  start: z.string(),
  end: z.string().nullish(),
  time_zone: z.string().nullish(),
});

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const TIME =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}))?(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?$/i;

export function isDay(text: string): boolean {
  return DAY.test(text);
}

/** The moment a shown date or time stands for; a day begins at midnight UTC. */
export function momentOf(text: string): number {
  return Date.parse(text);
}

/** A date of a request as it is kept. `path` is where it stands in the body. */
export function readDate(raw: unknown, path: string, options: ReadDateOptions): DateValue {
  const { start, end = null, time_zone: zone = null } = checked(dateBody, raw, path);
  if (zone !== null && !isZone(zone))
    throw failed(`${path}.time_zone`, "a valid IANA time zone", zone);
  const from = readTime(start, zone, `${path}.start`, options.cutSeconds);
  const until = end === null ? null : readTime(end, zone, `${path}.end`, options.cutSeconds);
  if (until !== null && isDay(from) !== isDay(until))
    throw failed(`${path}.end`, `a ${isDay(from) ? "date" : "date-time"} like \`start\``, end);
  if (until !== null && momentOf(until) < momentOf(from))
    throw failed(`${path}.end`, "on or after `start`", end);
  return { start: from, end: until, time_zone: options.asPerson ? null : zone };
}

function readTime(text: string, zone: string | null, path: string, cutSeconds: boolean): string {
  if (DAY.test(text)) {
    if (!isRealDay(text)) throw failed(path, "a valid ISO 8601 date string", text);
    if (zone !== null) throw failed(path, "a date-time when `time_zone` is given", text);
    return text;
  }
  const match = TIME.exec(text);
  if (match === null || !isRealDay(match[1] ?? "") || !isClock(match))
    throw failed(path, "a valid ISO 8601 date string", text);
  const [, day = "", hour, minute, second = "00", fraction = "", offset] = match;
  if (zone !== null && offset !== undefined)
    throw failed(path, "a local time without an offset when `time_zone` is given", text);
  const kept = cutSeconds ? "00.000" : `${second}.${fraction.padEnd(3, "0").slice(0, 3)}`;
  const local = Date.parse(`${day}T${hour}:${minute}:${kept}Z`);
  if (zone === null) return withOffset(local, offset === undefined ? 0 : offsetMs(offset));
  // A time that a clock change skips is shown as the time it then is.
  const instant = instantOf(zone, local);
  const ahead = offsetAt(zone, instant);
  return withOffset(instant + ahead, ahead);
}

function isRealDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 10) === text;
}

function isClock([, , hour, minute, second = "0"]: RegExpExecArray): boolean {
  return Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
}

function offsetMs(text: string): number {
  if (text.toUpperCase() === "Z") return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(-2));
  return (text.startsWith("-") ? -minutes : minutes) * 60_000;
}

function withOffset(local: number, ahead: number): string {
  const minutes = Math.abs(ahead) / 60_000;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const sign = ahead < 0 ? "-" : "+";
  return `${new Date(local).toISOString().slice(0, 23)}${sign}${two(minutes / 60)}:${two(minutes % 60)}`;
}
