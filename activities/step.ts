import { Context } from "@temporalio/activity";
import { beginAttempt, requireCurrent } from "../db/attempts.ts";
import { markNeedsReauth } from "../db/grants.ts";
import { noteRecovery, noteSetback, noteWait } from "../db/health.ts";
import { addCounts, addLog } from "../db/progress.ts";
import type { ActivityDeps } from "./deps.ts";
import { backoffMs, type Setback, setbackOf, type StepResult } from "./failures.ts";
import { momentAfter, noteLimit } from "./limits.ts";
import { openConnection, type Opened } from "./open-connection.ts";
import type { ConnectionRef, OpenOptions } from "./open-provider.ts";

export interface StepInput extends ConnectionRef {
  sessionId: string;
}

/** One attempt at one step of a session, on a connection as `open` opened it. */
export interface AttemptOn<On> extends StepInput {
  epoch: number;
  opened: On;
}

/** One attempt at one step of a calendar's session. */
export interface Attempt extends AttemptOn<Opened> {
  /** The plan that a push carries out: it sends exactly that, and leaves what has moved. */
  carriesOut?: string | undefined;
}

/** What a step needs to know of a connection, whatever it has. */
interface Metered {
  account: string;
  calls(): number;
}

/** Failures in a row after which a session ends with an error and the next poll tries again. */
const patience = 6;

export function runStep(
  deps: ActivityDeps,
  input: StepInput,
  work: (attempt: Attempt) => Promise<StepResult>,
): Promise<StepResult> {
  return runStepOn(deps, input, openConnection, work);
}

/**
 * Runs one step of a session as the newest attempt on its connection, and turns what a provider can do
 * to us into a result. Anything else (the database, a defect) is thrown: Temporal tries again.
 */
export async function runStepOn<On extends Metered>(
  deps: ActivityDeps,
  input: StepInput,
  open: (deps: ActivityDeps, ref: ConnectionRef, options: OpenOptions) => Promise<On>,
  work: (attempt: AttemptOn<On>) => Promise<StepResult>,
): Promise<StepResult> {
  const { epoch, halted } = await deps.db.withCompany(input.companyId, (tx) =>
    beginAttempt(tx, input.connectionId),
  );
  if (halted) return { outcome: "stop", ...halted };
  let opened: On | null = null;
  try {
    opened = await open(deps, input, { epoch });
    const result = await work({ ...input, epoch, opened });
    await finish(deps, input, opened, result);
    return result;
  } catch (error) {
    const setback = setbackOf(error);
    // A call that we were told to break off says nothing of the provider.
    if (!setback || Context.current().cancellationSignal.aborted) throw error;
    return settleSetback(deps, { ...input, epoch }, opened, setback);
  }
}

async function finish(
  deps: ActivityDeps,
  input: StepInput,
  opened: Metered,
  result: StepResult,
): Promise<void> {
  await deps.db.withCompany(input.companyId, async (tx) => {
    if (opened.calls() > 0) await addCounts(tx, input.sessionId, { providerCalls: opened.calls() });
    if (result.outcome === "done" || result.outcome === "more")
      await noteRecovery(tx, input.connectionId);
  });
}

async function settleSetback(
  deps: ActivityDeps,
  input: StepInput & { epoch: number },
  opened: Metered | null,
  setback: Setback,
): Promise<StepResult> {
  return deps.db.withCompany(input.companyId, async (tx) => {
    await requireCurrent(tx, input.connectionId, input.epoch);
    if (opened && opened.calls() > 0)
      await addCounts(tx, input.sessionId, { providerCalls: opened.calls() });
    if (setback.kind === "stop") {
      if (setback.code === "needs_reauth")
        await markNeedsReauth(tx, input.connectionId, setback.message);
      return { outcome: "stop", code: setback.code, message: setback.message } as const;
    }
    if (setback.kind === "limited") {
      const { connectionId } = input;
      const of = { connectionId, account: opened?.account ?? null };
      const until = await noteLimit(tx, of, setback.delayMs);
      await addLog(tx, input, "warn", "the provider limits us", { delayMs: setback.delayMs });
      return { outcome: "wait", untilMs: until.getTime(), why: "quota" } as const;
    }
    const failures = await noteSetback(tx, input.connectionId, {
      code: "provider_unavailable",
      message: setback.message,
    });
    await addLog(tx, input, "warn", "the provider could not be reached or believed", {
      failures,
      reason: setback.message,
    });
    if (failures >= patience)
      return { outcome: "stop", code: "provider_unavailable", message: setback.message } as const;
    const backoff = backoffMs(failures, {
      minMs: deps.config.RETRY_MIN_MS,
      maxMs: deps.config.RETRY_MAX_MS,
    });
    const until = await momentAfter(tx, Math.max(backoff, setback.atLeastMs));
    await noteWait(tx, input.connectionId, { until, reason: "provider" });
    return { outcome: "wait", untilMs: until.getTime(), why: "provider" } as const;
  });
}
