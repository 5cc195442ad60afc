import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AlertFacts,
  changeOf,
  type Condition,
  conditionOf,
  isAtLeast,
  louderOf,
  severityOf,
} from "../../sync/alert.ts";

const conditions: Condition[] = [
  "ok",
  "needs_reauth",
  "failed:forbidden",
  "failed:misconfigured",
  "failed:writes",
  "late",
  "held",
  "undecided",
];
const facts: fc.Arbitrary<AlertFacts> = fc.record({
  resting: fc.boolean(),
  grantOk: fc.boolean(),
  errorCode: fc.constantFrom(
    null,
    null,
    "provider_unavailable",
    "forbidden",
    "misconfigured",
    "needs_reauth",
  ),
  told: fc.constantFrom(null, ...conditions),
  toldResting: fc.constantFrom(null, true, false),
  passedSince: fc.boolean(),
  ageMs: fc.option(fc.integer({ min: 0, max: 100 })),
  targetMs: fc.option(fc.integer({ min: 0, max: 100 })),
  failedWrites: fc.boolean(),
  held: fc.boolean(),
  undecided: fc.boolean(),
});
/** As it is once a change has been stored. */
function stored(of: AlertFacts): AlertFacts {
  const change = changeOf(of);
  if (change?.kind === "rest") return { ...of, toldResting: true };
  if (change?.kind === "watch") return { ...of, toldResting: false, told: of.told ?? "ok" };
  return change ? { ...of, told: change.to, passedSince: false } : of;
}
const well: AlertFacts = {
  resting: false,
  grantOk: true,
  errorCode: null,
  told: "ok",
  toldResting: false,
  passedSince: false,
  ageMs: 1,
  targetMs: 10,
  failedWrites: false,
  held: false,
  undecided: false,
};

describe("each change is told once", () => {
  it("for whoever looks again finds nothing more to tell", () => {
    fc.assert(
      fc.property(facts, (of) => {
        const settled = stored(stored(of));
        expect(changeOf(settled)).toBeNull();
      }),
      { numRuns: 2_000 },
    );
  });

  it("in any run of facts: no two notices in a row say the same", () => {
    fc.assert(
      fc.property(fc.array(facts, { maxLength: 40 }), (run) => {
        let told: Condition | null = null;
        let toldResting: boolean | null = null;
        const said: string[] = [];
        for (const next of run) {
          const now = { ...next, told, toldResting };
          const change = changeOf(now);
          if (change?.kind === "tell") said.push(change.to);
          ({ told, toldResting } = stored(now));
        }
        for (let at = 1; at < said.length; at++) expect(said[at]).not.toBe(said[at - 1]);
        expect(said[0]).not.toBe("ok");
      }),
    );
  });

  it("and of a connection that rests, nothing", () => {
    fc.assert(
      fc.property(facts, (of) => {
        expect(changeOf({ ...of, resting: true })?.kind).not.toBe("tell");
      }),
    );
  });
});

describe("what is told", () => {
  it("that all is well only of a connection of which that is true", () => {
    fc.assert(
      fc.property(facts, (of) => {
        if (conditionOf(of) !== "ok") return;
        expect(of.grantOk && !of.failedWrites && !of.held && !of.undecided).toBe(true);
        expect(of.errorCode === null || of.errorCode === "provider_unavailable").toBe(true);
        if (of.ageMs !== null && of.targetMs !== null) expect(of.ageMs <= of.targetMs).toBe(true);
        if (of.told === "needs_reauth" || of.told === "failed:forbidden")
          expect(of.passedSince).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    [{ grantOk: false, errorCode: "forbidden" }, "needs_reauth"],
    [{ errorCode: "forbidden", ageMs: 99, held: true }, "failed:forbidden"],
    [{ errorCode: "provider_unavailable" }, "ok"],
    [{ errorCode: "provider_unavailable", ageMs: 11 }, "late"],
    [{ ageMs: 11, failedWrites: true, held: true }, "late"],
    [{ ageMs: 10 }, "ok"],
    [{ ageMs: 99, targetMs: null }, "ok"],
    [{ failedWrites: true, held: true }, "failed:writes"],
    [{ held: true, undecided: true }, "held"],
    [{ undecided: true }, "undecided"],
    [{ told: "failed:forbidden" }, "failed:forbidden"],
    [{ told: "failed:forbidden", passedSince: true }, "ok"],
    [
      { told: "failed:forbidden", passedSince: true, errorCode: "provider_unavailable" },
      "failed:forbidden",
    ],
    [{ told: "needs_reauth", ageMs: 99 }, "needs_reauth"],
    [{ told: "late" }, "ok"],
    [{ told: "failed:writes" }, "ok"],
  ] as [Partial<AlertFacts>, Condition][])("%j is %s", (of, condition) => {
    expect(conditionOf({ ...well, ...of })).toBe(condition);
  });

  it("is the louder the more pressing it is", () => {
    const order: Condition[] = ["ok", "undecided", "held", "late", "failed:x", "needs_reauth"];
    for (let at = 1; at < order.length; at++)
      expect(isAtLeast(severityOf(order[at]!), severityOf(order[at - 1]!))).toBe(true);
    expect(louderOf("info", "error")).toBe("error");
  });
});
