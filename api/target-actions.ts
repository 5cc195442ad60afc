import { z } from "zod";
import { changeTarget, openTarget, sealSecret } from "../db/notification-targets.ts";
import { Permanent, Retry, TargetDead, Wait } from "../notifiers/errors.ts";
import type { Message } from "../notifiers/message.ts";
import type { Deps } from "./deps.ts";
import { notFound, wrong } from "./problems.ts";
import { type Answer, type Call, nothing, ok, type Route, route } from "./route.ts";
import { newSecret } from "./target-address.ts";
import { targetShape, toTarget } from "./target-shape.ts";
import { moment } from "./validation.ts";

const common = { role: "admin", tag: "notifications", method: "post" } as const;
type IdCall<Body = unknown> = Call<Record<string, unknown>, unknown, Body>;

const tested = z
  .object({
    outcome: z.enum(["sent", "wait", "retry", "permanent", "dead"]).meta({
      description:
        "`wait` and `retry` may work later; `permanent` and `dead` will not until the target is changed",
    }),
    detail: z.string(),
    receipt: z.string().nullable(),
  })
  .meta({ id: "NotificationTest" });

const longestSnoozeMs = 366 * 24 * 3_600_000;

export const targetActionRoutes: Route[] = [
  route({
    ...common,
    path: "/api/notification-targets/:id/test",
    summary: "Sends a test message now, and answers what came of it",
    body: nothing.optional(),
    answers: { 200: { description: "What came of it", schema: tested } },
    handle: (deps, call) => test(deps, call),
  }),
  route({
    ...common,
    path: "/api/notification-targets/:id/snooze",
    summary: "Tells a target nothing until then; what comes up meanwhile is skipped, and listed",
    body: z.strictObject({ until: moment.nullable() }).meta({ id: "Snooze" }),
    answers: { 200: { description: "The target", schema: targetShape } },
    handle: (deps, call) => snooze(deps, call),
  }),
  route({
    ...common,
    path: "/api/notification-targets/:id/secret",
    summary: "Makes a new secret for a webhook, shown once; the old one signs nothing any more",
    body: nothing.optional(),
    answers: { 200: { description: "The secret", schema: z.object({ secret: z.string() }) } },
    handle: async (deps, call) => {
      const secret = newSecret();
      const of = { id: String(call.params["id"]), companyId: call.caller.companyId };
      const isMade = await deps.database.withCompany(of.companyId, (tx) =>
        sealSecret(tx, deps.keyRing, of, secret),
      );
      if (!isMade) throw notFound();
      return ok({ secret });
    },
  }),
];

async function test(deps: Deps, call: IdCall): Promise<Answer> {
  const of = { id: String(call.params["id"]), companyId: call.caller.companyId };
  const target = await deps.database.withCompany(of.companyId, (tx) =>
    openTarget(tx, deps.keyRing, of),
  );
  if (!target) throw notFound();
  try {
    const receipt = await deps.notifiers.send(target, testMessage(call.newId, deps.now()));
    return ok({ outcome: "sent", detail: "It was taken.", receipt });
  } catch (error) {
    const outcome = outcomeOf(error);
    if (outcome === null) throw error;
    return ok({ outcome, detail: (error as Error).message, receipt: null });
  }
}

function outcomeOf(error: unknown): Exclude<z.output<typeof tested>["outcome"], "sent"> | null {
  if (error instanceof Wait) return "wait";
  if (error instanceof Retry) return "retry";
  if (error instanceof Permanent) return "permanent";
  return error instanceof TargetDead ? "dead" : null;
}

function testMessage(id: string, now: number): Message {
  const at = new Date(now).toISOString();
  const text = "This is a test: whoever reads it will be told of the connections.";
  const line = { id: 0, kind: "test", severity: "info" as const, at, text };
  return {
    id,
    severity: "info",
    title: "Test",
    at,
    notices: [{ ...line, connectionId: null, about: null }],
    more: 0,
  };
}

async function snooze(deps: Deps, call: IdCall<{ until: Date | null }>): Promise<Answer> {
  const { until } = call.body;
  const left = until === null ? 0 : until.getTime() - deps.now();
  if (until !== null && !(left > 0 && left <= longestSnoozeMs))
    throw wrong("/until", "is not a moment within the coming year");
  const of = { id: String(call.params["id"]), companyId: call.caller.companyId };
  const changed = await deps.database.withCompany(of.companyId, (tx) =>
    changeTarget(tx, deps.keyRing, of, { snoozedUntil: until }),
  );
  if (!changed) throw notFound();
  return ok(toTarget(changed));
}
