import fc from "fast-check";
import { expect, test } from "vitest";
import { type BookingRule, overlapsItself, slotsOfRule } from "../../sync/booking-rule.ts";
import { type BookingFacts, judgeSlots, wantedBookings } from "../../sync/bookings.ts";
import type { EventTime } from "../../sync/event.ts";
import { toInstant } from "../../sync/time.ts";

const minute = 60_000;
const day = 86_400_000;
/** The nights in which clocks change are among the days. */
const starts = ["2026-10-20", "2026-10-25", "2026-11-30", "2027-03-24", "2027-03-28"];
const zones = [
  "UTC",
  "Europe/Amsterdam",
  "America/New_York",
  "Asia/Ho_Chi_Minh",
  "Australia/Lord_Howe",
];

const date = fc.constantFrom(...starts);
const rules = fc
  .array(
    fc.record({
      zone: fc.constantFrom(...zones),
      firstDate: date,
      startTime: fc.constantFrom("00:00:00", "02:30:00", "09:00:00", "09:20:00", "23:45:00"),
      recurrence: fc.constantFrom(
        null,
        "RRULE:FREQ=DAILY",
        "RRULE:FREQ=HOURLY;INTERVAL=3",
        "RRULE:FREQ=DAILY;COUNT=9",
        "RRULE:FREQ=WEEKLY;INTERVAL=1",
        "RRULE:FREQ=DAILY;INTERVAL=2;UNTIL=20270401T000000Z",
      ),
      durationMinutes: fc.constantFrom(15, 60, 170, 400),
      horizonDays: fc.integer({ min: 1, max: 8 }),
      yields: fc.boolean(),
      skipDates: fc.subarray(["2026-10-26", "2026-12-02", "2027-03-28"]),
      skipHolidays: fc.boolean(),
      endsOn: fc.option(fc.constantFrom("2026-10-28", "2027-03-30"), { nil: null }),
      enabled: fc.integer({ min: 0, max: 9 }).map((at) => at > 0),
      createdAt: fc.integer({ min: 0, max: 3 }),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((all) =>
    all.map((rule, at): BookingRule => ({
      ...rule,
      id: `rule${at}`,
      title: `Rule ${at}`,
      description: "",
      location: "",
    })),
  );

const given = fc
  .record({
    rules,
    first: date,
    after: fc.integer({ min: -3 * 1_440, max: 6 * 1_440 }),
    busy: fc.array(
      fc.record({
        at: fc.integer({ min: -1_440, max: 10 * 1_440 }),
        length: fc.integer({ min: 1, max: 300 }),
      }),
      { maxLength: 12 },
    ),
    holiday: fc.constantFrom("2026-10-25", "2026-12-01", "2027-03-29"),
    cancels: fc.array(fc.nat(40), { maxLength: 6 }),
  })
  .map(({ rules: all, first, after, busy, holiday, cancels }): BookingFacts => {
    const now = Date.parse(`${first}T00:00:00Z`) + after * minute;
    const facts: BookingFacts = {
      rules: all,
      busy: busy.map(({ at, length }) => ({
        from: now + at * minute,
        to: now + (at + length) * minute,
      })),
      holidays: new Set([holiday]),
      cancelled: new Set(),
      now,
    };
    const made = wantedBookings(facts).map(({ remoteId }) => remoteId);
    return { ...facts, cancelled: new Set(cancels.flatMap((at) => made[at] ?? [])) };
  });

const span = ({ start, end }: { start: EventTime; end: EventTime }) => ({
  from: toInstant(start, "UTC"),
  to: toInstant(end, "UTC"),
});
const overlap = (a: { from: number; to: number }, b: { from: number; to: number }) =>
  a.from < b.to && b.from < a.to;

test("what is wanted is an occurrence of its rule, each once, within its window, and none that a person cancelled", () => {
  fc.assert(
    fc.property(given, (facts) => {
      const wanted = wantedBookings(facts);
      expect(new Set(wanted.map(({ remoteId }) => remoteId)).size).toBe(wanted.length);
      for (const { remoteId, item } of wanted) {
        const rule = facts.rules.find(({ id }) => remoteId.startsWith(`${id}:`));
        if (!rule) throw new Error("of no rule");
        const { from, to } = span(item.fields);
        expect(from).toBeGreaterThanOrEqual(facts.now);
        expect(from).toBeLessThan(facts.now + rule.horizonDays * day);
        expect(to - from).toBe(rule.durationMinutes * minute);
        expect(facts.cancelled.has(remoteId)).toBe(false);
        const slot = slotsOfRule(rule, { from, to: from + 1 }).find(
          (one) => one.remoteId === remoteId,
        );
        expect(slot).toBeDefined();
        expect(rule.skipDates).not.toContain(slot?.date);
        if (rule.skipHolidays) expect(facts.holidays.has(slot?.date ?? "")).toBe(false);
        if (rule.endsOn !== null) expect(slot?.date && slot.date <= rule.endsOn).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});

test("what gives way lies over nothing else; no rule lies over itself unless it says so", () => {
  fc.assert(
    fc.property(given, (facts) => {
      const wanted = wantedBookings(facts).map(({ remoteId, item }) => ({
        ...span(item.fields),
        rule: facts.rules.find(({ id }) => remoteId.startsWith(`${id}:`)),
      }));
      for (const [at, one] of wanted.entries()) {
        if (one.rule?.yields) expect(facts.busy.some((busy) => overlap(one, busy))).toBe(false);
        for (const other of wanted.slice(at + 1)) {
          if (!overlap(one, other)) continue;
          // By the clock it does not; a night in which clocks change may bring two together.
          if (one.rule === other.rule) {
            expect(
              one.rule && (overlapsItself(one.rule) || one.to - other.from <= 60 * minute),
            ).toBe(true);
          } else expect([one.rule?.yields, other.rule?.yields]).toEqual([false, false]);
        }
      }
    }),
    { numRuns: 100 },
  );
});

test("the same facts in any order give the same answer", () => {
  fc.assert(
    fc.property(given, (facts) => {
      const wanted = wantedBookings(facts);
      const turned = { ...facts, rules: facts.rules.toReversed(), busy: facts.busy.toReversed() };
      expect(wantedBookings(turned)).toEqual(wanted);
    }),
    { numRuns: 50 },
  );
});

test("a slot is judged the same whatever window it is looked at in", () => {
  fc.assert(
    fc.property(given, fc.integer({ min: 0, max: 9 * 1_440 }), (facts, later) => {
      const whole = judgeSlots(facts, { from: facts.now, to: facts.now + 12 * day });
      const from = facts.now + later * minute;
      const part = judgeSlots(facts, { from, to: from + 3 * day });
      expect(part).toEqual(whole.filter((slot) => slot.from >= from && slot.from < from + 3 * day));
    }),
    { numRuns: 50 },
  );
});
