import { z } from "zod";
import type { Tx } from "../db/client.ts";
import { readConnection } from "../db/connections.ts";
import { type Plan, readPlan } from "../db/plan-rows.ts";
import { askForPlan, askToApply, discardPlan } from "../db/plan-states.ts";
import { settlePlan } from "../db/plans.ts";
import { readSession } from "../db/sessions.ts";
import { calendarConnection } from "./calendar-only.ts";
import { isActive } from "./connection-choice.ts";
import type { Deps } from "./deps.ts";
import { planShape, toPlan } from "./plan-shape.ts";
import { notFound, Problem } from "./problems.ts";
import { type Answer, type Call, nothing, ok, type Route, route } from "./route.ts";
import { sessionShape, toSession } from "./session-shape.ts";

const common = { method: "post", role: "admin", tag: "plans", body: nothing.optional() } as const;
const settled = { 200: { description: "The plan", schema: planShape } };
const plannedSession = z
  .object({ plan: planShape, session: sessionShape })
  .meta({ id: "PlannedSession" });

type AnyCall = Call<Record<string, unknown>, unknown, unknown>;

export const planActionRoutes: Route[] = [
  route({
    ...common,
    path: "/api/connections/:id/preview",
    summary: "Shows what a sync would do, and does nothing",
    description:
      "The answer is a plan, and the session that draws it up. Once it is `ready`, its items are at /api/plans/:id/items; no session starts until it is applied or discarded, or has waited for as long as previews are held.",
    answers: {
      202: { description: "The plan, and the session that draws it up", schema: plannedSession },
    },
    handle: preview,
  }),
  route({
    ...common,
    path: "/api/plans/:id/apply",
    summary: "Carries out exactly this plan, or says what has moved since",
    answers: {
      202: { description: "The plan, and the session that carries it out", schema: plannedSession },
    },
    handle: apply,
  }),
  route({
    ...common,
    path: "/api/plans/:id/discard",
    summary: "Lets a plan go that is not being carried out; nothing of it is done",
    answers: settled,
    handle: (deps, call) => settle(deps, call, (tx, planId, by) => discardPlan(tx, planId, by)),
  }),
  route({
    ...common,
    path: "/api/plans/:id/approve",
    summary: "Lets the held deletions pass, each decided anew",
    answers: settled,
    handle: (deps, call) =>
      settle(deps, call, (tx, planId, by) => settlePlan(tx, planId, { state: "approved", by })),
  }),
  route({
    ...common,
    path: "/api/plans/:id/reject",
    summary: "Keeps the items: what one side deleted comes back to it",
    answers: settled,
    handle: (deps, call) =>
      settle(deps, call, (tx, planId, by) => settlePlan(tx, planId, { state: "rejected", by })),
  }),
];

async function preview(deps: Deps, call: AnyCall): Promise<Answer> {
  const connectionId = String(call.params["id"]);
  const connection = await calendarConnection(deps, call, connectionId);
  if (!isActive(connection)) throw inactive();
  const { companyId, name } = call.caller;
  const answer = await deps.database.withCompany(companyId, async (tx) => {
    const plan = await askForPlan(tx, {
      companyId,
      connectionId,
      kind: "preview",
      reason: `${name} asked what a sync would do.`,
      by: name,
      holdMs: deps.config.PREVIEW_HOLD_MS,
    });
    if (!plan)
      throw new Problem(
        "plan_under_way",
        "A plan of this connection is being drawn up or carried out, or waits for a person.",
      );
    await ringFor(deps, tx, call, plan);
    return answerOf(deps, tx, plan, plan.sessionId);
  });
  deps.frontDoor.signal({ companyId, connectionId });
  return answer;
}

async function apply(deps: Deps, call: AnyCall): Promise<Answer> {
  const { companyId, name } = call.caller;
  const planId = String(call.params["id"]);
  const { connectionId, answer } = await deps.database.withCompany(companyId, async (tx) => {
    const plan = await readPlan(tx, planId);
    if (!plan) throw notFound();
    if (!(await isAtWork(tx, plan))) throw inactive();
    const asked = await askToApply(tx, planId, name);
    if (!asked) throw notReady(plan);
    await ringFor(deps, tx, call, plan);
    return {
      connectionId: plan.connectionId,
      answer: await answerOf(deps, tx, asked.plan, asked.sessionId),
    };
  });
  deps.frontDoor.signal({ companyId, connectionId });
  return answer;
}

const inactive = () =>
  new Problem(
    "not_connected",
    "The connection is paused, or waits for consent or for its calendar.",
  );

function notReady({ kind, state }: Plan): Problem {
  if (kind === "deletions")
    return new Problem("conflict", "Held deletions are approved or rejected, not applied.");
  return state === "asked"
    ? new Problem("plan_under_way", "The plan is still being drawn up.")
    : new Problem("already_settled", "The plan waits no more: ask for a new preview.");
}

async function settle(
  deps: Deps,
  call: AnyCall,
  how: (tx: Tx, planId: string, by: string) => Promise<Plan | null>,
): Promise<Answer> {
  const { companyId, name } = call.caller;
  const planId = String(call.params["id"]);
  const { plan, isRung } = await deps.database.withCompany(companyId, async (tx) => {
    if (!(await readPlan(tx, planId))) throw notFound();
    const plan = await how(tx, planId, name);
    if (!plan)
      throw new Problem(
        "already_settled",
        "This plan was settled already, is of another kind, or has gone away by itself.",
      );
    const isRung = await isAtWork(tx, plan);
    if (isRung) await ringFor(deps, tx, call, plan);
    return { plan, isRung };
  });
  if (isRung) deps.frontDoor.signal({ companyId, connectionId: plan.connectionId });
  return ok(toPlan(plan));
}

async function isAtWork(tx: Tx, { connectionId }: Plan): Promise<boolean> {
  const connection = await readConnection(tx, connectionId);
  return connection !== null && isActive(connection);
}

/** A ring that no plan's session serves: should the signal be lost, the sweep finds it. */
async function ringFor(deps: Deps, tx: Tx, call: AnyCall, plan: Plan): Promise<void> {
  const { companyId, name: by } = call.caller;
  const { connectionId } = plan;
  await deps.frontDoor.ringIn(tx, { companyId, connectionId, trigger: "manual", by });
}

async function answerOf(deps: Deps, tx: Tx, plan: Plan, sessionId: string): Promise<Answer> {
  const session = await readSession(tx, sessionId);
  if (!session) throw notFound();
  return {
    status: 202,
    body: { plan: toPlan(plan), session: toSession(deps, session) },
    headers: { Location: `/api/plans/${plan.id}` },
  };
}
