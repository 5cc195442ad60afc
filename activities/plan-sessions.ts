import type { Tx } from "../db/client.ts";
import { type Connection, readConnection } from "../db/connections.ts";
import { countItems, leaveRest, noteDone } from "../db/plan-items.ts";
import {
  askForPlan,
  discardOverdue,
  endPlan,
  lastPreviewState,
  planUnderWay,
  sessionOfPlan,
} from "../db/plan-states.ts";
import { isServing } from "../db/rings.ts";
import type { WaitedFor } from "../db/waiters.ts";
import type { ActivityDeps } from "./deps.ts";
import type { Failure, Mode } from "./session.ts";

type Planned =
  | { kind: "run"; sessionId: string; resumed: boolean; mode: Mode }
  /** Nothing runs until a person has decided: rings only mark. */
  | { kind: "wait"; why: string };

/**
 * What a plan asks of the connection before any ring is taken; null where an ordinary session may run.
 * A session that has taken rings already is gone on with first.
 */
export async function planFirst(
  deps: ActivityDeps,
  tx: Tx,
  connection: Connection,
): Promise<Planned | null> {
  if (await isServing(tx, connection.id)) return null;
  await discardOverdue(tx, connection.id);
  const plan = (await planUnderWay(tx, connection.id)) ?? (await firstPreview(tx, connection));
  if (plan === null || plan === "discarded") {
    return plan && { kind: "wait", why: "the preview of the first sync was discarded" };
  }
  // An undo that waits keeps nobody waiting: it takes back what is still as it was.
  if (plan.kind === "undo" && plan.state === "ready") return null;
  if (plan.state === "ready") return { kind: "wait", why: "a preview waits for a person" };
  const session = await sessionOfPlan(tx, plan.id);
  if (!session) {
    deps.log.error({ planId: plan.id }, "a plan has no session; it is given up");
    await endPlan(tx, plan.id, { state: "failed", reason: "its session is gone" });
    return null;
  }
  return {
    kind: "run",
    sessionId: session.id,
    resumed: session.status === "running",
    mode: { kind: session.kind, planId: plan.id },
  };
}

/** Whether the connection's first sync is to be shown before it is made, and has not been made. */
export function awaitsFirstPreview(
  connection: Pick<Connection, "firstSync" | "lastCompletePassAt">,
): boolean {
  return connection.firstSync === "preview" && connection.lastCompletePassAt === null;
}

async function firstPreview(tx: Tx, connection: Connection) {
  if (!awaitsFirstPreview(connection)) return null;
  if ((await lastPreviewState(tx, connection.id)) === "discarded") return "discarded";
  const { companyId, id: connectionId } = connection;
  return askForPlan(tx, {
    companyId,
    connectionId,
    kind: "preview",
    reason: "The first sync of this connection is shown before it is made.",
    by: "system",
    holdMs: null,
  });
}

/** What becomes of a plan when the session ends that drew it up or carried it out. */
export async function closePlan(
  tx: Tx,
  session: Pick<WaitedFor, "kind" | "planId"> | null,
  sessionId: string,
  failure: Failure | null,
): Promise<void> {
  if (!session?.planId) return;
  const { planId, kind } = session;
  if (kind === "preview") {
    if (failure) await endPlan(tx, planId, { state: "failed", reason: failure.message });
    return;
  }
  await noteDone(tx, { planId, sessionId });
  await leaveRest(tx, planId, failure?.message ?? "it was not due; the next session decides it");
  await endPlan(tx, planId, {
    state: failure ? "failed" : "applied",
    ...(failure && { reason: failure.message }),
    summary: await countItems(tx, planId),
  });
}

/**
 * A plan's session serves no rings, so they call for the next one at once. Where that would draw up the
 * first preview again after it has failed, it is left to the next ring, poll or sweep.
 */
export async function triesAgainLater(
  tx: Tx,
  connectionId: string,
  session: Pick<WaitedFor, "kind"> | null,
  failure: Failure | null,
): Promise<boolean> {
  if (failure === null || session?.kind !== "preview") return false;
  const connection = await readConnection(tx, connectionId);
  return connection !== null && awaitsFirstPreview(connection);
}
