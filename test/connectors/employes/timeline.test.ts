import { describe, expect, test } from "vitest";
import { createEmployes } from "../../../connectors/employes/index.ts";
import type { RecordHistory } from "../../../connectors/records.ts";
import { at, contract, employment, hours, record, salary, status } from "./histories.ts";

const { timeline } = createEmployes({ apiUrl: "" });
const tell = (...history: RecordHistory[]) => timeline?.tell(history) ?? [];
/** Date, kind, and whether it is retroactive. */
const lines = (...history: RecordHistory[]) =>
  tell(...history).map(({ on, kind, retroactive }) => `${on} ${kind}${retroactive ? " (!)" : ""}`);

const first = "2026-03-02";
const hired = employment({ [first]: ["2024-01-01", null] });

test("a timeline is of people", () => {
  expect(timeline?.of).toBe("employees");
});

describe("the first reading", () => {
  const history = [
    status({ "2026-03-02T10:59:00Z": "active" }),
    hired,
    contract("2024-01-01", { [first]: ["fixed", "2024-12-31"] }),
    contract("2025-01-01", { [first]: ["permanent", null] }),
    hours("2024-01-01", { [first]: 32 }),
    hours("2025-06-01", { [first]: 36 }),
    hours("2026-09-01", { [first]: 40 }),
    salary("2024-01-01", { [first]: 3_000 }),
    salary("2026-01-01", { [first]: 3_100 }),
  ];

  test("tells all that there is, past and planned, by date, and nothing as retroactive", () => {
    expect(lines(...history)).toEqual([
      "2024-01-01 hired",
      "2024-01-01 contract-started",
      "2025-01-01 contract-changed",
      "2025-06-01 hours-changed",
      "2026-01-01 salary-changed",
      "2026-09-01 hours-changed",
    ]);
  });

  test("tells what changed, and pay only where few may read it", () => {
    const byKind = Object.fromEntries(tell(...history).map((entry) => [entry.kind, entry]));
    const learnedAt = at(first);
    const base = { learnedAt, retroactive: false, sensitive: {} };
    expect(byKind["hired"]).toEqual({
      ...base,
      on: "2024-01-01",
      kind: "hired",
      detail: { employmentId: "e" },
    });
    expect(byKind["contract-started"]?.detail).toEqual({
      employmentId: "e",
      duration: "fixed",
      until: "2024-12-31",
    });
    expect(byKind["contract-changed"]?.detail).toEqual({
      employmentId: "e",
      from: "fixed",
      to: "permanent",
      wasUntil: "2024-12-31",
      until: null,
    });
    expect(byKind["hours-changed"]?.detail).toMatchObject({ from: 36, to: 40, daysPerWeek: 5 });
    expect(byKind["salary-changed"]).toEqual({
      ...base,
      on: "2026-01-01",
      kind: "salary-changed",
      detail: { employmentId: "e" },
      sensitive: {
        from: { hourWage: null, monthWage: 3_000, yearlyWage: null },
        to: { hourWage: null, monthWage: 3_100, yearlyWage: null },
      },
    });
  });

  test("is one, though its parts were stored a little apart", () => {
    const late = hours("2024-01-01", { "2026-03-02T11:00:20.000Z": 32 });
    const later = hours("2025-01-01", { "2026-03-02T11:00:40.000Z": 36 });
    expect(lines(hired, late, later)).toEqual(["2024-01-01 hired", "2025-01-01 hours-changed"]);
  });

  test("of slices that hold the same tells no change", () => {
    expect(
      lines(hours("2024-01-01", { [first]: 32 }), hours("2025-01-01", { [first]: 32 })),
    ).toEqual([]);
  });

  test("of two slices from one day goes by the later key, in whatever order they come", () => {
    const before = hours("2024-01-01", { [first]: 30 });
    const one = hours("2025-01-01", { [first]: 32 });
    const other = hours("2025-01-01", { [first]: 36 }, "e", "/2");
    for (const two of [
      [one, other],
      [other, one],
    ])
      expect(tell(before, ...two)).toMatchObject([
        { kind: "hours-changed", detail: { from: 30, to: 36 } },
      ]);
  });
});

