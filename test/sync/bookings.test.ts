import { describe, expect, test } from "vitest";
import { type BookingRule, overlapsItself, slotsOfRule } from "../../sync/booking-rule.ts";
import { type BookingFacts, judgeSlots, wantedBookings } from "../../sync/bookings.ts";
import { toInstant } from "../../sync/time.ts";

const zone = "Europe/Amsterdam";
const at = (local: string) => toInstant({ local, zone }, zone);
const aRule = (more: Partial<BookingRule> = {}): BookingRule => ({
  id: "a",
  title: "Open hour",
  description: "d",
  location: "Room 1",
  zone,
  firstDate: "2026-12-01",
  startTime: "09:00:00",
  recurrence: "RRULE:FREQ=DAILY",
  durationMinutes: 60,
  horizonDays: 3,
  yields: true,
  skipDates: [],
  skipHolidays: false,
  endsOn: null,
  enabled: true,
  createdAt: 1,
  ...more,
});
const facts = (rules: BookingRule[], more: Partial<BookingFacts> = {}): BookingFacts => ({
  rules,
  busy: [],
  holidays: new Set(),
  cancelled: new Set(),
  now: at("2026-12-01T07:00:00"),
  ...more,
});
const wanted = (...given: Parameters<typeof facts>) =>
  wantedBookings(facts(...given)).map(({ remoteId }) => remoteId);
const ids = (rule: string, ...days: number[]) =>
  days.map((day) => `${rule}:2026-12-0${day}T09:00:00`);

describe("what a rule wants", () => {
  test("is what it says, at the times of its slot, and no series", () => {
    const [first] = wantedBookings(facts([aRule()]));
    expect(first).toEqual({
      remoteId: "a:2026-12-01T09:00:00",
      item: {
        fields: {
          title: "Open hour",
          description: "d",
          location: "Room 1",
          notes: "",
          status: "confirmed",
          start: { local: "2026-12-01T09:00:00", zone },
          end: { local: "2026-12-01T10:00:00", zone },
          recurrence: [],
        },
      },
    });
  });

  test("begins with what has not begun, and ends with its horizon", () => {
    expect(wanted([aRule()])).toEqual(ids("a", 1, 2, 3));
    expect(wanted([aRule()], { now: at("2026-12-01T09:00:00") })).toEqual(ids("a", 1, 2, 3));
    expect(wanted([aRule()], { now: at("2026-12-01T09:00:01") })).toEqual(ids("a", 2, 3, 4));
  });

  test("is nothing on skipped days, on holidays it skips, after its last day, or while it rests", () => {
    expect(wanted([aRule({ skipDates: ["2026-12-02"] })])).toEqual(ids("a", 1, 3));
    const holidays = new Set(["2026-12-03"]);
    expect(wanted([aRule({ skipHolidays: true })], { holidays })).toEqual(ids("a", 1, 2));
    expect(wanted([aRule()], { holidays })).toEqual(ids("a", 1, 2, 3));
    expect(wanted([aRule({ endsOn: "2026-12-02" })])).toEqual(ids("a", 1, 2));
    expect(wanted([aRule({ enabled: false })])).toEqual([]);
    expect(wanted([aRule({ recurrence: null })])).toEqual(ids("a", 1));
  });

  test("is not what a person has cancelled", () => {
    expect(wanted([aRule()], { cancelled: new Set(ids("a", 2)) })).toEqual(ids("a", 1, 3));
  });
});

