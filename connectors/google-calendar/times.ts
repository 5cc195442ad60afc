import type { EventTime } from "../../sync/event.ts";
import { instantOf, instantsOf, isZone, offsetAt } from "./zones.ts";

/** `EventDateTime` of the reference: a date, or a moment with an offset, a zone or both. */
export interface GoogleTime {
  date?: string | null;
  dateTime?: string | null;
  timeZone?: string | null;
}

/** The same as it comes, with anything missing. */
type GivenTime = { [Key in keyof GoogleTime]: GoogleTime[Key] | undefined };

/** Why an item cannot be understood. The words never hold any of its text. */
export class Unfit extends Error {}

const datePattern = /^\d{4}-\d{2}-\d{2}$/;
const momentPattern =
  /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2})(?::(\d{2}))?(?:\.\d+)?(?:([Zz])|([+-])(\d{2}):?(\d{2}))?$/;

/**
 * What people see on the clock: the offset decides the moment, the zone (the event's own, else the
 * calendar's) the wall clock.
 * @throws Unfit
 */
export function fromGoogleTime(time: GivenTime, calendarZone: string | null): EventTime {
  if (typeof time.date === "string") {
    if (!isDate(time.date)) throw new Unfit("a date is not a date");
    return { date: time.date };
  }
  if (typeof time.dateTime !== "string") throw new Unfit("a time has neither date nor dateTime");
  const zone = time.timeZone || calendarZone;
  if (zone === null) throw new Unfit("a time has no time zone");
  if (!isZone(zone)) throw new Unfit("a time has an unknown time zone");
  return atInstant(instantOfText(time.dateTime, zone), zone);
}

function instantOfText(text: string, zone: string): number {
  const [, date = "", clock, seconds = "00", z, sign, hours, minutes] =
    momentPattern.exec(text) ?? [];
  const wall = Date.parse(`${date}T${clock}:${seconds}Z`);
  if (Number.isNaN(wall) || !isDate(date)) throw new Unfit("a dateTime is not a moment");
  if (z !== undefined) return wall;
  if (sign === undefined) return instantOf(zone, wall, false);
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === "+" ? wall - offset : wall + offset;
}

/** `Date` rolls 30 February over into March; a provider that writes it means nothing. */
function isDate(text: string): boolean {
  if (!datePattern.test(text)) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).getUTCDate() === Number(text.slice(8));
}

function atInstant(instant: number, zone: string): EventTime {
  const wall = instant + offsetAt(zone, instant);
  const local = wallText(wall);
  const instants = instantsOf(zone, wall);
  const second = instants.length > 1 && instants.at(-1) === instant;
  return second ? { local, zone, fold: 1 } : { local, zone };
}

function wallText(wall: number): string {
  const text = new Date(wall).toISOString();
  if (text.length !== 24) throw new Unfit("a time is out of range");
  return text.slice(0, 19);
}

/** The moment as Google takes it: with its offset, which alone tells two equal wall clocks apart. */
export function toGoogleTime(time: EventTime): GoogleTime {
  if ("date" in time) return { date: time.date };
  const { local, zone } = time;
  if (!isZone(zone)) return { dateTime: local, timeZone: zone };
  const wall = Date.parse(`${local}Z`);
  const offset = wall - instantOf(zone, wall, time.fold === 1);
  return { dateTime: local + offsetText(offset), timeZone: zone };
}

/** RFC 3339 has no seconds in an offset; such old local times go without, and the zone decides. */
function offsetText(offset: number): string {
  if (offset % 60_000 !== 0) return "";
  const minutes = Math.abs(offset) / 60_000;
  const two = (value: number) => String(value).padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** The same moment as Google would return it: out of a gap, and with `fold` only where it tells apart. */
export function normaliseTime(time: EventTime): EventTime {
  if ("date" in time) return { date: time.date };
  if (!isZone(time.zone)) return time;
  const instant = instantOf(time.zone, Date.parse(`${time.local}Z`), time.fold === 1);
  return atInstant(instant, time.zone);
}

export function dayAfter(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

/** Whether two times are the same moment, however each is written (`originalStartTime`, reference: Events). */
export function sameMoment(a: EventTime, b: EventTime): boolean {
  if ("date" in a || "date" in b) return "date" in a && "date" in b && a.date === b.date;
  return momentOf(a) === momentOf(b);
}

function momentOf(time: Exclude<EventTime, { date: string }>): number {
  const wall = Date.parse(`${time.local}Z`);
  return isZone(time.zone) ? instantOf(time.zone, wall, time.fold === 1) : Number.NaN;
}
