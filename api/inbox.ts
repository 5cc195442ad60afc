import { z } from "zod";
import { readConnection } from "../db/connections.ts";
import { listPlans, type Plan, readPlan, settlePlan } from "../db/trail.ts";
import { isActive } from "./connection-choice.ts";
import type { Deps } from "./deps.ts";
import { listed } from "./listed.ts";
import { byId, cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import { notFound, Problem } from "./problems.ts";
import { type Answer, type Call, nothing, ok, type Route, route } from "./route.ts";
import { id } from "./validation.ts";

const tag = "inbox";

const planState = z.enum([
  "held",
  "approved",
  "rejected",
  "asked",
  "ready",
  "applying",
  "applied",
  "moved",
  "discarded",
  "failed",
]);

const planShape = z
  .object({
    id: z.guid(),
    connectionId: z.guid(),
    sessionId: z.guid(),
    kind: z.enum(["deletions", "preview", "undo"]),
    side: z
      .enum(["local", "remote"])
      .nullable()
      .meta({ description: "Where the items would be deleted" }),
    reason: z.string(),
    state: planState,
    items: z.int(),
    settledBy: z.string().nullable(),
    createdAt: z.iso.datetime(),
    settledAt: z.iso.datetime().nullable(),
  })
  .meta({ id: "Plan" });

export const inboxRoutes: Route[] = [
  route({
    method: "get",
    path: "/api/plans",
    role: "member",
    tag,
    summary: "Deletions beyond the ordinary, which wait for a person",
    query: z.strictObject({
      ...pageQuery,
      state: planState.optional(),
      connectionId: id.optional(),
    }),
    answers: { 200: { description: "Plans", schema: pageOf(planShape) } },
    handle: async (deps, call) => {
      const { limit = defaultLimit, cursor, ...filter } = call.query;
      const after = readCursor(cursor, byId)?.id;
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        listPlans(tx, filter, { after, limit: limit + 1 }),
      );
      const page = cut(found, limit, (last) => ({ id: last.id }));
      return listed(call, { ...page, items: page.items.map(toPlan) });
    },
  }),
  settling("approve", "approved", "Lets the deletions pass, each decided anew"),
  settling("reject", "rejected", "Keeps the items: what one side deleted comes back to it"),
];

function settling(
  verb: "approve" | "reject",
  state: "approved" | "rejected",
  summary: string,
): Route {
  return route({
    method: "post",
    path: `/api/plans/:id/${verb}`,
    role: "admin",
    tag,
    summary,
    body: nothing.optional(),
    answers: { 200: { description: "The plan", schema: planShape } },
    handle: (deps, call) => settle(deps, call, state),
  });
}

async function settle(
  deps: Deps,
  call: Call<Record<string, unknown>, unknown, unknown>,
  state: "approved" | "rejected",
): Promise<Answer> {
  const { companyId, name } = call.caller;
  const planId = String(call.params["id"]);
  const { plan, signal } = await deps.database.withCompany(companyId, async (tx) => {
    if (!(await readPlan(tx, planId))) throw notFound();
    const settled = await settlePlan(tx, planId, { state, by: name });
    if (!settled)
      throw new Problem(
        "already_settled",
        "This plan was settled already, or has gone away by itself.",
      );
    const { connectionId } = settled;
    const connection = await readConnection(tx, connectionId);
    if (!connection || !isActive(connection)) return { plan: settled, signal: false };
    const rung = await deps.frontDoor.ringIn(tx, {
      companyId,
      connectionId,
      trigger: "manual",
      by: name,
    });
    return { plan: settled, signal: rung.signal };
  });
  if (signal) deps.frontDoor.signal({ companyId, connectionId: plan.connectionId });
  return ok(toPlan(plan));
}

function toPlan(plan: Plan): z.output<typeof planShape> {
  const {
    id: planId,
    connectionId,
    sessionId,
    kind,
    side,
    reason,
    state,
    items,
    settledBy,
    createdAt,
    settledAt,
  } = plan;
  return {
    id: planId,
    connectionId,
    sessionId,
    kind,
    side,
    reason,
    state,
    items,
    settledBy,
    createdAt: createdAt.toISOString(),
    settledAt: settledAt?.toISOString() ?? null,
  };
}
