import { Context } from "@temporalio/activity";
import { readConnection } from "../db/connections.ts";
import { noteFailure, notePass } from "../db/health.ts";
import { addLog, finishSession, readCounts, startSession } from "../db/progress.ts";
import { ring, serveRings, takeRings } from "../db/rings.ts";
import { addWaiter, readSession, takeWaiters } from "../db/waiters.ts";
import { nextAttemptIn } from "../db/writes.ts";
import { mayOpenChannel } from "../db/channels.ts";
import type { Bounds } from "../sync/cadence.ts";
import type { ActivityDeps } from "./deps.ts";
import { backoffMs } from "./failures.ts";
import type { ConnectionRef } from "./open-connection.ts";

export type Opening =
  | { kind: "idle"; why: string }
  | {
      kind: "run";
      sessionId: string;
      provider: string;
      trigger: string;
      streams: readonly string[];
      needsChannel: boolean;
      /** A limit that is known already; no call before it has a chance. */
      waitUntilMs: number | null;
      pace: { lingerMs: number; bounds: Bounds };
    };

export interface Failure {
  code: string;
  message: string;
}

export interface Closing {
  /** Somebody has rung since the session took its rings. */
  again: boolean;
  /** Until a postponed write is due again, where that is soon. */
  retryInMs: number | null;
  waiters: string[];
  failed: boolean;
  summary: string;
}

const soonMs = 5 * 60_000;

/** Takes the rings there are for one session; repeated before it closes, it answers the same session. */
export async function openSession(deps: ActivityDeps, ref: ConnectionRef): Promise<Opening> {
  const { workflowExecution } = Context.current().info;
  const opening = await deps.db.withCompany(ref.companyId, async (tx): Promise<Opening> => {
    const connection = await readConnection(tx, ref.connectionId);
    if (!connection || connection.disconnectedAt) return { kind: "idle", why: "disconnected" };
    if (!connection.enabled) return { kind: "idle", why: connection.pausedReason ?? "paused" };
    if (connection.grantState !== "ok") return { kind: "idle", why: connection.grantState };
    if (Object.keys(connection.settings).length === 0)
      return { kind: "idle", why: "no calendar has been chosen" };
    const taken = await takeRings(tx, ref.connectionId);
    if (!taken) return { kind: "idle", why: "nobody has rung" };
    const session = await readSession(tx, taken.sessionId);
    await startSession(tx, taken.sessionId, {
      workflowId: workflowExecution?.workflowId ?? "",
      runId: workflowExecution?.runId ?? "",
    });
    if (!taken.resumed)
      await addLog(tx, { ...ref, sessionId: taken.sessionId }, "info", "session started");
    const connector = deps.registry.get(connection.provider);
    return {
      kind: "run",
      sessionId: taken.sessionId,
      provider: connection.provider,
      trigger: session?.trigger ?? "manual",
      streams: connector.streams,
      needsChannel:
        connection.watchable &&
        connector.webhook !== undefined &&
        (await mayOpenChannel(tx, ref.connectionId, deps.config.RETRY_MAX_MS)),
      waitUntilMs:
        connection.waitUntil && connection.waitUntil.getTime() > deps.now()
          ? connection.waitUntil.getTime()
          : null,
      pace: {
        lingerMs: deps.config.LINGER_MS,
        bounds: {
          minMs: deps.config.SESSION_SPACING_MIN_MS,
          maxMs: deps.config.SESSION_SPACING_MAX_MS,
        },
      },
    };
  });
  deps.crash("session opened");
  return opening;
}

/** Closes a session and answers what comes next. Repeated, it changes nothing more. */
export async function closeSession(
  deps: ActivityDeps,
  input: ConnectionRef & { sessionId: string; failure: Failure | null },
): Promise<Closing> {
  const { connectionId, sessionId, failure } = input;
  const closing = await deps.db.withCompany(input.companyId, async (tx) => {
    const { again } = await serveRings(tx, connectionId, sessionId);
    await finishSession(tx, sessionId, failure);
    if (failure) {
      const retryInMs = backoffMs(6, {
        minMs: deps.config.RETRY_MIN_MS,
        maxMs: deps.config.RETRY_MAX_MS,
      });
      await noteFailure(tx, connectionId, { ...failure, retryInMs });
    } else {
      await notePass(tx, connectionId);
    }
    const summary = sentence(await readCounts(tx, sessionId), failure);
    await addLog(tx, input, failure ? "error" : "info", summary);
    const due = failure ? null : await nextAttemptIn(tx, connectionId);
    return {
      again,
      retryInMs: due !== null && due <= soonMs ? Math.max(0, due) : null,
      waiters: await takeWaiters(tx, sessionId),
      failed: failure !== null,
      summary,
    };
  });
  deps.crash("session closed");
  return closing;
}

/** The first line that a person reads: always the same five numbers, for both sides together. */
function sentence(
  counts: { created: number; updated: number; deleted: number; unchanged: number; failed: number },
  failure: Failure | null,
): string {
  const numbers = `${counts.created} created, ${counts.updated} updated, ${counts.deleted} deleted, ${counts.unchanged} unchanged, ${counts.failed} failed`;
  return failure ? `ended early (${failure.code}: ${failure.message}): ${numbers}` : numbers;
}

/** A postponed write is due again. */
export async function ringFollowUp(deps: ActivityDeps, ref: ConnectionRef): Promise<void> {
  await deps.db.withCompany(ref.companyId, (tx) =>
    ring(tx, { ...ref, trigger: "follow-up", by: "system" }),
  );
}

/** Rings for a schedule; `workflowId` is told when the session has ended. Null where nothing can run. */
export async function ringForSchedule(
  deps: ActivityDeps,
  input: ConnectionRef & { scheduleId: string; workflowId: string },
  signal: (ref: ConnectionRef) => Promise<void>,
): Promise<{ sessionId: string } | null> {
  const rung = await deps.db.withCompany(input.companyId, async (tx) => {
    const connection = await readConnection(tx, input.connectionId);
    if (!connection?.enabled || connection.disconnectedAt || connection.grantState !== "ok")
      return null;
    const answer = await ring(tx, { ...input, trigger: "schedule", by: "system" });
    await addWaiter(tx, answer.sessionId, input.workflowId);
    return answer;
  });
  deps.crash("ring committed");
  if (rung?.signal) await signal(input);
  return rung && { sessionId: rung.sessionId };
}

export async function readOutcome(
  deps: ActivityDeps,
  input: ConnectionRef & { sessionId: string },
): Promise<{ failed: boolean; message: string }> {
  const session = await deps.db.withCompany(input.companyId, (tx) =>
    readSession(tx, input.sessionId),
  );
  return {
    failed: session?.status !== "completed",
    message: session?.error ?? session?.status ?? "the session is gone",
  };
}
