import fc from "fast-check";
import { expect, it } from "vitest";
import { quietUntil } from "../../sync/quiet.ts";
import { whyLate } from "../../sync/late.ts";

const at = (text: string) => Date.parse(text);
const night = { from: "22:00", to: "07:00", zone: "Europe/Amsterdam" };

it.each([
  ["2026-01-10T20:59:59Z", null],
  ["2026-01-10T21:00:00Z", "2026-01-11T06:00:00Z"],
  ["2026-01-11T03:00:00Z", "2026-01-11T06:00:00Z"],
  ["2026-01-11T05:59:59Z", "2026-01-11T06:00:00Z"],
  ["2026-01-11T06:00:00Z", null],
  // The night in which an hour is skipped ends by the new clock.
  ["2026-03-28T23:00:00Z", "2026-03-29T05:00:00Z"],
])("at %s quiet lasts until %s", (now, until) => {
  expect(quietUntil(night, at(now))).toBe(until === null ? null : at(until));
});

it("hours of one day, and none at all", () => {
  const noon = { from: "12:00", to: "13:00", zone: "UTC" };
  expect(quietUntil(noon, at("2026-01-10T12:30:00Z"))).toBe(at("2026-01-10T13:00:00Z"));
  expect(quietUntil(noon, at("2026-01-10T13:00:00Z"))).toBeNull();
  expect(quietUntil({ ...noon, to: "12:00" }, at("2026-01-10T12:00:00Z"))).toBeNull();
});

it("an end is ahead, within a day and a change of clocks, and no longer quiet", () => {
  const time = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map(([hour, minute]) => `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`);
  const zone = fc.constantFrom(
    "UTC",
    "Europe/Amsterdam",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/St_Johns",
  );
  fc.assert(
    fc.property(
      time,
      time,
      zone,
      fc.integer({ min: at("2026-01-01T00:00:00Z"), max: at("2027-01-01T00:00:00Z") }),
      (from, to, inZone, now) => {
        const until = quietUntil({ from, to, zone: inZone }, now);
        if (until === null) return;
        expect(until).toBeGreaterThan(now);
        expect(until - now).toBeLessThanOrEqual(26 * 3_600_000);
        expect(quietUntil({ from, to, zone: inZone }, until)).toBeNull();
      },
    ),
  );
});

const plain = {
  grantOk: true,
  waits: null,
  errorCode: null,
  held: false,
  running: false,
  rung: false,
  unwatched: false,
};
it.each([
  [{ grantOk: false, held: true }, "grant"],
  [{ waits: "quota", errorCode: "provider_unavailable" }, "quota"],
  [{ waits: "provider" }, "provider down"],
  [{ errorCode: "provider_unavailable", running: true }, "provider down"],
  [{ held: true, rung: true }, "held"],
  [{ running: true, rung: true }, "running"],
  [{ rung: true, unwatched: true }, "worker"],
  [{ unwatched: true }, "channel"],
  [{}, "no poll"],
] as [Partial<Parameters<typeof whyLate>[0]>, string][])("%j is late for: %s", (facts, why) => {
  expect(whyLate({ ...plain, ...facts })).toBe(why);
});
