import { ApplicationFailure, condition, setHandler, workflowInfo } from "@temporalio/workflow";
import { type ScheduledSyncInput, sessionEnded } from "./messages.ts";
import { brief } from "./steps.ts";

/**
 * What a person's schedule starts: rings like everybody else, waits for the session that serves the
 * ring, and ends as that session ended, so that the schedule's own page tells the truth.
 */
export async function scheduledSync(input: ScheduledSyncInput): Promise<string> {
  let ended: { failed: boolean; message: string } | null = null;
  setHandler(sessionEnded, (outcome) => void (ended = outcome));
  const ring = await brief.ringForSchedule({ ...input, workflowId: workflowInfo().workflowId });
  if (ring === null) return "the connection is paused or disconnected: nothing was started";
  await condition(() => ended !== null, "6 hours");
  const outcome = ended ?? (await brief.readOutcome({ ...input, sessionId: ring.sessionId }));
  if (outcome.failed) throw ApplicationFailure.nonRetryable(outcome.message, "SyncFailed");
  return outcome.message || "completed";
}
