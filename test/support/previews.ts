import { applyPlan } from "../../activities/apply-plan.ts";
import type { StepResult } from "../../activities/failures.ts";
import { push } from "../../activities/push.ts";
import { rehearse } from "../../activities/rehearse.ts";
import { type Closing, closeSession, type Mode, openSession } from "../../activities/session.ts";
import { stage } from "../../activities/stage.ts";
import { type PlanItem, readItems } from "../../db/plan-items.ts";
import { type Plan, readPlan } from "../../db/plan-rows.ts";
import { askForPlan, askToApply } from "../../db/plan-states.ts";
import { asActivity, type Engine } from "./engine.ts";

type Team = Awaited<ReturnType<Engine["connect"]>>;

export interface PlanSession {
  sessionId: string;
  mode: Mode;
  result: StepResult;
  closing: Closing;
}

/** Runs the session that a plan waits for: the part of the workflow is played by the test. */
export async function planSession(
  team: Team,
  { beforePush }: { beforePush?: () => Promise<unknown> } = {},
): Promise<PlanSession> {
  const { deps, ref } = team;
  const opening = await asActivity(() => openSession(deps, ref));
  if (opening.kind === "idle") throw new Error(`nothing to do: ${opening.why}`);
  const { mode, sessionId, streams } = opening;
  if (!mode) throw new Error("an ordinary session came first");
  const input = { ...ref, sessionId, planId: mode.planId };
  const steps = [
    ...streams.map((stream) => () => stage(deps, { ...input, stream })),
    ...(mode.kind === "preview"
      ? [() => rehearse(deps, { ...input, streams })]
      : [
          () => applyPlan(deps, { ...input, streams }),
          async () => {
            await beforePush?.();
            return push(deps, { ...input, quick: false });
          },
        ]),
  ];
  let result: StepResult = { outcome: "done" };
  for (const step of steps) {
    do result = await asActivity(step);
    while (result.outcome === "more");
    if (result.outcome !== "done") break;
  }
  const failure = result.outcome === "stop" ? { code: result.code, message: result.message } : null;
  const closing = await asActivity(() => closeSession(deps, { ...ref, sessionId, failure }));
  return { sessionId, mode, result, closing };
}

export async function askPreview(team: Team, holdMs: number | null = 60_000): Promise<string> {
  const { deps, ref } = team;
  const plan = await deps.db.withCompany(ref.companyId, (tx) =>
    askForPlan(tx, { ...ref, kind: "preview", reason: "asked", by: "a person", holdMs }),
  );
  if (!plan) throw new Error("a plan is under way");
  return plan.id;
}

/** A preview, asked for and drawn up. */
export async function preview(team: Team): Promise<{ planId: string; items: PlanItem[] }> {
  const planId = await askPreview(team);
  const { result } = await planSession(team);
  if (result.outcome !== "done") throw new Error(JSON.stringify(result));
  return { planId, items: await itemsOf(team, planId) };
}

export const itemsOf = (team: Team, planId: string): Promise<PlanItem[]> =>
  team.deps.db.withCompany(team.companyId, (tx) => readItems(tx, planId));

export async function planOf(team: Team, planId: string): Promise<Plan> {
  const plan = await team.deps.db.withCompany(team.companyId, (tx) => readPlan(tx, planId));
  if (!plan) throw new Error("no such plan");
  return plan;
}

/** Asks that the plan be carried out, and does so. */
export async function apply(
  team: Team,
  planId: string,
  options: { beforePush?: () => Promise<unknown> } = {},
): Promise<PlanSession> {
  const asked = await team.deps.db.withCompany(team.companyId, (tx) =>
    askToApply(tx, planId, "a person"),
  );
  if (!asked) throw new Error("the plan is not ready");
  return planSession(team, options);
}