describe("what changes later", () => {
  const before = hours("2024-01-01", { [first]: 32 });
  const read = (day: string, start: string) =>
    lines(hired, before, hours(start, { [day]: 36 })).filter((line) => line.includes("hours"));

  test.each([
    ["planned ahead", "2026-03-05", "2026-09-01", false],
    ["on the day itself", "2026-03-05", "2026-03-05", false],
    ["a day late, and after the reading before", "2026-03-04", "2026-03-03", false],
    ["on the very day of the reading before", "2026-03-03", "2026-03-02", false],
    ["before the reading before", "2026-03-03", "2026-03-01", true],
    ["long before", "2026-03-03", "2025-01-01", true],
    ["long after news, for without news it was read as well", "2026-12-01", "2026-09-01", true],
    ["within a week that may have had no reading", "2026-12-01", "2026-11-25", false],
  ])("%s: seen on %s, from %s, retroactive is %s", (_what, day, start, retroactive) => {
    expect(read(day, start)).toEqual([`${start} hours-changed${retroactive ? " (!)" : ""}`]);
  });

  test("is learned when it was first seen", () => {
    const [, change] = tell(hired, before, hours("2026-03-01", { "2026-03-03": 36 }));
    expect(change).toMatchObject({ learnedAt: at("2026-03-03"), retroactive: true });
  });

  test("is not retroactive because the list was read meanwhile: it tells no history", () => {
    const people = status({ [first]: "pending", "2026-03-06": "active" });
    expect(lines(people, hired, before, hours("2026-03-05", { "2026-03-07": 36 })).at(-1)).toBe(
      "2026-03-05 hours-changed",
    );
  });

  test("counts days as they are in the Netherlands", () => {
    const evening = "2026-03-02T23:30:00.000Z";
    const known = hours("2024-01-01", { [evening]: 32 });
    expect(lines(known, hours("2026-03-02", { "2026-03-05": 36 }))).toEqual([
      "2026-03-02 hours-changed (!)",
    ]);
  });

  test("is retroactively hired who comes back on a day that was known to be otherwise", () => {
    const again = employment({ "2026-03-10": ["2026-02-01", null] }, "e2");
    expect(lines(hired, again)).toEqual(["2024-01-01 hired", "2026-02-01 hired (!)"]);
  });
});

describe("who leaves", () => {
  const ends = (end: string) =>
    employment({ [first]: ["2024-01-01", null], "2026-04-01": ["2024-01-01", end] });
  const out = status({ [first]: "active", "2026-04-01T10:58:00Z": "out of service" });

  test("leaves on the day the employment ends, be it still to come", () => {
    expect(lines(ends("2026-06-30"))).toEqual(["2024-01-01 hired", "2026-06-30 left"]);
    expect(lines(ends("2026-01-31"))).toEqual(["2024-01-01 hired", "2026-01-31 left (!)"]);
  });

  test("leaves once, though the status says so as well, a little earlier", () => {
    expect(lines(out, ends("2026-03-31"))).toEqual(["2024-01-01 hired", "2026-03-31 left"]);
  });

  test("leaves on the day it was found where no employment says when", () => {
    expect(tell(out, hired).at(-1)).toEqual({
      on: "2026-04-01",
      kind: "left",
      detail: { status: "out of service" },
      sensitive: {},
      learnedAt: at("2026-04-01", "10:58:00.000"),
      retroactive: false,
    });
  });

  test("was never seen here otherwise, and so it is not known when", () => {
    expect(lines(status({ [first]: "out of service" }))).toEqual([]);
  });

  test("takes contracts along, which is no change of them", () => {
    const held = contract("2024-01-01", {
      [first]: ["permanent", null],
      "2026-04-01": ["permanent", "2026-03-31"],
    });
    expect(lines(ends("2026-03-31"), held)).toEqual([
      "2024-01-01 hired",
      "2024-01-01 contract-started",
      "2026-03-31 left",
    ]);
  });

  test("on another day than was said leaves on that day, and the first is corrected", () => {
    const moved = employment({
      [first]: ["2024-01-01", "2026-03-31"],
      "2026-04-15": ["2024-01-01", "2026-06-30"],
    });
    expect(lines(moved)).toEqual([
      "2024-01-01 hired",
      "2026-03-31 left",
      "2026-03-31 corrected (!)",
      "2026-06-30 left",
    ]);
    expect(tell(moved)[2]?.detail).toEqual({ of: "left", employmentId: "e", to: "2026-06-30" });
  });

  test("after all does not, and that is told", () => {
    const stays = employment({
      [first]: ["2024-01-01", "2026-06-30"],
      "2026-03-10": ["2024-01-01", null],
    });
    expect(tell(stays).at(-1)).toMatchObject({
      on: "2026-06-30",
      kind: "corrected",
      detail: { of: "left", withdrawn: true },
      retroactive: false,
    });
  });

  test("and is deleted stays told, and nothing of it is taken back", () => {
    const deleted = [
      status({ [first]: "active", "2026-05-01": null }),
      employment({ [first]: ["2024-01-01", null], "2026-05-01": null }),
      hours("2024-01-01", { [first]: 32, "2026-05-01": null }),
      hours("2025-01-01", { [first]: 36, "2026-05-01": null }),
    ];
    expect(lines(...deleted)).toEqual(["2024-01-01 hired", "2025-01-01 hours-changed"]);
  });
});

