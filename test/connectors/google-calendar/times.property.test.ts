import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { expect, test } from "vitest";
import {
  fromGoogleTime,
  normaliseTime,
  toGoogleTime,
} from "../../../connectors/google-calendar/times.ts";
import { instantOf } from "../../../connectors/google-calendar/zones.ts";
import { fromTemporal, timed, zones } from "../events.ts";

test(
  "a moment survives the way to Google and back, also in the hour that happens twice (I18)",
  { timeout: 60_000 },
  () => {
    fc.assert(
      fc.property(timed, (time) => {
        expect(fromGoogleTime(toGoogleTime(time), null)).toEqual(time);
        expect(normaliseTime(time)).toEqual(time);
      }),
      { numRuns: 5_000 },
    );
  },
);

test(
  "a moment is read in the event's zone whatever the offset it is written with",
  { timeout: 60_000 },
  () => {
    fc.assert(
      fc.property(timed, fc.constantFrom("+00:00", "Z", "-05:30", "+14:00"), (time, offset) => {
        if ("date" in time) return;
        const instant = Temporal.Instant.from(`${toGoogleTime(time).dateTime}`);
        const dateTime = instant.toString({ timeZone: offset === "Z" ? "UTC" : offset });
        const written = dateTime.replace(/[+-]\d\d:\d\d$/, offset);
        expect(fromGoogleTime({ dateTime: written, timeZone: time.zone }, null)).toEqual(time);
        expect(fromGoogleTime({ dateTime: written }, time.zone)).toEqual(time);
      }),
      { numRuns: 1_000 },
    );
  },
);

test(
  "a wall clock that a clock change skips moves forward by the gap, as Temporal has it",
  { timeout: 60_000 },
  () => {
    const anyWall = fc.record({
      zone: fc.constantFrom(...zones),
      second: fc.integer({ min: 315_532_800, max: 2_208_988_800 }),
      near: fc.integer({ min: -7_200, max: 7_200 }),
    });
    fc.assert(
      fc.property(anyWall, ({ zone, second, near }) => {
        const moment = Temporal.Instant.fromEpochMilliseconds(second * 1000).toZonedDateTimeISO(
          zone,
        );
        const plain = (moment.getTimeZoneTransition("next") ?? moment)
          .toPlainDateTime()
          .add({ seconds: near });
        const meant = plain.toZonedDateTime(zone, { disambiguation: "compatible" });
        const local = plain.toString({ smallestUnit: "second" });
        expect(instantOf(zone, Date.parse(`${local}Z`), false)).toBe(meant.epochMilliseconds);
        expect(normaliseTime({ local, zone })).toEqual(fromTemporal(meant));
      }),
      { numRuns: 3_000 },
    );
  },
);

test.each([
  [{ dateTime: "2026-03-02T09:00:00+01:00" }, "a time has no time zone"],
  [
    { dateTime: "2026-03-02T09:00:00+01:00", timeZone: "Mars/Base" },
    "a time has an unknown time zone",
  ],
  [
    { dateTime: "2026-03-02T09:00:00+01:00", timeZone: "+01:00" },
    "a time has an unknown time zone",
  ],
  [{ dateTime: "2026-02-30T09:00:00+01:00", timeZone: "UTC" }, "a dateTime is not a moment"],
  [{ dateTime: "soon", timeZone: "UTC" }, "a dateTime is not a moment"],
  [{ dateTime: "9999-12-31T23:59:59-12:00", timeZone: "Etc/GMT-14" }, "a time is out of range"],
  [{ date: "2026-02-29" }, "a date is not a date"],
  [{}, "a time has neither date nor dateTime"],
])("%j is not a time: %s", (time, reason) => {
  expect(() => fromGoogleTime(time, null)).toThrow(reason);
});

test("old names of zones stay as they are", { timeout: 60_000 }, () => {
  const time = { dateTime: "2026-03-02T09:00:00+05:30", timeZone: "Asia/Calcutta" };
  expect(fromGoogleTime(time, null)).toEqual({
    local: "2026-03-02T09:00:00",
    zone: "Asia/Calcutta",
  });
});
