import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type DateBody,
  fromNotionDate,
  normaliseSpan,
  type Span,
  toNotionDate,
  whyNoSpan,
} from "../../../connectors/notion/dates.ts";
import { Unfit } from "../../../connectors/notion/unfit.ts";
import type { EventTime } from "../../../sync/event.ts";
import { toInstant } from "../../../sync/time.ts";
import { at, timed } from "../events.ts";

const day = fc
  .integer({ min: 0, max: 25_000 })
  .map((one): EventTime => ({ date: new Date(one * 86_400_000).toISOString().slice(0, 10) }));

const order = (a: EventTime, b: EventTime): number =>
  "date" in a && "date" in b
    ? a.date.localeCompare(b.date)
    : toInstant(a, "UTC") - toInstant(b, "UTC");

/** Spans that begin before they end, in any zones, many of them at a clock change. */
const span: fc.Arbitrary<Span> = fc
  .oneof(fc.tuple(timed, timed), fc.tuple(day, day))
  .map(([a, b]) => (order(a, b) <= 0 ? { start: a, end: b } : { start: b, end: a }));

/** What Notion answers for a value, by Intl alone: with offsets, and with the zone that was sent. */
function shown({ start, end, time_zone }: DateBody): DateBody {
  const one = (text: string): string => {
    if (time_zone === null) return text;
    const instant = toInstant({ local: text, zone: time_zone }, "UTC");
    const name = new Intl.DateTimeFormat("en", { timeZone: time_zone, timeZoneName: "longOffset" })
      .formatToParts(instant)
      .find(({ type }) => type === "timeZoneName")?.value;
    return `${text}.000${name === "GMT" ? "+00:00" : name?.slice(3)}`;
  };
  return { start: one(start), end: end === null ? null : one(end), time_zone };
}

const zoneOf = ({ start }: Span): string => ("zone" in start ? start.zone : "UTC");

test("a span that went to Notion and came back is its normal form (I18)", () => {
  fc.assert(
    fc.property(span, (given) => {
      const normal = normaliseSpan(given);
      expect(fromNotionDate(shown(toNotionDate(normal)), zoneOf(normal))).toEqual(normal);
    }),
    { numRuns: 3_000 },
  );
});

test("the normal form is of the same moments, and normalising it again changes nothing", () => {
  fc.assert(
    fc.property(span, (given) => {
      const normal = normaliseSpan(given);
      expect(normaliseSpan(normal)).toEqual(normal);
      expect(whyNoSpan(normal)).toBeNull();
      if ("date" in given.start) return;
      expect(order(normal.start, given.start)).toBe(0);
      expect(order(normal.end, given.end)).toBe(0);
    }),
    { numRuns: 3_000 },
  );
});

describe("dates", () => {
  test.each([
    [{ start: "2026-03-09" }, "2026-03-09", "2026-03-10"],
    [{ start: "2026-03-09", end: null }, "2026-03-09", "2026-03-10"],
    [{ start: "2026-03-09", end: "2026-03-09" }, "2026-03-09", "2026-03-10"],
    [{ start: "2026-02-27", end: "2026-02-28" }, "2026-02-27", "2026-03-01"],
  ])("%j last until the day after, which is not theirs", (date, start, end) => {
    expect(fromNotionDate(date, "UTC")).toEqual({ start: { date: start }, end: { date: end } });
  });

  test("one day is written without an end, several with the last of them", () => {
    const start = { date: "2026-03-09" };
    expect(toNotionDate({ start, end: { date: "2026-03-10" } })).toEqual({
      start: "2026-03-09",
      end: null,
      time_zone: null,
    });
    expect(toNotionDate({ start, end: { date: "2026-03-12" } }).end).toBe("2026-03-11");
  });
});

describe("times", () => {
  test("with an offset alone are shown on the clock of the zone at hand", () => {
    const date = { start: "2026-03-09T09:00:00.000+01:00", end: null, time_zone: null };
    const ends = at("2026-03-09T04:00:00", "America/New_York");
    expect(fromNotionDate(date, "America/New_York")).toEqual({ start: ends, end: ends });
  });

  test("with a zone of their own keep it", () => {
    const date = { start: "2026-03-09T09:00:00.000+01:00", time_zone: "Europe/Amsterdam" };
    expect(fromNotionDate(date, "UTC").start).toEqual(at("2026-03-09T09:00:00"));
  });

  test("without an offset are clocks of the zone", () => {
    expect(fromNotionDate({ start: "2026-03-09T09:00" }, "Europe/Amsterdam").start).toEqual(
      at("2026-03-09T09:00:00"),
    );
  });

  test("in an hour that repeats are written as moments, for the clock would not tell which", () => {
    const start = at("2026-10-25T02:30:00");
    const second = { ...start, fold: 1 as const };
    expect(toNotionDate({ start, end: second })).toEqual({
      start: "2026-10-25T00:30:00.000Z",
      end: "2026-10-25T01:30:00.000Z",
      time_zone: null,
    });
  });

  test("with an end in another zone end at the same moment in the zone of the start", () => {
    const given = {
      start: at("2026-03-09T09:00:00"),
      end: at("2026-03-09T09:00:00", "America/New_York"),
    };
    expect(normaliseSpan(given).end).toEqual(at("2026-03-09T14:00:00"));
  });
});

test.each([
  [{ start: "2026-02-30" }],
  [{ start: "2026-02-30T10:00:00Z" }],
  [{ start: "soon" }],
  [{ start: "2026-03-09", end: "2026-03-10T10:00:00Z" }],
  [{ start: "2026-03-09T10:00:00Z", end: "2026-03-10" }],
  [{ start: "2026-03-09", end: "2026-03-08" }],
  [{ start: "2026-03-09T10:00:00Z", end: "2026-03-09T09:00:00Z" }],
  [{ start: "2026-03-09T25:00:00Z" }],
  [{ start: "9999-12-31" }],
  [{ start: "9999-12-31T23:00:00-05:00" }],
  [{ start: "2026-03-09T10:00:00Z", time_zone: "Mars/Olympus" }],
])("%j is no date, and is named without being repeated", (date) => {
  const read = () => fromNotionDate(date, "UTC");
  expect(read).toThrow(Unfit);
  expect(read).not.toThrow(date.start);
});

test.each([
  [{ start: at("2026-03-09T10:00:00"), end: { date: "2026-03-09" } }, /day and ends at a time/],
  [{ start: at("2026-03-09T10:00:00"), end: at("2026-03-09T09:00:00") }, /before it begins/],
  [{ start: at("2026-03-09T10:00:00", "Mars/Olympus"), end: at("2026-03-09T11:00:00") }, /zone/],
])("%j cannot be held, in words for a person", (given: Span, why) => {
  expect(whyNoSpan(given)).toMatch(why);
  expect(normaliseSpan(given)).toEqual(given);
});
