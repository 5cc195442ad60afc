import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { discardPlan } from "../../db/plan-states.ts";
import { different, effects, sides } from "../support/effects.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import { apply, preview } from "../support/previews.ts";
import { randomSides } from "../support/random-sides.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(inject("databaseUrl"));
});
afterAll(() => engine?.stop());

const kinds = [
  { policy: "newest", direction: "both", by: "apply" },
  { policy: "ours", direction: "both", by: "a session" },
  { policy: "theirs", direction: "both", by: "apply" },
  { policy: "ask", direction: "both", by: "a session" },
  { policy: "owner", direction: "both", by: "apply" },
  { policy: "newest", direction: "in", by: "apply" },
  { policy: "owner", direction: "out", by: "a session" },
] as const;
const times = process.env["SYNCLINE_LONG"] ? 10 : 1;

/** A hundred and seventy items each. */
const cases = Array.from({ length: times * kinds.length }, (_, at) => {
  const kind = kinds[at % kinds.length] ?? kinds[0];
  return { seed: at + 1, ...kind };
});

describe("what a preview shows is what happens, for a thousand items with random pasts", () => {
  it.each(cases)(
    "seed $seed: $policy, $direction, by $by",
    async ({ seed, policy, direction, by }) => {
      const team = await randomSides(engine, seed, { policy, direction });
      const { planId, items } = await preview(team);
      const before = await sides(team);
      if (by === "apply") expect((await apply(team, planId)).result).toEqual({ outcome: "done" });
      else {
        await engine.db.withCompany(team.companyId, (tx) => discardPlan(tx, planId, "a person"));
        await team.session();
      }
      const happened = effects(before, await sides(team));
      expect(happened.length).toBeGreaterThan(15);
      expect(different(items, happened)).toEqual([]);
    },
  );
});
