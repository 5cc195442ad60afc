/**
 * KiotViet writes the time of Vietnam without an offset, to seven digits of a second at most
 * (reference: 2, "Dates"). Vietnam has no summer time.
 */
const written = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?$/;
const vietnam = "+07:00";
const ahead = 7 * 3_600_000;

/** Before this lies what a program writes for no date at all, such as the year 1. */
const earliest = Date.UTC(2000, 0, 1);

/** Milliseconds since the epoch; null for what is no time. */
export function instantOf(text: string): number | null {
  const [, minutes, seconds = "00", fraction = "", offset = vietnam] = written.exec(text) ?? [];
  if (minutes === undefined) return null;
  const milliseconds = fraction.padEnd(3, "0").slice(0, 3);
  const instant = Date.parse(`${minutes}:${seconds}.${milliseconds}${offset}`);
  return Number.isNaN(instant) ? null : instant;
}

/** Whether a time stands for a moment, and not for the lack of one. */
export function isMeant(instant: number): boolean {
  return instant >= earliest;
}

/** The moment as KiotViet takes it, cut to the second: never later than the moment itself. */
export function localOf(instant: number): string {
  return new Date(instant + ahead).toISOString().slice(0, 19);
}
