import { Context } from "@temporalio/activity";
import { Gone, InvalidResponse, Unavailable } from "../../connectors/errors.ts";
import type { Details } from "../../connectors/records.ts";
import { requireCurrent } from "../../db/attempts.ts";
import type { Tx } from "../../db/client.ts";
import { addCounts, addLog, noteProgress } from "../../db/progress.ts";
import {
  countWork,
  deferWork,
  finishWork,
  markOldDetails,
  noteWorkFailed,
  takeWork,
  type Work,
} from "../../db/record-work.ts";
import { knownOfParent, markGone, noteAbsent } from "../../db/records.ts";
import type { ActivityDeps } from "../deps.ts";
import { pauseAskedFor, type StepResult } from "../failures.ts";
import { runStepOn, type StepInput } from "../step.ts";
import { openRecords, type RecordsAttempt } from "./open.ts";
import { isReadOneByOne } from "./pull.ts";
import { newest, storeReadings } from "./store.ts";

const atOnce = 20;
/** Failures of one item within a session after which it is set aside until the next. */
const patience = 3;
/** So many different items that fail in a row say that it is the provider. */
const inARow = 4;

/**
 * The second step of a session: reads what no listing tells, for the items that are new, changed, named
 * by a signal, or were not looked at for long. One that fails again and again is set aside, keeps its
 * last state, and is in nobody's way.
 */
export function readHistory(deps: ActivityDeps, input: StepInput): Promise<StepResult> {
  return runStepOn(deps, input, openRecords, async (attempt) => {
    const { connector, remote } = attempt.opened;
    if (!remote.details) return { outcome: "done" };
    const maxAgeMs = connector.detailsMaxAgeMs;
    if (maxAgeMs !== undefined) await markOld(deps, attempt, maxAgeMs);
    const end = deps.now() + deps.config.ACTIVITY_BUDGET_MS;
    const total = await deps.db.withCompany(input.companyId, (tx) => countWork(tx, input));
    let done = 0;
    let failures = 0;
    for (;;) {
      const work = await deps.db.withCompany(input.companyId, (tx) => takeWork(tx, input, atOnce));
      if (work.length === 0) return { outcome: "done" };
      for (const one of work) {
        const failure = await readOne(deps, attempt, one, { done: (done += 1), total });
        failures = failure ? failures + 1 : 0;
        if (failure && failures >= inARow) throw failure;
        if (deps.now() > end) return { outcome: "more" };
      }
    }
  });
}

async function markOld(
  deps: ActivityDeps,
  { companyId, connectionId, opened }: RecordsAttempt,
  maxAgeMs: number,
): Promise<void> {
  for (const stream of opened.connector.streams) {
    if (!isReadOneByOne(opened, stream)) continue;
    await deps.db.withCompany(companyId, (tx) =>
      markOldDetails(tx, { companyId, connectionId, stream }, maxAgeMs),
    );
  }
}

/** Reads and stores what belongs to one item. Answers what was wrong, where that is this item's matter. */
async function readOne(
  deps: ActivityDeps,
  attempt: RecordsAttempt,
  work: Work,
  progress: { done: number; total: number },
): Promise<Error | null> {
  const details = await detailsOf(attempt, work).catch((error: unknown) => {
    if (isOwnMatter(error)) return error;
    throw error;
  });
  deps.crash("page fetched");
  await deps.db.withCompany(attempt.companyId, async (tx) => {
    await requireCurrent(tx, attempt.connectionId, attempt.epoch);
    if (details instanceof Error) await noteFailed(tx, attempt, work, details);
    else await storeDetails(deps, tx, attempt, { work, details });
    await noteProgress(tx, attempt.sessionId, {
      step: "history",
      stream: work.stream,
      ...progress,
    });
  });
  deps.crash("page stored");
  return details instanceof Error ? details : null;
}

/** Null: the item itself is not there; whether it was deleted, its own listing tells. */
async function detailsOf({ opened }: RecordsAttempt, work: Work): Promise<Details | null> {
  const { remote } = opened;
  try {
    const signal = Context.current().cancellationSignal;
    return (await remote.details?.(work.stream, work.remoteId, signal)) ?? null;
  } catch (error) {
    if (error instanceof Gone) return null;
    throw error;
  }
}

/** Where the provider asks to be left alone, it is not about the item. */
function isOwnMatter(error: unknown): error is Error {
  if (error instanceof InvalidResponse) return true;
  return (
    error instanceof Unavailable &&
    pauseAskedFor(error) === null &&
    !Context.current().cancellationSignal.aborted
  );
}

async function noteFailed(
  tx: Tx,
  attempt: RecordsAttempt,
  work: Work,
  { message }: Error,
): Promise<void> {
  const isAside = work.attempts + 1 >= patience;
  await noteWorkFailed(tx, attempt, work, {
    error: message,
    setAsideBy: isAside ? attempt.sessionId : null,
  });
  if (!isAside) return;
  const { stream, remoteId } = work;
  await addLog(tx, attempt, "warn", "set aside: it keeps its last state", {
    stream,
    remoteId,
    reason: message,
  });
  await addCounts(tx, attempt.sessionId, { local: { ...none, failed: 1 } });
}

const none = { created: 0, updated: 0, deleted: 0, unchanged: 0, failed: 0 };

interface Read {
  work: Work;
  details: Details | null;
}

async function storeDetails(
  deps: ActivityDeps,
  tx: Tx,
  attempt: RecordsAttempt,
  { work, details }: Read,
): Promise<void> {
  const { companyId, connectionId, sessionId, opened } = attempt;
  let isDoubted = false;
  for (const [stream, changes] of Object.entries(details ?? {})) {
    const of = { companyId, connectionId, sessionId, stream };
    const readings = newest(changes);
    const ids = readings.map(({ remoteId }) => remoteId);
    const known = await knownOfParent(tx, of, work.remoteId, ids);
    const storing = { ...of, keys: deps.keys, identify: opened.identify };
    const { counts } = await storeReadings(tx, storing, readings, known);
    await addCounts(tx, sessionId, { local: counts });
    const shown = new Set(ids);
    const lacking = [...known].flatMap(([remoteId, { state, version }]) =>
      state !== "deleted" && version > 0 && !shown.has(remoteId) ? [remoteId] : [],
    );
    if (lacking.length === 0) continue;
    // A list that lacks one item is believed; one with nothing at all, when it has come again.
    if (shown.size > 0) await markGone(tx, of, lacking);
    else isDoubted = (await noteAbsent(tx, of, lacking)) || isDoubted;
  }
  if (isDoubted) await deferWork(tx, attempt, work, sessionId);
  else await finishWork(tx, attempt, work);
}
