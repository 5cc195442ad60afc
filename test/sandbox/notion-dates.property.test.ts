import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { expect, test } from "vitest";
import { momentOf, readDate } from "../../sandbox/notion/date-value.ts";

const zones = [
  "Europe/Amsterdam",
  "America/St_Johns",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "UTC",
];
const minute = fc
  .date({ min: new Date("2000-01-01"), max: new Date("2040-01-01"), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 16));
const asClient = { asPerson: false, cutSeconds: false };

test("a time that is local to a zone is shown as the moment it is there, with the zone's offset", () => {
  fc.assert(
    fc.property(minute, fc.constantFrom(...zones), (local, zone) => {
      const shown = readDate({ start: `${local}:00`, time_zone: zone }, "date", asClient).start;
      const there = Temporal.PlainDateTime.from(local).toZonedDateTime(zone);
      expect(momentOf(shown)).toBe(there.epochMilliseconds);
      expect(shown.slice(23)).toBe(there.offset);
    }),
  );
});

test("what was shown can be written again and is the same", () => {
  fc.assert(
    fc.property(minute, fc.constantFrom(...zones), (local, zone) => {
      const { start } = readDate({ start: `${local}:00`, time_zone: zone }, "date", asClient);
      expect(readDate({ start }, "date", asClient).start).toBe(start);
    }),
  );
});
