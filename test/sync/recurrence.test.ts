import { describe, expect, test } from "vitest";

import type { EventItem, EventTime } from "../../sync/event.ts";
import { checkRecurrence, expand } from "../../sync/recurrence.ts";
import { anEvent } from "./event.ts";

const zone = "Europe/Amsterdam";

function at(local: string): EventTime {
  return { local, zone };
}

function days(from: string, to: string): { from: number; to: number } {
  return { from: Date.parse(`${from}T00:00:00Z`), to: Date.parse(`${to}T00:00:00Z`) };
}

/** The starts of a series that begins on Monday 9 March 2026 at nine, for an hour. */
function starts(
  recurrence: string[],
  window: { from: number; to: number },
  exceptions: EventItem[] = [],
  own: Parameters<typeof anEvent>[0] = {},
): string[] {
  const fields = anEvent({ recurrence, ...own });
  return expand({ fields, exceptions }, window, zone).map(({ fields: { start } }) =>
    "date" in start ? start.date : start.local.slice(0, 16),
  );
}

describe("an occurrence", () => {
  const weekly = ["RRULE:FREQ=WEEKLY"];

  test("that was moved stands where it was moved to", () => {
    const moved = {
      fields: anEvent({ start: at("2026-03-17T14:00:00"), end: at("2026-03-17T15:00:00") }),
      originalStart: at("2026-03-16T09:00:00"),
    };
    expect(starts(weekly, days("2026-03-09", "2026-03-24"), [moved])).toEqual([
      "2026-03-09T09:00",
      "2026-03-17T14:00",
      "2026-03-23T09:00",
    ]);
  });

  test("that was moved into the window from outside is in it, and one moved out is not", () => {
    const moved = {
      fields: anEvent({ start: at("2026-04-02T09:00:00"), end: at("2026-04-02T10:00:00") }),
      originalStart: { local: "2026-03-16T08:00:00", zone: "UTC" },
    };
    expect(starts(weekly, days("2026-04-01", "2026-04-04"), [moved])).toEqual(["2026-04-02T09:00"]);
    expect(starts(weekly, days("2026-03-15", "2026-03-18"), [moved])).toEqual([]);
  });

  test("that was cancelled is not there", () => {
    const originalStart = at("2026-03-16T09:00:00");
    const cancelled = {
      fields: anEvent({ status: "cancelled", start: originalStart, end: originalStart }),
      originalStart,
    };
    expect(starts(weekly, days("2026-03-15", "2026-03-24"), [cancelled])).toEqual([
      "2026-03-23T09:00",
    ]);
  });

  test("that began before the window is in it while it lasts", () => {
    const long = { end: at("2026-03-11T10:00:00") };
    expect(starts(weekly, days("2026-03-11", "2026-03-12"), [], long)).toEqual([
      "2026-03-09T09:00",
    ]);
    expect(starts(weekly, days("2026-03-12", "2026-03-13"), [], long)).toEqual([]);
  });

  test("in an hour that is skipped is an hour later that night, and not missing", () => {
    const own = { start: at("2026-03-28T02:30:00"), end: at("2026-03-28T02:45:00") };
    expect(starts(["RRULE:FREQ=DAILY;COUNT=3"], days("2026-03-27", "2026-04-02"), [], own)).toEqual(
      ["2026-03-28T02:30", "2026-03-29T03:30", "2026-03-30T02:30"],
    );
  });

  test("keeps its exact length over a night in which clocks change", () => {
    const fields = anEvent({
      start: at("2026-03-27T22:00:00"),
      end: at("2026-03-28T06:00:00"),
      recurrence: ["RRULE:FREQ=DAILY"],
    });
    const [, night] = expand({ fields, exceptions: [] }, days("2026-03-28", "2026-03-29"), zone);
    expect(night?.fields.end).toEqual(at("2026-03-29T07:00:00"));
  });

  test("of an all-day series lasts its days, also those of 23 hours", () => {
    const fields = anEvent({
      start: { date: "2026-03-21" },
      end: { date: "2026-03-23" },
      recurrence: ["RRULE:FREQ=WEEKLY"],
    });
    const [, weekend] = expand({ fields, exceptions: [] }, days("2026-03-20", "2026-03-30"), zone);
    expect(weekend?.fields).toMatchObject({
      start: { date: "2026-03-28" },
      end: { date: "2026-03-30" },
    });
  });
});

