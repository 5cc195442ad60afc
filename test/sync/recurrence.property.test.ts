import fc from "fast-check";
import { expect, test } from "vitest";

import type { EventFields, EventTime } from "../../sync/event.ts";
import { expand } from "../../sync/recurrence.ts";
import { anEvent } from "./event.ts";
import { instantOf, plusDays, zones } from "./zones.ts";

const runs = { numRuns: 5_000 };
const dayMs = 86_400_000;
const weekdays = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

interface Rule {
  frequency: "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY";
  interval: number;
  count: number | null;
  /** Days after the start. */
  until: number | null;
  byDay: string[];
  byMonthDay: number | null;
}

interface Drawn {
  rule: Rule;
  date: string;
  zone: string;
  /** Null: all-day. */
  clock: string | null;
  hours: number;
  excluded: number[];
  added: number[];
  window: { from: number; days: number };
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  rule: fc.record({
    frequency: fc.constantFrom("DAILY", "WEEKLY", "MONTHLY", "YEARLY"),
    interval: fc.integer({ min: 1, max: 4 }),
    count: fc.option(fc.integer({ min: 1, max: 40 }), { freq: 1 }),
    until: fc.option(fc.oneof(fc.nat(60), fc.nat(400)), { freq: 2 }),
    byDay: fc.uniqueArray(fc.constantFrom(...weekdays), { maxLength: 3 }),
    byMonthDay: fc.option(fc.integer({ min: 1, max: 31 })),
  }),
  date: fc.nat(1000).map((days) => plusDays("2024-01-01", days)),
  zone: fc.constantFrom(...zones),
  // The hours in which clocks change, and some in which they do not.
  clock: fc.option(
    fc.constantFrom(
      "00:30:00",
      "01:30:00",
      "02:00:00",
      "02:15:00",
      "02:30:00",
      "03:00:00",
      "09:00:00",
      "23:30:00",
    ),
  ),
  hours: fc.integer({ min: 1, max: 30 }),
  excluded: fc.array(fc.nat(60), { maxLength: 3 }),
  added: fc.array(fc.nat(60), { maxLength: 2 }),
  window: fc.record({
    from: fc.oneof(fc.integer({ min: -10, max: 60 }), fc.integer({ min: -10, max: 500 })),
    days: fc.integer({ min: 0, max: 60 }),
  }),
});

function daysBetween(a: string, b: string): number {
  return Math.round((Date.parse(b) - Date.parse(a)) / dayMs);
}

function weekdayOf(date: string): number {
  return (new Date(date).getUTCDay() + 6) % 7;
}

function monthsBetween(a: string, b: string): number {
  const [yearA = 0, monthA = 0] = a.split("-").map(Number);
  const [yearB = 0, monthB = 0] = b.split("-").map(Number);
  return (yearB - yearA) * 12 + monthB - monthA;
}

/** Whether the rule meets a day, seen from the day alone. */
function meets(date: string, start: string, rule: Rule): boolean {
  const { frequency, interval, byDay, byMonthDay } = rule;
  const months = monthsBetween(start, date);
  const dayOfMonth = Number(date.slice(8));
  const isWeekday = byDay.length === 0 || byDay.includes(weekdays[weekdayOf(date)] ?? "");
  switch (frequency) {
    case "DAILY":
      return daysBetween(start, date) % interval === 0 && isWeekday;
    case "WEEKLY": {
      const monday = plusDays(start, -weekdayOf(start));
      const isWeek = Math.floor(daysBetween(monday, date) / 7) % interval === 0;
      return isWeek && (byDay.length > 0 ? isWeekday : weekdayOf(date) === weekdayOf(start));
    }
    case "MONTHLY":
      return months % interval === 0 && dayOfMonth === (byMonthDay ?? Number(start.slice(8)));
    case "YEARLY":
      return months % (12 * interval) === 0 && date.slice(8) === start.slice(8);
  }
}

/** Day by day from the start, as one would on paper. */
function byHand({ rule, date, excluded, added }: Drawn, last: number): string[] {
  const found = [date];
  for (let n = 1; n <= last; n += 1) {
    if (rule.count !== null && found.length >= rule.count) break;
    if (rule.count === null && rule.until !== null && n > rule.until) break;
    const day = plusDays(date, n);
    if (meets(day, date, rule)) found.push(day);
  }
  const without = new Set(excluded.map((n) => plusDays(date, n)));
  const all = new Set([...found, ...added.map((n) => plusDays(date, n))]);
  return [...all].filter((day) => !without.has(day)).toSorted();
}

function compact(text: string): string {
  return text.replaceAll(/[-:]/g, "");
}

