import { expect, test } from "vitest";
import { instantOfWall, momentOfGoogle, momentOfRow, wallAt } from "../../start/try/moments.ts";

const zone = "Europe/Amsterdam";
const iso = (instant: number): string => new Date(instant).toISOString();

test.each([
  ["in winter", "2026-01-15T12:00:00", "2026-01-15T11:00:00.000Z"],
  ["in summer", "2026-07-15T12:00:00", "2026-07-15T10:00:00.000Z"],
  ["just before the skipped hour", "2026-03-29T01:59:59", "2026-03-29T00:59:59.000Z"],
  ["in the skipped hour, hence after it", "2026-03-29T02:30:00", "2026-03-29T01:30:00.000Z"],
  ["just after the skipped hour", "2026-03-29T03:00:00", "2026-03-29T01:00:00.000Z"],
  ["in the repeated hour, hence the first", "2026-10-25T02:30:00", "2026-10-25T00:30:00.000Z"],
])("a wall clock %s has its instant", (_when, wall, expected) => {
  expect(iso(instantOfWall(wall, zone))).toBe(expected);
});

test("the second of two equal wall clocks is an hour later", () => {
  expect(iso(instantOfWall("2026-10-25T02:30:00", zone, true))).toBe("2026-10-25T01:30:00.000Z");
});

test("midnight is shown as the hour zero of its day", () => {
  expect(wallAt(Date.parse("2026-01-14T23:00:00Z"), zone)).toBe("2026-01-15T00:00:00");
});

test("both sides' ways to write a moment come out equal", () => {
  const google = momentOfGoogle({ dateTime: "2026-10-25T02:30:00+01:00", timeZone: zone }, "UTC");
  expect(momentOfRow("2026-10-25T02:30:00", zone, 1)).toBe(google);
  expect(momentOfRow("2026-10-25T02:30:00", zone, 0)).not.toBe(google);
  expect(momentOfGoogle({ dateTime: "2026-10-25T01:30:00Z" }, zone)).toBe(google);
});

test("the same instant on another clock is another moment", () => {
  const there = momentOfGoogle(
    { dateTime: "2026-03-02T09:00:00Z", timeZone: "Europe/London" },
    zone,
  );
  expect(there).not.toBe(momentOfGoogle({ dateTime: "2026-03-02T09:00:00Z" }, zone));
});

test("a day is a day on both sides", () => {
  expect(momentOfRow("2026-03-02T00:00:00", null, 0)).toBe(
    momentOfGoogle({ date: "2026-03-02" }, zone),
  );
});
