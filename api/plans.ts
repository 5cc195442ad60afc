import { z } from "zod";
import { readConnection } from "../db/connections.ts";
import { listHeldRecords } from "../db/held-records.ts";
import { listHeld } from "../db/held.ts";
import { listItems } from "../db/plan-items.ts";
import { listPlans, type Plan, readPlan } from "../db/plan-rows.ts";
import type { Tx } from "../db/client.ts";
import { hasRecords } from "./calendar-only.ts";
import type { Deps } from "./deps.ts";
import { listed } from "./listed.ts";
import { byId, bySerial, cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import {
  action,
  itemShape,
  planKind,
  planShape,
  planState,
  side,
  toHeldItem,
  toHeldRecord,
  toItem,
  toPlan,
} from "./plan-shape.ts";
import { notFound } from "./problems.ts";
import { type Answer, type Call, ok, type Route, route } from "./route.ts";
import { id } from "./validation.ts";

const common = { method: "get", role: "member", tag: "plans" } as const;

const itemQuery = z.strictObject({
  ...pageQuery,
  side: side.optional(),
  action: action.optional(),
});
type ItemCall = Call<Record<string, unknown>, z.output<typeof itemQuery>, unknown>;

export const planRoutes: Route[] = [
  route({
    ...common,
    path: "/api/plans",
    summary: "What waits for a person or did: previews, and deletions beyond the ordinary",
    query: z.strictObject({
      ...pageQuery,
      state: planState.optional(),
      kind: planKind.optional(),
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
  route({
    ...common,
    path: "/api/plans/:id",
    summary: "A plan: what it is for, how far it is, and what has moved since",
    answers: { 200: { description: "The plan", schema: planShape } },
    handle: (deps, call) =>
      deps.database.withCompany(call.caller.companyId, async (tx) =>
        ok(toPlan(await found(tx, String(call.params["id"])))),
      ),
  }),
  route({
    ...common,
    path: "/api/plans/:id/items",
    summary: "The lines of a plan: item, side, action, fields before and after, rule",
    description:
      "Of held deletions the list is that of now: it grows and shrinks with what is deleted and edited, and is empty once the plan is settled.",
    query: itemQuery,
    answers: { 200: { description: "Lines, in their order", schema: pageOf(itemShape) } },
    handle: (deps, call) => items(deps, call),
  }),
];

async function found(tx: Tx, planId: string): Promise<Plan> {
  const plan = await readPlan(tx, planId);
  if (!plan) throw notFound();
  return plan;
}

function items(deps: Deps, call: ItemCall): Promise<Answer> {
  return deps.database.withCompany(call.caller.companyId, async (tx) => {
    const plan = await found(tx, String(call.params["id"]));
    if (plan.kind !== "deletions") return plannedItems(tx, call, plan);
    const connection = await readConnection(tx, plan.connectionId);
    const isOfRecords = connection !== null && hasRecords(deps, connection);
    return heldItems(tx, call, { plan, isOfRecords });
  });
}

async function plannedItems(tx: Tx, call: ItemCall, plan: Plan): Promise<Answer> {
  const { limit = defaultLimit, cursor, ...filter } = call.query;
  const after = readCursor(cursor, bySerial)?.id;
  const lines = await listItems(tx, plan.id, { ...filter, after, limit: limit + 1 });
  const page = cut(lines, limit, (last) => ({ id: last.seq }));
  return listed(call, { ...page, items: page.items.map(toItem) });
}

async function heldItems(
  tx: Tx,
  call: ItemCall,
  { plan, isOfRecords }: { plan: Plan; isOfRecords: boolean },
): Promise<Answer> {
  const { limit = defaultLimit, cursor, ...filter } = call.query;
  const after = readCursor(cursor, byId)?.id;
  const on = plan.side ?? "local";
  const isWanted =
    plan.state === "held" &&
    (filter.side ?? on) === on &&
    (filter.action ?? "deleted") === "deleted";
  const at = { after, limit: limit + 1 };
  if (isOfRecords) {
    const lines = isWanted ? await listHeldRecords(tx, plan.connectionId, at) : [];
    const page = cut(lines, limit, (last) => ({ id: last.id }));
    return listed(call, { ...page, items: page.items.map(toHeldRecord) });
  }
  const lines = isWanted ? await listHeld(tx, plan.connectionId, on, at) : [];
  const page = cut(lines, limit, (last) => ({ id: last.eventId }));
  return listed(call, { ...page, items: page.items.map((line) => toHeldItem(line, on)) });
}
