import {
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  log,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from "@temporalio/workflow";
import type { Closing, Opening } from "../activities/session.ts";
import { type Bounds, nextLevel, spacing } from "../sync/cadence.ts";
import { type ConnectionRef, rung, searchAttributes, sessionEnded } from "./messages.ts";
import { runSession } from "./session.ts";
import { brief } from "./steps.ts";

/**
 * The one writer of a connection. Runs a session for the rings there are, again while somebody rings,
 * lingers a little for the next ring, and ends. Rings are rows, so this may end, die or begin anew at
 * any moment and none is lost. Answers the last session in a sentence.
 */
export async function syncConnection(ref: ConnectionRef): Promise<string> {
  let heard = false;
  setHandler(rung, () => void (heard = true));
  for (let level = 0; ;) {
    heard = false;
    const opening = await brief.openSession(ref);
    if (opening.kind === "idle") {
      if (heard) continue;
      return `nothing to do: ${opening.why}`;
    }
    const closing = await oneSession(ref, opening);
    const endedAt = Date.now();
    if (!closing.again && !(await ringWithin(ref, opening, closing, () => heard)))
      return closing.summary;
    level = await spaceOut(level, closing.again ? 0 : Date.now() - endedAt, opening.pace.bounds);
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof syncConnection>(ref);
  }
}

async function oneSession(
  ref: ConnectionRef,
  opening: Extract<Opening, { kind: "run" }>,
): Promise<Closing> {
  upsertSearchAttributes([
    { key: searchAttributes.company, value: ref.companyId },
    { key: searchAttributes.connection, value: ref.connectionId },
    { key: searchAttributes.provider, value: opening.provider },
    { key: searchAttributes.trigger, value: opening.trigger },
  ]);
  const failure = await runSession(ref, opening);
  const closing = await brief.closeSession({ ...ref, sessionId: opening.sessionId, failure });
  upsertSearchAttributes([{ key: searchAttributes.outcome, value: failure?.code ?? "completed" }]);
  setCurrentDetails(closing.summary);
  await tellWaiters(opening.sessionId, closing, failure?.message ?? "");
  return closing;
}

/** Lingers for a ring; a queued write that is due again rings by itself. */
async function ringWithin(
  ref: ConnectionRef,
  opening: Extract<Opening, { kind: "run" }>,
  closing: Closing,
  heard: () => boolean,
): Promise<boolean> {
  const wait = Math.max(opening.pace.lingerMs, closing.retryInMs ?? 0);
  if (await condition(heard, wait)) return true;
  // A ring that comes as the time runs out is heard in the same breath.
  if (closing.retryInMs === null) return heard();
  await brief.ringFollowUp(ref);
  return true;
}

async function spaceOut(level: number, quietMs: number, bounds: Bounds): Promise<number> {
  const next = nextLevel(level, quietMs, bounds);
  const pause = spacing(next, bounds) - quietMs;
  if (pause > 0) {
    setCurrentDetails(`many rings: the next session starts in ${Math.round(pause)} ms`);
    await sleep(pause);
  }
  return next;
}

/** Whoever waits for the session (a schedule) ends with its outcome; one that is gone needs no answer. */
async function tellWaiters(sessionId: string, closing: Closing, message: string): Promise<void> {
  for (const workflowId of closing.waiters) {
    try {
      await getExternalWorkflowHandle(workflowId).signal(sessionEnded, {
        sessionId,
        failed: closing.failed,
        message,
      });
    } catch {
      log.warn("nobody waits for the session any more", { sessionId, workflowId });
    }
  }
}
