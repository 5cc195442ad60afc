import type { PlanItem } from "../../db/plan-items.ts";
import { readItems } from "../../db/plan-items.ts";
import { type Plan, readPlan } from "../../db/plan-rows.ts";
import { askForPlan } from "../../db/plan-states.ts";
import { ring } from "../../db/rings.ts";
import type { Connected } from "./connected.ts";
import type { Stack } from "./stack.ts";
import { until } from "./until.ts";

/** The plan, once it is in one of these states. */
export function planIn(
  stack: Stack,
  team: Connected,
  planId: string,
  ...states: Plan["state"][]
): Promise<Plan> {
  return until(async () => {
    const plan = await stack.db.withCompany(team.companyId, (tx) => readPlan(tx, planId));
    return plan && states.includes(plan.state) ? plan : null;
  }, 60_000);
}

export const linesOf = (stack: Stack, team: Connected, planId: string): Promise<PlanItem[]> =>
  stack.db.withCompany(team.companyId, (tx) => readItems(tx, planId));

/** Nothing runs until `previewed`: what is done meanwhile is all in the preview. */
export const hold = (stack: Stack, team: Connected) =>
  stack.psql("update connections set enabled = false where id = $1", [team.connectionId]);

/** Lets go and asks for a preview in the same breath, so that no session comes in between. */
export async function previewed(stack: Stack, team: Connected): Promise<Plan> {
  const { companyId, connectionId } = team;
  const plan = await stack.db.withCompany(companyId, async (tx) => {
    const asked = await askForPlan(tx, {
      companyId,
      connectionId,
      kind: "preview",
      reason: "asked",
      by: "a person",
      holdMs: 600_000,
    });
    await ring(tx, { companyId, connectionId, trigger: "manual", by: "a person" });
    return asked;
  });
  if (!plan) throw new Error("a plan is under way");
  await stack.psql("update connections set enabled = true where id = $1", [connectionId]);
  stack.door.signal({ companyId, connectionId });
  return planIn(stack, team, plan.id, "ready", "failed");
}
