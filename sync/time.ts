import { Temporal } from "temporal-polyfill";

import type { EventTime } from "./event.ts";

/**
 * The instant of an event's time, in ms. A date begins when its day begins in `floatingZone`, the
 * zone of whoever looks. A wall clock that a clock change skips is read with the offset before the
 * gap, hence moves forward; of two equal wall clocks the first is meant, unless `fold` says the
 * second (RFC 5545, 3.3.5).
 *
 * @throws RangeError for a time, date or zone that does not exist.
 */
export function toInstant(time: EventTime, floatingZone: string): number {
  if ("date" in time) {
    return Temporal.PlainDate.from(time.date).toZonedDateTime(floatingZone).epochMilliseconds;
  }
  const disambiguation = time.fold === 1 ? "later" : "compatible";
  return Temporal.PlainDateTime.from(time.local).toZonedDateTime(time.zone, { disambiguation })
    .epochMilliseconds;
}

/**
 * The wall clock that a zone shows at an instant; parts of a second are dropped. The inverse of
 * `toInstant` for every instant, and for every wall clock that exists.
 *
 * @throws RangeError for an unknown zone.
 */
export function fromInstant(ms: number, zone: string): EventTime {
  const second = Math.floor(ms / 1000) * 1000;
  const clock = Temporal.Instant.fromEpochMilliseconds(second).toZonedDateTimeISO(zone);
  const local = clock.toPlainDateTime();
  const time = { local: local.toString({ smallestUnit: "second" }), zone };
  const isFirst = local.toZonedDateTime(zone).epochMilliseconds === second;
  return isFirst ? time : { ...time, fold: 1 };
}

/** Whether a start lies in a window of ms, `from` inclusive; a date starts in UTC. */
export function startsIn(start: EventTime, window: { from: number; to: number }): boolean {
  const at = toInstant(start, "UTC");
  return at >= window.from && at < window.to;
}

/**
 * Whether two original starts name the same occurrence. Providers rewrite zones and offsets, so
 * clocks are compared as instants; dates have no instant and are compared as text.
 */
export function sameMoment(a: EventTime, b: EventTime): boolean {
  if ("date" in a || "date" in b) return "date" in a && "date" in b && a.date === b.date;
  return toInstant(a, a.zone) === toInstant(b, b.zone);
}

/** Whether it names an IANA zone (a link such as `US/Eastern` included). A bare offset is none. */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}
