import fc from "fast-check";
import { expect, test } from "vitest";

import { type EventFields, type EventTime, eventFields } from "../../sync/event.ts";
import { fromInstant, isZone, sameMoment, toInstant } from "../../sync/time.ts";
import { anEvent } from "./event.ts";
import { Machine, type SpokeSetting } from "./machine.ts";
import { exists, instantOf, instantsOf, moment, plusDays, wallClock, zones } from "./zones.ts";

const runs = { numRuns: 5_000 };

test("an instant comes back from every zone, also from an hour that is there twice", () => {
  const property = fc.property(moment, ({ ms, zone }) => {
    expect(toInstant(fromInstant(ms, zone), "UTC")).toBe(ms);
  });
  fc.assert(property, runs);
});

test("I18: a wall clock that exists comes back as it was written", () => {
  const property = fc.property(wallClock, (clock) => {
    fc.pre(exists(clock));
    expect(fromInstant(toInstant(clock, "UTC"), clock.zone)).toEqual(clock);
  });
  fc.assert(property, runs);
});

test("a wall clock is the instant that the runtime's own tables say", () => {
  const property = fc.property(wallClock, (clock) => {
    expect(toInstant(clock, "UTC")).toBe(instantOf(clock.local, clock.zone));
    const [, second] = instantsOf(clock.local, clock.zone);
    if (second !== undefined) {
      const again = { ...clock, fold: 1 as const };
      expect(toInstant(again, "UTC")).toBe(second);
      expect(fromInstant(second, clock.zone)).toEqual(again);
    }
  });
  fc.assert(property, runs);
});

test("two times name one occurrence when their instants are equal, whatever zone they are written in", () => {
  const property = fc.property(moment, fc.constantFrom(...zones), ({ ms, zone }, other) => {
    expect(sameMoment(fromInstant(ms, zone), fromInstant(ms, other))).toBe(true);
    expect(sameMoment(fromInstant(ms, zone), fromInstant(ms + 1000, other))).toBe(false);
  });
  fc.assert(property, runs);
});

test("a date names an occurrence only where the same date is written", () => {
  expect(sameMoment({ date: "2026-03-09" }, { date: "2026-03-09" })).toBe(true);
  expect(sameMoment({ date: "2026-03-09" }, { date: "2026-03-10" })).toBe(false);
  expect(sameMoment({ date: "2026-03-09" }, { local: "2026-03-09T00:00:00", zone: "UTC" })).toBe(
    false,
  );
});

test("a date begins when its day begins for whoever looks", () => {
  expect(toInstant({ date: "2026-03-09" }, "UTC")).toBe(Date.UTC(2026, 2, 9));
  expect(toInstant({ date: "2026-03-09" }, "Asia/Ho_Chi_Minh")).toBe(Date.UTC(2026, 2, 8, 17));
});

test("a zone has a name; an offset is none", () => {
  for (const zone of [...zones, "US/Eastern", "Europe/Kiev", "Etc/GMT+5"])
    expect(isZone(zone)).toBe(true);
  for (const other of ["", "+01:00", "Mars/Olympus", "W. Europe Standard Time"])
    expect(isZone(other)).toBe(false);
});

/** Google's way: an instant with an offset, and the zone beside it. */
function asInstants(fields: EventFields): EventFields {
  const written = (time: EventTime): EventTime =>
    "date" in time ? time : fromInstant(toInstant(time, time.zone), time.zone);
  return { ...fields, start: written(fields.start), end: written(fields.end) };
}

const spoke: SpokeSetting = {
  rules: { direction: "both", policy: "newest", fields: eventFields, timeResolutionMs: 1000 },
  stores: asInstants,
  keepsMarks: true,
};

const dates = fc
  .record({ from: fc.nat(1400), length: fc.integer({ min: 1, max: 40 }) })
  .map(({ from, length }) => {
    const date = plusDays("2024-01-01", from);
    return { start: { date }, end: { date: plusDays(date, length) } };
  });

const clocks = fc
  .record({ clock: wallClock, hours: fc.integer({ min: 1, max: 40 }) })
  .map(({ clock, hours }) => {
    const end = fromInstant(instantOf(clock.local, clock.zone) + hours * 3_600_000, clock.zone);
    return { start: clock, end };
  });

const recurrence = fc.constantFrom<string[][]>(
  [],
  ["RRULE:FREQ=WEEKLY;BYDAY=MO,TU"],
  ["RRULE:FREQ=DAILY;COUNT=10", "EXDATE:20260309T080000Z"],
);

test("I18: wall clock and zone, dates and recurrence survive every side, and cause no further write", () => {
  const property = fc.property(
    fc.oneof(dates, clocks),
    recurrence,
    fc.nat(2),
    (times, lines, origin) => {
      const machine = new Machine([spoke, spoke]);
      const fields = anEvent({ ...times, recurrence: lines });
      if (origin === 0) machine.addEvent(fields, "it", machine.now);
      else machine.spokes[origin - 1]?.provider.put("it", fields, machine.now);
      machine.settleDown();
      const writes = machine.allWrites();
      machine.settleDown();
      expect(machine.allWrites()).toBe(writes);
      const everywhere = [machine.events[0]?.fields];
      for (const { provider } of machine.spokes) everywhere.push(provider.alive()[0]?.fields);
      for (const held of everywhere) {
        expect(held && asInstants(held)).toEqual(asInstants(fields));
        if ("date" in fields.start || exists(fields.start)) expect(held).toEqual(fields);
      }
    },
  );
  fc.assert(property, runs);
});
