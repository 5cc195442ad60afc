/** Time-zone arithmetic over Intl, with offsets remembered per quarter of an hour: no zone changes in between. */

const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;
const REMEMBERED = 200_000;

const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, Map<number, number>>();

function formatFor(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
      era: "short",
    });
    formats.set(zone, format);
  }
  return format;
}

/** Whether providers know the zone: an IANA name, old ones included; never a bare offset. */
export function isZone(zone: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(zone)) return false;
  try {
    formatFor(zone);
    return true;
  } catch {
    return false;
  }
}

function computeOffset(zone: string, instant: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatFor(zone).formatToParts(instant)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
}

/** How far local time is ahead of UTC at an instant, in milliseconds. */
export function offsetAt(zone: string, instant: number): number {
  if (zone === "UTC") return 0;
  let known = offsets.get(zone);
  if (known === undefined || known.size > REMEMBERED) offsets.set(zone, (known = new Map()));
  const quarter = Math.floor(instant / QUARTER_MS);
  let offset = known.get(quarter);
  if (offset === undefined)
    known.set(quarter, (offset = computeOffset(zone, quarter * QUARTER_MS)));
  return offset;
}

/**
 * The instant of a local time, given as if it were UTC. A time that happens twice is the first one; a
 * time that a clock change skips moves forward by the length of the gap.
 */
export function instantOf(zone: string, local: number): number {
  const before = offsetAt(zone, local - DAY_MS);
  const after = offsetAt(zone, local + DAY_MS);
  const candidates = [local - before, local - after].filter(
    (at) => at + offsetAt(zone, at) === local,
  );
  return candidates.length > 0 ? Math.min(...candidates) : local - before;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** RFC 3339 with the zone's offset, to the second, `Z` for none. */
export function formatInZone(zone: string, instant: number): string {
  const offset = offsetAt(zone, instant);
  const local = new Date(instant + offset).toISOString().slice(0, 19);
  const minutes = Math.abs(Math.round(offset / 60_000));
  if (minutes === 0) return `${local}Z`;
  return `${local}${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
