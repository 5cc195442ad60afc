/**
 * Zone arithmetic on Intl alone. An import converts some hundred thousand moments, so the offset of a
 * day is remembered where the day has only one. Wall clocks are milliseconds as if they were UTC.
 */
const day = 86_400_000;
const remembered = 20_000;

interface Zone {
  format: Intl.DateTimeFormat;
  days: Map<number, number | "several">;
}

const zones = new Map<string, Zone | null>();

/** Whether the runtime knows the zone, under whatever of its old and new names. */
export function isZone(name: string): boolean {
  return zoneNamed(name) !== null;
}

function zoneNamed(name: string): Zone | null {
  const known = zones.get(name);
  if (known !== undefined) return known;
  if (zones.size > 2_000) zones.clear();
  const zone = createZone(name);
  zones.set(name, zone);
  return zone;
}

function createZone(name: string): Zone | null {
  // Newer runtimes take a bare offset for a zone; Google does not.
  if (!/^[A-Za-z][\w+/-]*$/.test(name)) return null;
  const digits = "2-digit";
  try {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      era: "short",
      year: "numeric",
      month: digits,
      day: digits,
      hour: digits,
      minute: digits,
      second: digits,
    });
    return { format, days: new Map() };
  } catch {
    return null;
  }
}

/** How far the zone's wall clock is ahead of UTC at an instant, in milliseconds. The zone must be known. */
export function offsetAt(name: string, instant: number): number {
  const zone = zoneNamed(name);
  if (zone === null) throw new RangeError("unknown time zone");
  const today = Math.floor(instant / day);
  let offset = zone.days.get(today);
  if (offset === undefined) {
    const start = readOffset(zone.format, today * day);
    offset = start === readOffset(zone.format, (today + 1) * day) ? start : "several";
    if (zone.days.size > remembered) zone.days.clear();
    zone.days.set(today, offset);
  }
  return offset === "several" ? readOffset(zone.format, instant) : offset;
}

function readOffset(format: Intl.DateTimeFormat, instant: number): number {
  const found = /^(\d+)\/(\d+)\/(\d+) ([AB])\w*, (\d+):(\d+):(\d+)$/.exec(format.format(instant));
  if (found === null) throw new RangeError("unreadable date");
  const [month, date, year, hour, minute, second] = [1, 2, 3, 5, 6, 7].map((group) =>
    Number(found[group]),
  ) as [number, number, number, number, number, number];
  const wall = new Date(0);
  wall.setUTCFullYear(found[4] === "B" ? 1 - year : year, month - 1, date);
  wall.setUTCHours(hour, minute, second);
  return wall.getTime() - Math.floor(instant / 1000) * 1000;
}

/** The instants that show this wall clock, earliest first: none in a gap, two in a repeated hour. */
export function instantsOf(name: string, wall: number): number[] {
  const offsets = new Set([
    offsetAt(name, wall - day),
    offsetAt(name, wall),
    offsetAt(name, wall + day),
  ]);
  return [...offsets]
    .map((offset) => wall - offset)
    .filter((instant) => instant + offsetAt(name, instant) === wall)
    .sort((a, b) => a - b);
}

/** The instant meant by a wall clock. In a gap the clock is taken as it ran before (RFC 5545, 3.3.5). */
export function instantOf(name: string, wall: number, fold: boolean): number {
  const instants = instantsOf(name, wall);
  const found = fold ? instants.at(-1) : instants[0];
  return found ?? wall - offsetAt(name, wall - day);
}