function linesOf({ rule, date, zone, clock, excluded, added }: Drawn): string[] {
  const { frequency, interval, count, until, byDay, byMonthDay } = rule;
  const at = (n: number): string => compact(plusDays(date, n) + (clock ? `T${clock}` : ""));
  const parts = [`FREQ=${frequency}`, `INTERVAL=${interval}`];
  if (count !== null) parts.push(`COUNT=${count}`);
  else if (until !== null) parts.push(`UNTIL=${utcOf(plusDays(date, until), clock, zone)}`);
  if (byDay.length > 0 && (frequency === "DAILY" || frequency === "WEEKLY"))
    parts.push(`BYDAY=${byDay.join(",")}`);
  if (byMonthDay !== null && frequency === "MONTHLY") parts.push(`BYMONTHDAY=${byMonthDay}`);
  const kind = clock ? `;TZID=${zone}` : ";VALUE=DATE";
  const lines = [`RRULE:${parts.join(";")}`];
  if (excluded.length > 0) lines.push(`EXDATE${kind}:${excluded.map(at).join(",")}`);
  if (added.length > 0) lines.push(`RDATE${kind}:${added.map(at).join(",")}`);
  return lines;
}

/** UNTIL of a timed series is in UTC (RFC 5545, 3.3.10). */
function utcOf(date: string, clock: string | null, zone: string): string {
  if (!clock) return compact(date);
  return `${compact(new Date(instantOf(`${date}T${clock}`, zone)).toISOString().slice(0, 19))}Z`;
}

function master(it: Drawn): EventFields {
  const { date, zone, clock, hours } = it;
  if (!clock)
    return anEvent({ start: { date }, end: { date: plusDays(date, 1) }, recurrence: linesOf(it) });
  const start = { local: `${date}T${clock}`, zone };
  const end = new Date(instantOf(start.local, zone) + hours * 3_600_000).toISOString().slice(0, 19);
  return anEvent({ start, end: { local: end, zone: "UTC" }, recurrence: linesOf(it) });
}

function dayOf(time: EventTime): string {
  return "date" in time ? time.date : time.local.slice(0, 10);
}

test("I18: a series has the occurrences that counting days on paper finds, at the instants that its zone's clocks say", () => {
  const property = fc.property(drawn, (it) => {
    const { zone, clock, hours, date, window } = it;
    const from = Date.parse(`${plusDays(date, window.from)}T00:00:00Z`);
    const to = from + window.days * dayMs;
    const expected = byHand(it, window.from + window.days + 3)
      .map((day) => {
        const begins = instantOf(`${day}T${clock ?? "00:00:00"}`, zone);
        const ends = clock
          ? begins + hours * 3_600_000
          : instantOf(`${plusDays(day, 1)}T00:00:00`, zone);
        return { day, begins, ends };
      })
      .filter(({ begins, ends }) => begins < to && ends > from);
    const found = expand({ fields: master(it), exceptions: [] }, { from, to }, zone);
    expect(found.map(({ originalStart }) => dayOf(originalStart))).toEqual(
      expected.map(({ day }) => day),
    );
    found.forEach(({ fields: { start, end, recurrence } }, index) => {
      const { begins, ends } = expected[index] ?? {};
      const at = (time: EventTime): number =>
        "date" in time
          ? instantOf(`${time.date}T00:00:00`, zone)
          : instantOf(time.local, time.zone);
      expect(at(start)).toBe(begins);
      expect(at(end)).toBe(ends);
      expect(recurrence).toEqual([]);
    });
  });
  fc.assert(property, runs);
});

test("a series keeps its wall clock on every day that has it", () => {
  const property = fc.property(drawn, (it) => {
    const { clock, zone, date, window } = it;
    fc.pre(clock !== null);
    const from = Date.parse(`${plusDays(date, window.from)}T00:00:00Z`);
    const found = expand(
      { fields: master(it), exceptions: [] },
      { from, to: from + window.days * dayMs },
      zone,
    );
    for (const { fields } of found) {
      if ("date" in fields.start) throw new Error("a timed series became all-day");
      const wanted = `${dayOf(fields.start)}T${clock}`;
      const moves = fields.start.local !== wanted;
      if (moves) expect(instantOf(wanted, zone)).toBe(instantOf(fields.start.local, zone));
    }
  });
  fc.assert(property, runs);
});

test("a longer window has the occurrences of its parts, each once", () => {
  const property = fc.property(drawn, fc.nat(60), (it, cut) => {
    const from = Date.parse(`${plusDays(it.date, it.window.from)}T00:00:00Z`);
    const middle = from + Math.min(cut, it.window.days) * dayMs;
    const to = from + it.window.days * dayMs;
    const days = (a: number, b: number): string[] =>
      expand({ fields: master(it), exceptions: [] }, { from: a, to: b }, it.zone).map(
        ({ originalStart }) => dayOf(originalStart),
      );
    const parts = new Set([...days(from, middle), ...days(middle, to)]);
    if (from < middle && middle < to) expect([...parts]).toEqual(days(from, to));
  });
  fc.assert(property, runs);
});
