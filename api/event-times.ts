import { Temporal } from "temporal-polyfill";
import type { EventTime } from "../sync/event.ts";
import { fromInstant, toInstant } from "../sync/time.ts";
import { wrong } from "./problems.ts";

const date = /^\d{4}-\d\d-\d\d$/;
const local = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?$/;
const exact = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)$/;
const firstYear = 1900;
const lastYear = 2200;

export const isDate = (text: string): boolean => date.test(text);

/**
 * A time as people send it: ISO 8601 with an offset, or a wall clock in `zone`.
 * A wall clock that the zone skips moves forward. @throws Problem pointing at it
 */
export function readClock(text: string, zone: string, pointer: string): EventTime {
  if (isDate(text)) throw wrong(pointer, "is a date: add a time, or say `allDay: true`");
  if (!local.test(text) && !exact.test(text)) {
    throw wrong(pointer, "is no time in ISO 8601, such as 2026-03-01T10:00:00+01:00");
  }
  const instant = existing(pointer, () =>
    local.test(text)
      ? toInstant(
          {
            local: Temporal.PlainDateTime.from(text).toString({
              smallestUnit: "second",
              roundingMode: "trunc",
            }),
            zone,
          },
          zone,
        )
      : Temporal.Instant.from(text).epochMilliseconds,
  );
  const time = fromInstant(instant, zone);
  checkYear("date" in time ? time.date : time.local, pointer);
  return time;
}

/** The day of an all-day event; of a time, the day as it is written. @throws Problem pointing at it */
export function readDay(text: string, pointer: string): { date: string; hasClock: boolean } {
  if (!isDate(text) && !local.test(text) && !exact.test(text)) {
    throw wrong(pointer, "is no date in ISO 8601, such as 2026-03-01");
  }
  const clock = text.slice(0, 19).replace(/(Z|[+-]\d\d:?\d\d)$/, "");
  const read = existing(pointer, () => Temporal.PlainDateTime.from(clock));
  checkYear(text, pointer);
  const hasClock = !read.toPlainTime().equals(Temporal.PlainTime.from("00:00"));
  return { date: read.toPlainDate().toString(), hasClock };
}

export function dayAfter(day: string): string {
  return Temporal.PlainDate.from(day).add({ days: 1 }).toString();
}

function existing<T>(pointer: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw wrong(pointer, "is no day or time that exists");
    throw error;
  }
}

function checkYear(text: string, pointer: string): void {
  const year = Number(text.slice(0, 4));
  if (year < firstYear || year > lastYear)
    throw wrong(pointer, `is not between the years ${firstYear} and ${lastYear}`);
}

/** The instant of a stored time. Rows that others wrote may name a zone that does not exist: read as UTC. */
export function instantOf(time: EventTime, floatingZone: string): number {
  try {
    return toInstant(time, floatingZone);
  } catch {
    return "date" in time ? Date.parse(`${time.date}T00:00:00Z`) : Date.parse(`${time.local}Z`);
  }
}

/** As it is answered: with its offset, or the date of an all-day event. */
export function writeTime(time: EventTime): string {
  if ("date" in time) return time.date;
  try {
    const clock = Temporal.Instant.fromEpochMilliseconds(
      toInstant(time, time.zone),
    ).toZonedDateTimeISO(time.zone);
    return clock.toString({ timeZoneName: "never", smallestUnit: "second" });
  } catch {
    return `${time.local}Z`;
  }
}
