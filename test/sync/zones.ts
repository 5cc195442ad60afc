/** Zones with unlike clock changes, and what their clocks show by the runtime's own tables. */
import fc from "fast-check";

/** An hour north, an hour south by thirty minutes, none, at Ramadan, and far from Greenwich. */
export const zones = [
  "Europe/Amsterdam",
  "America/New_York",
  "Asia/Ho_Chi_Minh",
  "Australia/Lord_Howe",
  "Africa/Casablanca",
  "Pacific/Auckland",
  "UTC",
];

const minute = 60_000;
const day = 86_400_000;

const formats = new Map(
  zones.map((zone) => [
    zone,
    new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" }),
  ]),
);

/** What the clocks of a zone show, as if it were UTC; without Temporal. */
export function shown(ms: number, zone: string): number {
  const text = formats.get(zone)?.format(ms) ?? "";
  return Date.parse(`${text.replace(" ", "T")}Z`);
}

/** All instants at which a zone's clocks show this: none, one, or two. */
export function instantsOf(local: string, zone: string): number[] {
  const wall = Date.parse(`${local}Z`);
  const offsets = [wall - day, wall + day].map((ms) => shown(ms, zone) - ms);
  const instants = [...new Set(offsets)].map((offset) => wall - offset);
  return instants.filter((ms) => shown(ms, zone) === wall).toSorted((a, b) => a - b);
}

/** The first of them; in a gap, what the offset before it makes of the clock. */
export function instantOf(local: string, zone: string): number {
  const wall = Date.parse(`${local}Z`);
  const before = shown(wall - day, zone) - (wall - day);
  return instantsOf(local, zone)[0] ?? wall - before;
}

export function isoLocal(wall: number): string {
  return new Date(wall).toISOString().slice(0, 19);
}

/** The nights of clock changes from 2024 to 2027, to the minute, found by looking. */
const changes = zones.flatMap((zone) => {
  const found: { zone: string; at: number }[] = [];
  const offset = (ms: number): number => shown(ms, zone) - ms;
  for (let ms = Date.UTC(2024, 0, 1); ms < Date.UTC(2028, 0, 1); ms += day) {
    if (offset(ms) === offset(ms + day)) continue;
    let [early, late] = [ms, ms + day];
    while (late - early > minute) {
      const middle = early + Math.floor((late - early) / 2 / minute) * minute;
      if (offset(middle) === offset(early)) early = middle;
      else late = middle;
    }
    found.push({ zone, at: late });
  }
  return found;
});

/** Instants of any day, and many within two hours of a clock change. */
export const moment: fc.Arbitrary<{ ms: number; zone: string }> = fc.oneof(
  fc.record({
    ms: fc
      .integer({ min: Date.UTC(2024, 0, 1) / 1000, max: Date.UTC(2028, 0, 1) / 1000 })
      .map((s) => s * 1000),
    zone: fc.constantFrom(...zones),
  }),
  fc
    .record({ change: fc.constantFrom(...changes), off: fc.integer({ min: -7200, max: 7200 }) })
    .map(({ change, off }) => ({ ms: change.at + off * 1000, zone: change.zone })),
);

/** Wall clocks, those that a clock change skips or repeats among them. */
export const wallClock: fc.Arbitrary<{ local: string; zone: string }> = fc.oneof(
  moment.map(({ ms, zone }) => ({ local: isoLocal(shown(ms, zone)), zone })),
  fc
    .record({ change: fc.constantFrom(...changes), off: fc.integer({ min: -120, max: 120 }) })
    .map(({ change, off }) => ({
      local: isoLocal(shown(change.at - minute, change.zone) + off * minute),
      zone: change.zone,
    })),
);

export function exists({ local, zone }: { local: string; zone: string }): boolean {
  return instantsOf(local, zone).length > 0;
}

export function plusDays(date: string, days: number): string {
  return isoLocal(Date.parse(`${date}T00:00:00Z`) + days * day).slice(0, 10);
}
