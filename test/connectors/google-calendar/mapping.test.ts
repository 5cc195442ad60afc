import { describe, expect, test } from "vitest";
import { normalise, toPatch } from "../../../connectors/google-calendar/bodies.ts";
import { idFor } from "../../../connectors/google-calendar/ids.ts";
import { longestText, toChange } from "../../../connectors/google-calendar/mapping.ts";
import { InvalidResponse } from "../../../connectors/errors.ts";
import { at, item } from "../events.ts";

const zone = "Europe/Amsterdam";
const start = { dateTime: "2026-03-09T09:00:00+01:00", timeZone: zone };
const end = { dateTime: "2026-03-09T09:15:00+01:00", timeZone: zone };
const event = { id: "abc12", etag: '"2"', status: "confirmed", summary: "Stand-up", start, end };
const base = { remoteId: "abc12", version: '"2"', updatedAt: null };

describe("an entry that is cancelled", () => {
  const cancelled = { id: "abc12", etag: '"2"', status: "cancelled" };

  test("with only an id is a deletion", () => {
    expect(toChange(cancelled, zone)).toEqual({ ...base, state: "deleted" });
  });

  test("with all its details is a deletion too, as the organiser's own calendar shows it", () => {
    expect(toChange({ ...event, status: "cancelled" }, zone)).toEqual({
      ...base,
      state: "deleted",
    });
  });

  test("with its series but no original start is a deletion: nothing places it", () => {
    const entry = { ...cancelled, recurringEventId: "master1" };
    expect(toChange(entry, zone)).toEqual({ ...base, state: "deleted" });
  });

  test("with series and original start is a cancelled occurrence in its blank form", () => {
    const entry = { ...cancelled, recurringEventId: "master1", originalStartTime: start };
    const originalStart = at("2026-03-09T09:00:00");
    const blank = {
      title: "",
      status: "cancelled",
      start: originalStart,
      end: originalStart,
    } as const;
    expect(toChange({ ...entry, summary: "left over" }, zone)).toEqual({
      ...base,
      state: "living",
      item: { ...item(blank), master: "master1", originalStart },
    });
  });
});

describe("an entry that cannot be held is set aside", () => {
  test.each([
    ["no start", { start: undefined }, "the event has no start"],
    ["two kinds of time", { end: { date: "2026-03-10" } }, "start and end are of two kinds"],
    [
      "a zone nobody knows",
      { start: { ...start, timeZone: "Mars/Base" } },
      "a time has an unknown time zone",
    ],
    ["a status nobody knows", { status: "SECRET" }, "unexpected shape at status"],
    ["a summary that is a number", { summary: 7 }, "unexpected shape at summary"],
    [
      "a recurrence that holds null",
      { recurrence: ["RRULE:FREQ=DAILY", null] },
      "unexpected shape at recurrence.1",
    ],
    [
      "ten megabytes of text",
      { description: "SECRET".repeat(1_700_000) },
      `the description is longer than ${longestText}`,
    ],
    [
      "a series with an endless id",
      { recurringEventId: "SECRET".repeat(1_000) },
      "unexpected shape at recurringEventId",
    ],
    [
      "a series but no original start",
      { recurringEventId: "master1" },
      "an occurrence has no original start",
    ],
  ])("for %s, with a reason that holds none of its text", (_what, broken, reason) => {
    const change = toChange({ ...event, ...broken }, zone);
    expect(change).toEqual({ ...base, state: "set-aside", reason });
    expect(JSON.stringify(change)).not.toContain("SECRET");
  });

  test.each([
    null,
    7,
    {},
    { id: "" },
    { id: "a\0b" },
    { id: "\ud800" },
    { id: ".." },
    { id: "é".repeat(1_100) },
  ])("but %j has no id to set it aside by, so the answer cannot be believed", (entry) => {
    expect(() => toChange(entry, zone)).toThrow(InvalidResponse);
  });
});