describe("two in one place", () => {
  const busy = [{ from: at("2026-12-02T09:59:00"), to: at("2026-12-02T11:00:00") }];

  test("one that gives way is not made where something is; one that only touches it is", () => {
    expect(wanted([aRule()], { busy })).toEqual(ids("a", 1, 3));
    const touching = [{ from: at("2026-12-02T10:00:00"), to: at("2026-12-02T11:00:00") }];
    expect(wanted([aRule()], { busy: touching })).toEqual(ids("a", 1, 2, 3));
    expect(wanted([aRule({ yields: false })], { busy })).toEqual(ids("a", 1, 2, 3));
  });

  test("of two that give way the older has it, of whatever order they come in", () => {
    const older = aRule({ id: "z", createdAt: 0, durationMinutes: 30 });
    for (const rules of [
      [aRule(), older],
      [older, aRule()],
    ])
      expect(wanted(rules)).toEqual(ids("z", 1, 2, 3));
    const same = [aRule({ id: "b" }), aRule({ id: "a" })];
    expect(wanted(same)).toEqual(ids("a", 1, 2, 3));
  });

  test("one that keeps its place comes before an older one that gives way", () => {
    expect(wanted([aRule(), aRule({ id: "k", createdAt: 9, yields: false })])).toEqual(
      ids("k", 1, 2, 3),
    );
  });

  test("what a rule will make once it is near enough is not given away until then", () => {
    const far = aRule({ id: "k", yields: false, horizonDays: 1 });
    expect(wanted([aRule(), far])).toEqual(ids("k", 1));
  });

  test("a slot that a person has cancelled is free for others", () => {
    const older = aRule({ id: "z", createdAt: 0 });
    expect(wanted([aRule(), older], { cancelled: new Set(ids("z", 2)) })).toEqual([
      ...ids("z", 1),
      ...ids("a", 2),
      ...ids("z", 3),
    ]);
  });

  test("its own booking that is under way is not in a rule's way", () => {
    const under = { from: at("2026-12-01T08:30:00"), to: at("2026-12-01T09:30:00") };
    const now = at("2026-12-01T08:45:00");
    expect(wanted([aRule()], { now, busy: [{ ...under, ruleId: "a" }] })).toContain(ids("a", 1)[0]);
    expect(wanted([aRule()], { now, busy: [{ ...under, ruleId: "b" }] })).not.toContain(
      ids("a", 1)[0],
    );
  });
});

test("verdicts say why, for any window", () => {
  const window = { from: at("2026-12-01T00:00:00"), to: at("2026-12-06T00:00:00") };
  const now = at("2026-12-02T00:00:00");
  const judged = judgeSlots(facts([aRule({ horizonDays: 2 })], { now }), window);
  expect(judged.map(({ verdict }) => verdict)).toEqual([
    "past",
    "wanted",
    "wanted",
    "ahead",
    "ahead",
  ]);
});

describe("clock changes", () => {
  const days = (rule: BookingRule, from: string, to: string) =>
    slotsOfRule(rule, { from: at(from), to: at(to) }).map(({ start, end }) => [start, end]);

  test("a wall clock that is skipped moves forward, and the booking keeps its length", () => {
    const rule = aRule({ firstDate: "2027-03-27", startTime: "02:30:00" });
    expect(days(rule, "2027-03-28T00:00:00", "2027-03-29T00:00:00")).toEqual([
      [
        { local: "2027-03-28T03:30:00", zone },
        { local: "2027-03-28T04:30:00", zone },
      ],
    ]);
    const first = aRule({ firstDate: "2027-03-28", startTime: "02:30:00" });
    expect(days(first, "2027-03-28T00:00:00", "2027-03-29T00:00:00")[0]?.[0]).toEqual({
      local: "2027-03-28T03:30:00",
      zone,
    });
  });

  test("of two equal wall clocks the first is meant, once, and an end in the second says so", () => {
    const rule = aRule({ firstDate: "2026-10-24", startTime: "02:30:00" });
    expect(days(rule, "2026-10-25T00:00:00", "2026-10-26T00:00:00")).toEqual([
      [
        { local: "2026-10-25T02:30:00", zone },
        { local: "2026-10-25T02:30:00", zone, fold: 1 },
      ],
    ]);
  });

  test("an hourly rule has each hour of the short night once, and none of its slots twice", () => {
    const rule = aRule({
      firstDate: "2027-03-28",
      startTime: "00:00:00",
      recurrence: "RRULE:FREQ=HOURLY",
    });
    const slots = slotsOfRule(rule, {
      from: at("2027-03-28T00:00:00"),
      to: at("2027-03-28T05:00:00"),
    });
    expect(slots.map(({ remoteId }) => remoteId.slice(-8))).toEqual([
      "00:00:00",
      "01:00:00",
      "03:00:00",
      "04:00:00",
    ]);
  });
});

test("a rule whose bookings are longer than the time between them overlaps itself", () => {
  expect(overlapsItself(aRule({ durationMinutes: 24 * 60 }))).toBe(false);
  expect(overlapsItself(aRule({ durationMinutes: 24 * 60 + 1 }))).toBe(true);
  expect(overlapsItself(aRule({ recurrence: null, durationMinutes: 10_000 }))).toBe(false);
});
