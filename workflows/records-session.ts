import type { Failure } from "../activities/session.ts";
import type { StepInput } from "../activities/step.ts";
import { step } from "./step.ts";
import { quick, steps } from "./steps.ts";

/**
 * A session with records, in its three steps: snapshot, history, change detection. What was read before
 * something stopped the reading is compared all the same. Answers what ended it, or null.
 */
export async function readRecords(
  input: StepInput,
  { streams, history }: { streams: readonly string[]; history: readonly string[] },
): Promise<Failure | null> {
  const stopped = (await readStreams(input, streams)) ?? (await readOneByOne(input, history));
  const undetected = await step({
    name: "change detection",
    full: () => steps.detectChanges.executeWithOptions({ summary: "change detection" }, [input]),
  });
  return stopped ?? undetected;
}

async function readStreams(input: StepInput, streams: readonly string[]): Promise<Failure | null> {
  for (const stream of streams) {
    const summary = `snapshot: ${stream}`;
    const stopped = await step({
      name: summary,
      quick: () =>
        quick.pullRecords.executeWithOptions({ summary }, [{ ...input, stream, quick: true }]),
      full: () =>
        steps.pullRecords.executeWithOptions({ summary }, [{ ...input, stream, quick: false }]),
    });
    if (stopped) return stopped;
  }
  return null;
}

function readOneByOne(input: StepInput, history: readonly string[]): Promise<Failure | null> {
  const summary = `history: ${history.join(", ")}`;
  return step({
    name: summary,
    full: () => steps.readHistory.executeWithOptions({ summary }, [input]),
  });
}