describe("an entry that is odd is read all the same", () => {
  const read = (given: object, calendarZone: string | null = zone) => {
    const change = toChange({ ...event, ...given }, calendarZone);
    return change.state === "living" ? change.item.fields : change;
  };

  test("NUL and half surrogate pairs become the replacement character", () => {
    expect(read({ summary: "a\0b", location: "x\ud83d", description: "😀" })).toMatchObject({
      title: "a\ufffdb",
      location: "x\ufffd",
      description: "😀",
    });
  });

  test("null and absent texts are empty", () => {
    expect(read({ summary: null, recurrence: null })).toMatchObject({ title: "", recurrence: [] });
  });

  test("a time without a zone takes the calendar's", () => {
    const bare = {
      start: { dateTime: "2026-03-09T08:00:00Z" },
      end: { dateTime: "2026-03-09T08:15:00Z" },
    };
    expect(read(bare)).toMatchObject({ start: at("2026-03-09T09:00:00") });
  });

  test("a time that nobody names a zone for is the moment that its offset tells", () => {
    const bare = {
      start: { dateTime: "2026-03-09T09:00:00+01:00" },
      end: { dateTime: "2026-03-09T08:15:00Z", timeZone: "" },
    };
    expect(read(bare, null)).toMatchObject({
      start: at("2026-03-09T08:00:00", "UTC"),
      end: at("2026-03-09T08:15:00", "UTC"),
    });
  });

  test("without any zone a series, or a time without an offset, is set aside (I18)", () => {
    const reason = "a time has no time zone";
    const series = {
      start: { dateTime: "2026-03-09T09:00:00+01:00" },
      recurrence: ["RRULE:FREQ=DAILY"],
    };
    expect(read(series, null)).toMatchObject({ state: "set-aside", reason });
    const floating = { start: { dateTime: "2026-03-09T09:00:00" } };
    expect(read(floating, null)).toMatchObject({ state: "set-aside", reason });
  });

  test("an event without an end takes no time, or one day", () => {
    expect(read({ end: undefined })).toMatchObject({ end: at("2026-03-09T09:00:00") });
    expect(read({ start: { date: "2026-02-28" }, end: null })).toMatchObject({
      end: { date: "2026-03-01" },
    });
  });

  test("the order and the text of recurrence lines are the provider's", () => {
    const recurrence = [
      "EXDATE;TZID=Europe/Amsterdam:20260316T090000",
      "RRULE:FREQ=WEEKLY;WKST=SU",
    ];
    expect(read({ recurrence })).toMatchObject({ recurrence });
  });

  test("event types and properties that nobody knows yet pass", () => {
    expect(read({ eventType: "seance", aura: { colour: 3 } })).toMatchObject({ title: "Stand-up" });
  });
});

describe("labels", () => {
  const key = "link-1-generation-0";
  const entry = (id: string, of: string) => ({
    ...event,
    id,
    extendedProperties: {
      private: { synclineKey: key, synclineMark: "m1", synclineOf: of, other: 7 },
    },
  });

  test("are reported on the item they were written to", () => {
    expect(toChange(entry(idFor(key), idFor(key)), zone)).toMatchObject({ key, mark: "m1" });
  });

  test("are not reported on a copy or on an occurrence that inherits them (F45)", () => {
    const copy = toChange(entry("abc12", idFor(key)), zone);
    expect(copy).not.toHaveProperty("key");
    expect(copy).not.toHaveProperty("mark");
  });

  test("make an id of 52 base32hex characters, the same every time", () => {
    expect(idFor(key)).toMatch(/^[a-v0-9]{52}$/);
    expect(idFor(key)).toBe(idFor(key));
    expect(idFor("link-1-generation-1")).not.toBe(idFor(key));
  });
});

test("cancelling an occurrence sends only that, so that Google keeps the rest", () => {
  const originalStart = at("2026-03-09T09:00:00");
  const cancelled = { ...item({ status: "cancelled" }), master: "master1", originalStart };
  const labels = { synclineMark: "m2", synclineOf: "x" };
  expect(toPatch(normalise(cancelled), ["title", "status", "start", "end"], labels)).toEqual({
    status: "cancelled",
    extendedProperties: { private: labels },
  });
});