describe("the lines of a series", () => {
  const march = days("2026-03-01", "2026-04-01");

  test("without any, an event occurs once", () => {
    expect(starts([], march)).toEqual(["2026-03-09T09:00"]);
  });

  test("COUNT counts the start, also one that the rule does not meet", () => {
    expect(starts(["RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=2"], march)).toEqual([
      "2026-03-09T09:00",
      "2026-03-10T09:00",
    ]);
  });

  test("UNTIL is inclusive, as an instant and as a day", () => {
    const two = ["2026-03-09T09:00", "2026-03-10T09:00"];
    expect(starts(["RRULE:FREQ=DAILY;UNTIL=20260310T080000Z"], march)).toEqual(two);
    expect(starts(["RRULE:FREQ=DAILY;UNTIL=20260310T075959Z"], march)).toEqual(two.slice(0, 1));
    expect(starts(["RRULE:FREQ=DAILY;UNTIL=20260310"], march)).toEqual(two);
  });

  test("RDATE adds and EXDATE takes away, in their own zones", () => {
    const lines = [
      "RDATE;TZID=America/New_York:20260310T050000",
      "RDATE:20260311T080000Z",
      "EXDATE:20260309T080000Z",
    ];
    expect(starts(lines, march)).toEqual(["2026-03-10T10:00", "2026-03-11T09:00"]);
  });

  test("EXDATE takes a whole day away where it names one", () => {
    expect(starts(["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20260310"], march)).toEqual([
      "2026-03-09T09:00",
      "2026-03-11T09:00",
    ]);
  });

  test("EXRULE takes away what it meets, and not the start for being the start", () => {
    expect(starts(["RRULE:FREQ=DAILY;COUNT=4", "EXRULE:FREQ=WEEKLY;BYDAY=WE"], march)).toEqual([
      "2026-03-09T09:00",
      "2026-03-10T09:00",
      "2026-03-12T09:00",
    ]);
  });

  test("two rules add up, and what both meet occurs once", () => {
    const lines = ["RRULE:FREQ=WEEKLY;COUNT=2", "RRULE:FREQ=DAILY;COUNT=2"];
    expect(starts(lines, march)).toEqual([
      "2026-03-09T09:00",
      "2026-03-10T09:00",
      "2026-03-16T09:00",
    ]);
  });

  test("a bad line hides neither the event nor the other lines", () => {
    expect(starts(["RRULE:", "RDATE:20260311T080000Z"], march)).toEqual([
      "2026-03-09T09:00",
      "2026-03-11T09:00",
    ]);
  });

  test("no more occurrences are made than asked for", () => {
    const series = { fields: anEvent({ recurrence: ["RRULE:FREQ=DAILY"] }), exceptions: [] };
    expect(expand(series, march, zone, 5)).toHaveLength(5);
  });

  test("a rule that begins a century ago is found now", () => {
    const own = { start: at("1926-03-09T09:00:00"), end: at("1926-03-09T10:00:00") };
    expect(starts(["RRULE:FREQ=YEARLY"], march, [], own)).toEqual(["2026-03-09T09:00"]);
  });
});

describe("a recurrence is checked", () => {
  const start = at("2026-03-09T09:00:00");

  test("and passes when it is in order", () => {
    const lines = [
      "RRULE:FREQ=MONTHLY;BYDAY=-1SA;UNTIL=20271231T225959Z",
      "RDATE;VALUE=DATE:20260401,20260402",
      "EXDATE;TZID=Europe/Berlin:20260309T090000",
      "EXRULE:FREQ=YEARLY;BYMONTH=12",
    ];
    expect(checkRecurrence(lines, start)).toBeNull();
    expect(checkRecurrence(["RRULE:FREQ=DAILY"], { date: "2026-03-09" })).toBeNull();
    expect(checkRecurrence([], start)).toBeNull();
  });

  test.each([
    ["DTSTART:20260309T090000", "A recurrence line begins with RRULE, RDATE, EXDATE or EXRULE."],
    ["FREQ=DAILY", "A recurrence line begins with RRULE, RDATE, EXDATE or EXRULE."],
    ["RRULE:", "RRULE is a list of NAME=VALUE."],
    ["RRULE:INTERVAL=2", "RRULE has no FREQ."],
    ["RRULE:FREQ=SECONDLY", "RRULE cannot have FREQ=SECONDLY."],
    ["RRULE:FREQ=DAILY;FREQ=DAILY", "RRULE says FREQ twice."],
    ["RRULE:FREQ=DAILY;INTERVAL=0", "RRULE cannot have INTERVAL=0."],
    ["RRULE:FREQ=DAILY;COUNT=-1", "RRULE cannot have COUNT=-1."],
    ["RRULE:FREQ=DAILY;COUNT=2;UNTIL=20260401", "RRULE ends by COUNT or by UNTIL, not by both."],
    ["RRULE:FREQ=DAILY;UNTIL=20260231", "UNTIL has 20260231, which is no date or time."],
    ["RRULE:FREQ=DAILY;BYMONTH=13", "RRULE cannot have BYMONTH=13."],
    ["RRULE:FREQ=WEEKLY;BYDAY=XX", "RRULE cannot have BYDAY=XX."],
    ["RRULE:FREQ=DAILY;BYHOUR=24", "RRULE cannot have BYHOUR=24."],
    ["RRULE:FREQ=DAILY;X-MOON=FULL", "RRULE has a part X-MOON, which is not known."],
    [
      "EXDATE;TZID=Mars/Olympus:20260309T090000",
      "EXDATE names the unknown time zone Mars/Olympus.",
    ],
    [
      "RDATE;VALUE=PERIOD:20260309T090000Z/PT1H",
      "RDATE with periods is not supported; use dates or times.",
    ],
    ["RDATE:tomorrow", "RDATE has tomorrow, which is no date or time."],
  ])("%s is told what is wrong with it", (line, sentence) => {
    expect(checkRecurrence([line], start)).toBe(sentence);
  });

  test("by the rules for parts that do not go together, too", () => {
    expect(checkRecurrence(["RRULE:FREQ=WEEKLY;BYMONTHDAY=1"], start)).toMatch(/BYMONTHDAY/);
  });
});