describe("what was otherwise", () => {
  test("is corrected: the salary of last year, changed in its place, is told with both amounts", () => {
    const known = salary("2024-01-01", { [first]: 3_000 });
    const raised = salary("2025-01-01", { [first]: 3_100, "2026-03-09": 3_200 });
    expect(tell(hired, known, raised).slice(-1)).toEqual([
      {
        on: "2025-01-01",
        kind: "corrected",
        detail: { of: "salary", employmentId: "e" },
        sensitive: {
          from: { hourWage: null, monthWage: 3_100, yearlyWage: null },
          to: { hourWage: null, monthWage: 3_200, yearlyWage: null },
        },
        learnedAt: at("2026-03-09"),
        retroactive: true,
      },
    ]);
  });

  test("is corrected also where it goes with the hiring", () => {
    const changed = hours("2024-01-01", { [first]: 32, "2026-03-09": 36 });
    expect(tell(hired, changed).at(-1)).toMatchObject({
      kind: "corrected",
      detail: { of: "hours", from: 32, to: 36 },
      retroactive: true,
    });
  });

  test("is a plan that was changed, and nothing retroactive", () => {
    const known = hours("2024-01-01", { [first]: 32 });
    const planned = hours("2026-09-01", { [first]: 36, "2026-03-09": 40 });
    expect(lines(hired, known, planned).slice(-2)).toEqual([
      "2026-09-01 hours-changed",
      "2026-09-01 corrected",
    ]);
  });

  test("is a plan that was taken back: it stays told, and so does that it is no more", () => {
    const known = hours("2024-01-01", { [first]: 32 });
    const planned = hours("2026-09-01", { [first]: 36, "2026-03-09": null });
    const told = tell(hired, known, planned);
    expect(told.slice(-1)).toMatchObject([
      { on: "2026-09-01", kind: "corrected", detail: { of: "hours", withdrawn: true } },
    ]);
    expect(told.at(-2)).toMatchObject({ kind: "hours-changed", detail: { from: 32, to: 36 } });
  });

  test("is a change that is none any more, since what went before became the same", () => {
    const known = hours("2024-01-01", { [first]: 32, "2026-03-09": 36 });
    expect(lines(hired, known, hours("2025-01-01", { [first]: 36 }))).toEqual([
      "2024-01-01 hired",
      "2024-01-01 corrected (!)",
      "2025-01-01 hours-changed",
      "2025-01-01 corrected (!)",
    ]);
  });

  test("is an employment that there never was, with all that belonged to it", () => {
    const wrong = employment({ [first]: ["2025-01-01", null], "2026-03-09": null }, "wrong");
    const gone = { [first]: 36, "2026-03-09": null };
    expect(lines(hired, wrong, hours("2025-01-01", gone, "wrong")).slice(1)).toEqual([
      "2025-01-01 hired",
      "2025-01-01 corrected (!)",
    ]);
  });

  test("is a fixed contract that was prolonged in its place", () => {
    const held = contract("2026-01-01", {
      [first]: ["fixed", "2026-06-30"],
      "2026-03-09": ["fixed", "2026-12-31"],
    });
    expect(tell(hired, held).at(-1)?.detail).toEqual({
      of: "contract",
      employmentId: "e",
      from: "fixed",
      to: "fixed",
      wasUntil: "2026-06-30",
      until: "2026-12-31",
    });
  });

  test("is not what only other fields say, nor what says the same again", () => {
    const again = record("hours", "p/e/2024-01-01", {
      [first]: { content: { employmentId: "e", startDate: "2024-01-01", hoursPerWeek: 32 } },
      "2026-03-09": {
        content: { employmentId: "e", startDate: "2024-01-01", hoursPerWeek: 32, note: "new" },
      },
    });
    expect(lines(hired, again)).toEqual(["2024-01-01 hired"]);
  });

  test("is told once by a clock that was set back", () => {
    const turned = hours("2024-01-01", { [first]: 32, "2026-03-01": 36 });
    expect(tell(hired, turned).at(-1)).toMatchObject({ kind: "hired", learnedAt: at(first) });
  });
});
