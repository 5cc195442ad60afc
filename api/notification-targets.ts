import { z } from "zod";
import { readConnection } from "../db/connections.ts";
import type { Tx } from "../db/client.ts";
import { listDeliveries } from "../db/delivery-queries.ts";
import {
  changeTarget,
  createTarget,
  deleteTarget,
  listTargets,
  type NotificationTarget,
  readTarget,
  type TargetChoice,
} from "../db/notification-targets.ts";
import { listed } from "./listed.ts";
import { byId, bySerial, cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import { notFound, wrong } from "./problems.ts";
import { type Answer, type Call, made, ok, type Route, route } from "./route.ts";
import type { Deps } from "./deps.ts";
import { accepted, newSecret } from "./target-address.ts";
import { deliveryShape, targetChoice, targetShape, toTarget } from "./target-shape.ts";

const common = { role: "admin", tag: "notifications" } as const;
const answers = { 200: { description: "The target", schema: targetShape } };

const address = z.string().trim().min(3).max(2_048).meta({
  description: "A mail address, or the https address of a webhook; it is never shown again",
});
const choice = z.strictObject({ ...targetChoice, address, enabled: z.boolean() }).partial();
const added = choice
  .omit({ enabled: true })
  .required({ name: true, address: true })
  .extend({ kind: targetShape.shape.kind })
  .meta({ id: "NewNotificationTarget" });
type New = z.output<typeof added>;
type Patch = z.output<typeof choice>;
type IdCall<Body = unknown> = Call<Record<string, unknown>, unknown, Body>;

export const notificationTargetRoutes: Route[] = [
  route({
    ...common,
    method: "get",
    path: "/api/notification-targets",
    summary: "Where people are told, without the addresses",
    query: z.strictObject(pageQuery),
    answers: { 200: { description: "Targets", schema: pageOf(targetShape) } },
    handle: async (deps, call) => {
      const { limit = defaultLimit, cursor } = call.query;
      const after = readCursor(cursor, byId)?.id;
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        listTargets(tx, { after, limit: limit + 1 }),
      );
      const page = cut(found, limit, (last) => ({ id: last.id }));
      return listed(call, { ...page, items: page.items.map(toTarget) });
    },
  }),
  route({
    ...common,
    method: "post",
    path: "/api/notification-targets",
    summary: "Adds a place to tell people: mail, Slack, Discord or a webhook",
    description:
      "A generic webhook is signed as Standard Webhooks has it; the secret to check it with is shown once.",
    body: added,
    answers: {
      201: {
        description: "The target and, of a webhook, the secret that signs what it gets",
        schema: targetShape
          .extend({ secret: z.string().nullable() })
          .meta({ id: "ShownNotificationTarget" }),
      },
    },
    handle: (deps, call) => add(deps, call),
  }),
  route({
    ...common,
    method: "get",
    path: "/api/notification-targets/:id",
    summary: "A target: what it is told, and how it fares",
    answers,
    handle: async (deps, call) =>
      ok(toTarget(await inCompany(deps, call, (tx) => readTarget(tx, idOf(call))))),
  }),
  route({
    ...common,
    method: "patch",
    path: "/api/notification-targets/:id",
    summary: "Changes a target; switched on again, or given another address, it starts afresh",
    body: choice.meta({ id: "NotificationTargetPatch" }),
    answers,
    handle: (deps, call) => change(deps, call),
  }),
  route({
    ...common,
    method: "delete",
    path: "/api/notification-targets/:id",
    summary: "Takes a target away, and what was on its way to it",
    answers: { 204: { description: "It is gone" } },
    handle: async (deps, call) => {
      const isGone = await deps.database.withCompany(call.caller.companyId, (tx) =>
        deleteTarget(tx, idOf(call)),
      );
      if (!isGone) throw notFound();
      return { status: 204 };
    },
  }),
  route({
    ...common,
    method: "get",
    path: "/api/notification-targets/:id/deliveries",
    summary: "What was sent to a target, newest first, and what became of it",
    query: z.strictObject(pageQuery),
    answers: { 200: { description: "Deliveries", schema: pageOf(deliveryShape) } },
    handle: async (deps, call) => {
      const { limit = defaultLimit, cursor } = call.query;
      const before = readCursor(cursor, bySerial)?.id;
      await inCompany(deps, call, (tx) => readTarget(tx, idOf(call)));
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        listDeliveries(tx, idOf(call), { before, limit: limit + 1 }),
      );
      return listed(
        call,
        cut(found, limit, (last) => ({ id: last.id })),
      );
    },
  }),
];

const idOf = (call: Pick<IdCall, "params">): string => String(call.params["id"]);

async function inCompany<T>(
  deps: Deps,
  call: Pick<IdCall, "caller">,
  work: (tx: Tx) => Promise<T | null>,
): Promise<T> {
  const found = await deps.database.withCompany(call.caller.companyId, work);
  if (found === null) throw notFound();
  return found;
}

async function add(deps: Deps, call: Call<unknown, unknown, New>): Promise<Answer> {
  const { address: entered, kind, name, ...chosen } = call.body;
  const { companyId } = call.caller;
  const secret = kind === "webhook" ? newSecret() : null;
  const addressed = accepted(deps, kind, entered);
  const target = await inCompany(deps, call, async (tx) => {
    await refuseStranger(tx, chosen.connectionId);
    const of = { id: call.newId, companyId, kind, name, secret };
    return createTarget(tx, deps.keyRing, { ...of, ...addressed, ...given(chosen) });
  });
  return made({ ...toTarget(target), secret }, `/api/notification-targets/${target.id}`);
}

async function change(deps: Deps, call: IdCall<Patch>): Promise<Answer> {
  const { address: entered, ...chosen } = call.body;
  const of = { id: idOf(call), companyId: call.caller.companyId };
  const changed = await inCompany(deps, call, async (tx): Promise<NotificationTarget | null> => {
    const before = await readTarget(tx, of.id);
    if (!before) return null;
    await refuseStranger(tx, chosen.connectionId);
    const addressed = entered === undefined ? {} : accepted(deps, before.kind, entered);
    return changeTarget(tx, deps.keyRing, of, { ...given(chosen), ...addressed });
  });
  return ok(toTarget(changed));
}

async function refuseStranger(tx: Tx, connectionId: string | null | undefined): Promise<void> {
  if (connectionId == null) return;
  if (!(await readConnection(tx, connectionId)))
    throw wrong("/connectionId", "There is no such connection.");
}

/** What was said, without what was not. */
function given(chosen: Omit<Patch, "address">): TargetChoice {
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined));
}
