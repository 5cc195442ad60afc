import fc from "fast-check";
import { expect, test } from "vitest";
import { createEmployes } from "../../../connectors/employes/index.ts";
import type { Content, RecordHistory, TimelineEntry } from "../../../connectors/records.ts";

const { timeline } = createEmployes({ apiUrl: "" });
const tell = (history: readonly RecordHistory[]) => timeline?.tell(history) ?? [];

const day = fc
  .integer({ min: 0, max: 40 })
  .map((months) => new Date(Date.UTC(2024, months, 1)).toISOString().slice(0, 10));
const orNone = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const readings = fc.integer({ min: 0, max: 30 }).map((days) => Date.UTC(2026, 2, 1 + days, 4));
/** No other number is so large: where it shows, pay shows. */
const pay = fc.constantFrom(900_001, 900_002, 900_003);

type Held = { content: Content; sensitive: Content };
const contents: Record<string, fc.Arbitrary<Held>> = {
  employees: held(fc.record({ status: fc.constantFrom("pending", "active", "out of service") })),
  details: held(fc.constant({})),
  employments: held(fc.record({ startDate: day, endDate: orNone(day) })),
  contracts: slice({ duration: orNone(fc.constantFrom("fixed", "permanent")) }),
  hours: slice({ hoursPerWeek: orNone(fc.constantFrom(24, 32, 36)), daysPerWeek: fc.constant(4) }),
  salaries: fc
    .tuple(slice({}), fc.record({ monthWage: orNone(pay), hourWage: pay }))
    .map(([{ content }, sensitive]) => ({ content, sensitive })),
  "tax-details": slice({ isReductionApplied: fc.boolean() }),
};

function held(content: fc.Arbitrary<Content>): fc.Arbitrary<Held> {
  return content.map((one) => ({ content: one, sensitive: {} }));
}

function slice(more: Record<string, fc.Arbitrary<string | number | boolean | null>>) {
  const span = { startDate: orNone(day), endDate: orNone(day) };
  const employmentId = fc.constantFrom("e1", "e2");
  return held(fc.record({ employmentId, ...span, ...more }));
}

function recordOf(stream: string, remoteId: string): fc.Arbitrary<RecordHistory> {
  const of = contents[stream] ?? held(fc.constant({}));
  const version = fc.tuple(readings, orNone(of));
  return fc.array(version, { minLength: 1, maxLength: 4 }).map((all) => ({
    stream,
    remoteId,
    versions: all
      .toSorted(([a], [b]) => a - b)
      .map(([firstSeenAt, one], at) => ({
        version: at + 1,
        firstSeenAt,
        content: one?.content ?? null,
        sensitive: one?.sensitive ?? {},
      })),
  }));
}

const names = Object.keys(contents).flatMap((stream) =>
  stream === "employees" ? ["employees p"] : ["1", "2"].map((n) => `${stream} e${n}`),
);
const histories = fc
  .subarray(names)
  .chain((some) =>
    fc.tuple(...some.map((name) => recordOf(...(name.split(" ") as [string, string])))),
  );

const text = (entry: TimelineEntry) => JSON.stringify(entry);
/** The history as it was known at a time. */
const until = (history: readonly RecordHistory[], time: number) =>
  history
    .map((one) => ({ ...one, versions: one.versions.filter((v) => v.firstSeenAt <= time) }))
    .filter(({ versions }) => versions.length > 0);

test("the same history is told the same, in whatever order it comes", () => {
  const turned = histories.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
  );
  fc.assert(
    fc.property(turned, ([history, others]) => {
      const told = tell(history);
      expect(tell(structuredClone(history))).toEqual(told);
      const backwards = others.map((one) => ({ ...one, versions: one.versions.toReversed() }));
      expect(tell(backwards)).toEqual(told);
    }),
  );
});

test("what was told stays told, whatever is learned a day later; a correction is one more entry", () => {
  fc.assert(
    fc.property(histories, readings, (history, time) => {
      const later = new Set(tell(history).map(text));
      // A departure that only the status tells has a day to be told better.
      const settled = tell(until(history, time)).filter(
        ({ kind, detail, learnedAt }) =>
          !(kind === "left" && "status" in detail && time - learnedAt < 24 * 3_600_000),
      );
      expect(settled.map(text).filter((entry) => !later.has(entry))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test("pay stands where few may read it, and nowhere else", () => {
  fc.assert(
    fc.property(histories, (history) => {
      for (const { on, kind, detail, sensitive } of tell(history)) {
        expect(JSON.stringify({ on, kind, detail })).not.toContain("90000");
        const isPay = kind === "salary-changed" || detail["of"] === "salary";
        if (!isPay) expect(sensitive).toEqual({});
      }
    }),
  );
});

test("a timeline goes by date, and every entry was learned at a reading", () => {
  fc.assert(
    fc.property(histories, (history) => {
      const told = tell(history);
      const dates = told.map(({ on }) => on);
      expect(dates).toEqual(dates.toSorted());
      const times = new Set(history.flatMap((one) => one.versions.map((v) => v.firstSeenAt)));
      expect(told.every(({ learnedAt }) => times.has(learnedAt))).toBe(true);
    }),
  );
});

test("a first reading is never retroactive, and nothing is from the day of its reading on", () => {
  fc.assert(
    fc.property(histories, (history) => {
      const times = history
        .filter(({ stream }) => stream !== "employees")
        .flatMap((one) => one.versions.map((v) => v.firstSeenAt));
      const first = Math.min(...times);
      for (const { on, learnedAt, retroactive } of tell(history)) {
        if (!retroactive) continue;
        expect(learnedAt).toBeGreaterThan(first);
        expect(on < new Date(learnedAt).toISOString().slice(0, 10)).toBe(true);
      }
    }),
  );
});
