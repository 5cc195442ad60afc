import { Context } from "@temporalio/activity";
import type { Tx } from "../db/client.ts";
import { type Connection, readConnection } from "../db/connections.ts";
import { databaseNow } from "../db/clock.ts";
import { noteFailure, notePass } from "../db/health.ts";
import { addLog, finishSession, readCounts, startSession } from "../db/progress.ts";
import type { AnyConnector } from "../connectors/registry.ts";
import { leaveRings, ring, serveRings, takeRings, usualStreams } from "../db/rings.ts";
import { addWaiter, readSession, takeWaiters } from "../db/waiters.ts";
import { nextAttemptIn } from "../db/writes.ts";
import { noteRun, readSchedule } from "../db/schedules.ts";
import { mayOpenChannel } from "../db/channels.ts";
import type { Bounds } from "../sync/cadence.ts";
import type { ActivityDeps } from "./deps.ts";
import { backoffMs, type StopCode } from "./failures.ts";
import { closePlan, planFirst, triesAgainLater } from "./plan-sessions.ts";
import type { ConnectionRef } from "./open-connection.ts";
import type { Outward } from "./tell-temporal.ts";

/** What a session does that is not an ordinary sync. */
export interface Mode {
  kind: "preview" | "apply" | "undo";
  planId: string;
}

export type Opening =
  | { kind: "idle"; why: string }
  | {
      kind: "run";
      sessionId: string;
      /** What the connection holds: the steps of a session differ. */
      holds: AnyConnector["kind"];
      /** Where the session draws up or carries out a plan; absent for an ordinary one. */
      mode?: Mode;
      provider: string;
      trigger: string;
      streams: readonly string[];
      /** What is read item by item after them; nothing of a calendar. */
      history: readonly string[];
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
/** Providers that stop sending without a word are asked at most once an hour whether they still do. */
const checkedForMs = 25 * 60 * 60_000;

/** Takes the rings there are for one session; repeated before it closes, it answers the same session. */
export async function openSession(deps: ActivityDeps, ref: ConnectionRef): Promise<Opening> {
  const { workflowExecution } = Context.current().info;
  const opening = await deps.db.withCompany(ref.companyId, async (tx): Promise<Opening> => {
    const connection = await readConnection(tx, ref.connectionId);
    const why = whyIdle(connection);
    if (!connection || why !== null) {
      await leaveRings(tx, ref.connectionId);
      return { kind: "idle", why: why ?? "disconnected" };
    }
    const planned = await planFirst(deps, tx, connection);
    if (planned?.kind === "wait") {
      await leaveRings(tx, ref.connectionId);
      return { kind: "idle", why: planned.why };
    }
    const taken = planned ?? (await takeRings(tx, ref.connectionId));
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
      holds: connector.kind,
      ...(planned && { mode: planned.mode }),
      provider: connection.provider,
      trigger: session?.trigger ?? "manual",
      streams: streamsOf(connector, session?.streams ?? []),
      history: historyOf(connector),
      needsChannel:
        !planned &&
        connection.watchable &&
        isWatched(connector) &&
        (await mayOpenChannel(tx, ref.connectionId, {
          pauseMs: deps.config.RETRY_MAX_MS,
          forMs: connector.kind === "records" ? checkedForMs : 0,
        })),
      waitUntilMs:
        connection.waitUntil && connection.waitUntil > (await databaseNow(tx))
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

/** Why no session can run on a connection now; null where one can. */
function whyIdle(connection: Connection | null): string | null {
  if (!connection || connection.disconnectedAt) return "disconnected";
  if (!connection.enabled) return "paused";
  if (connection.grantState !== "ok") return connection.grantState;
  return Object.keys(connection.settings).length === 0 ? "no calendar has been chosen" : null;
}

/** Those that its rings asked for, in the connector's own order; all of them where nobody chose. */
function streamsOf({ streams }: AnyConnector, asked: readonly string[]): readonly string[] {
  if (asked.length === 0 || asked.includes(usualStreams)) return streams;
  return streams.filter((stream) => asked.includes(stream));
}

function historyOf(connector: AnyConnector): string[] {
  if (connector.kind === "calendar") return [];
  const shapes = Object.entries(connector.shapes);
  return shapes.flatMap(([stream, { of }]) => (of === undefined ? [] : [stream]));
}

const isWatched = (connector: AnyConnector): boolean =>
  connector.kind === "calendar" ? connector.webhook !== undefined : connector.signals !== undefined;

/** Closes a session and answers what comes next. Repeated, it changes nothing more. */
export async function closeSession(
  deps: ActivityDeps,
  input: ConnectionRef & { sessionId: string; failure: Failure | null },
): Promise<Closing> {
  const { connectionId, sessionId, failure } = input;
  const closing = await deps.db.withCompany(input.companyId, async (tx) => {
    const { again } = await serveRings(tx, connectionId, sessionId);
    const session = await readSession(tx, sessionId);
    await finishSession(tx, sessionId, failure);
    await closePlan(tx, session, sessionId, failure);
    // A preview has stored nothing of what it read, and an undo has read nothing.
    if (failure === null) {
      if (session?.kind !== "preview" && session?.kind !== "undo") await notePass(tx, connectionId);
    } else if (!asked.has(failure.code)) await noteTrouble(deps, tx, connectionId, failure);
    const summary = sentence(await readCounts(tx, sessionId), failure);
    await addLog(tx, input, failure ? "error" : "info", summary);
    const due = failure ? null : await nextAttemptIn(tx, connectionId);
    return {
      again: again && !(await triesAgainLater(tx, connectionId, session, failure)),
      retryInMs: due !== null && due <= soonMs ? Math.max(0, due) : null,
      waiters: await takeWaiters(tx, sessionId),
      failed: failure !== null,
      summary,
    };
  });
  deps.crash("session closed");
  return closing;
}

/** Ends that somebody has asked for: nothing is wrong with the connection. */
const asked: ReadonlySet<string> = new Set<StopCode>([
  "paused",
  "disconnected",
  "moved",
  "discarded",
]);

async function noteTrouble(
  deps: ActivityDeps,
  tx: Tx,
  connectionId: string,
  failure: Failure,
): Promise<void> {
  const { RETRY_MIN_MS: minMs, RETRY_MAX_MS: maxMs } = deps.config;
  const retryInMs = backoffMs(6, { minMs, maxMs });
  await noteFailure(tx, connectionId, { ...failure, retryInMs });
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
  outward: Pick<Outward, "signal" | "schedules">,
): Promise<{ sessionId: string } | null> {
  const { scheduleId } = input;
  const state = await outward.schedules.describe(scheduleId).catch(() => null);
  const rung = await deps.db.withCompany(input.companyId, async (tx) => {
    const connection = await readConnection(tx, input.connectionId);
    if (!connection?.enabled || connection.disconnectedAt || connection.grantState !== "ok")
      return null;
    const streams = (await readSchedule(tx, scheduleId))?.streams ?? [];
    await noteRun(tx, scheduleId, state?.next[0] ?? null);
    const answer = await ring(tx, { ...input, streams, trigger: "schedule", by: "system" });
    await addWaiter(tx, answer.sessionId, input.workflowId);
    return answer;
  });
  deps.crash("ring committed");
  if (rung?.signal) await outward.signal(input);
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
