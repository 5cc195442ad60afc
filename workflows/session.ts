import { ActivityFailure, rootCause } from "@temporalio/workflow";
import type { Failure, Opening } from "../activities/session.ts";
import type { ConnectionRef } from "./messages.ts";
import type { StepInput } from "../activities/step.ts";
import { runPlan } from "./plan-session.ts";
import { readRecords } from "./records-session.ts";
import { step, waitUntil } from "./step.ts";
import { quick, steps } from "./steps.ts";

type Running = Extract<Opening, { kind: "run" }>;

/** One sync session: pull, reconcile, push. Answers what ended it, or null when it came through. */
export async function runSession(ref: ConnectionRef, opening: Running): Promise<Failure | null> {
  const input = { ...ref, sessionId: opening.sessionId };
  try {
    if (opening.waitUntilMs !== null) await waitUntil(opening.waitUntilMs, "provider");
    if (opening.mode) return await runPlan(input, opening.mode, opening.streams);
    const stopped =
      opening.holds === "records"
        ? await readRecords(input, opening)
        : await syncCalendar(input, opening.streams);
    if (stopped) return stopped;
    if (opening.needsChannel)
      await steps.openChannel.executeWithOptions({ summary: "open a push channel" }, [ref]);
    return null;
  } catch (error) {
    // What Temporal could not retry away ends this session, visibly; the connection lives on.
    if (!(error instanceof ActivityFailure)) throw error;
    return { code: "internal", message: rootCause(error) ?? "a step failed again and again" };
  }
}

async function syncCalendar(input: StepInput, streams: readonly string[]): Promise<Failure | null> {
  for (const stream of streams) {
    const stopped = await step({
      name: `delta: ${stream}`,
      quick: () =>
        quick.pull.executeWithOptions({ summary: `delta: ${stream}` }, [
          { ...input, stream, quick: true },
        ]),
      full: () =>
        steps.pull.executeWithOptions({ summary: `snapshot: ${stream}` }, [
          { ...input, stream, quick: false },
        ]),
      // A long listing does not keep a person's edit waiting: writes slip in between its parts.
      between: () => quick.push({ ...input, quick: true }),
    });
    if (stopped) return stopped;
  }
  return step({
    name: "push",
    quick: () => quick.push.executeWithOptions({ summary: "push" }, [{ ...input, quick: true }]),
    full: () => steps.push.executeWithOptions({ summary: "push" }, [{ ...input, quick: false }]),
  });
}
