/**
 * Times as both sides can be held against each other: a day as it is, a moment as its instant, what
 * the clock on the wall shows and in which zone. Written for this comparison alone, from what a
 * zone's clock shows (Intl), so that a fault in how the product reads times cannot hide itself here.
 */
import type { GoogleTime } from "./google.ts";

const clocks = new Map<string, Intl.DateTimeFormat>();

/** The wall clock of a zone at an instant, as `YYYY-MM-DDTHH:MM:SS`. */
export function wallAt(instant: number, zone: string): string {
  const known = clocks.get(zone);
  const clock =
    known ??
    new Intl.DateTimeFormat("sv", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  if (!known) clocks.set(zone, clock);
  return clock.format(instant).replace(" ", "T");
}

/**
 * The instant of a wall clock. One that is shown twice is the first, or the second when `second` is
 * set; one that is never shown is as far after the gap as it was into it.
 */
export function instantOfWall(wall: string, zone: string, second = false): number {
  const asUtc = Date.parse(`${wall}Z`);
  const offsets = [-1, 1].map((days) => {
    const near = asUtc + days * 86_400_000;
    return Date.parse(`${wallAt(near, zone)}Z`) - near;
  });
  const [before = 0] = offsets;
  const fitting = [...new Set(offsets)]
    .map((offset) => asUtc - offset)
    .filter((instant) => wallAt(instant, zone) === wall)
    .toSorted((a, b) => a - b);
  return (second ? fitting.at(-1) : fitting[0]) ?? asUtc - before;
}

function moment(instant: number, zone: string): string {
  return `${wallAt(instant, zone)} ${zone} (${new Date(instant).toISOString().slice(0, 16)}Z)`;
}

/** A time as Google gives it: its offset says the instant, its zone (or the calendar's) the clock. */
export function momentOfGoogle(time: GoogleTime | undefined, calendarZone: string): string {
  if (time?.date !== undefined) return time.date;
  const { dateTime = "", timeZone = calendarZone } = time ?? {};
  const hasOffset = /(Z|[+-]\d\d:?\d\d)$/.test(dateTime);
  return moment(hasOffset ? Date.parse(dateTime) : instantOfWall(dateTime, timeZone), timeZone);
}

/** A time as our columns hold it. */
export function momentOfRow(at: string, zone: string | null, fold: number): string {
  if (zone === null) return at.slice(0, 10);
  return moment(instantOfWall(at.slice(0, 19), zone, fold === 1), zone);
}
