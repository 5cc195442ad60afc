import type { Failure, Mode } from "../activities/session.ts";
import type { StepInput } from "../activities/step.ts";
import { step } from "./step.ts";
import { steps, whole } from "./steps.ts";

/** A session that draws up or carries out a plan. Answers what ended it, or null when it came through. */
export async function runPlan(
  of: StepInput,
  { kind, planId }: Mode,
  streams: readonly string[],
): Promise<Failure | null> {
  const input = { ...of, planId };
  if (kind === "undo") {
    return step({
      name: "undo",
      full: () => steps.undo.executeWithOptions({ summary: "undo" }, [input]),
    });
  }
  for (const stream of streams) {
    const stopped = await step({
      name: `listing for the plan: ${stream}`,
      full: () =>
        steps.stage.executeWithOptions({ summary: `list: ${stream}` }, [{ ...input, stream }]),
    });
    if (stopped) return stopped;
  }
  if (kind === "preview") {
    return step({
      name: "rehearsal",
      full: () =>
        whole.rehearse.executeWithOptions({ summary: "rehearse" }, [{ ...input, streams }]),
    });
  }
  return carryOut(input, streams);
}

async function carryOut(
  input: StepInput & { planId: string },
  streams: readonly string[],
): Promise<Failure | null> {
  const stopped = await step({
    name: "our side of the plan",
    full: () =>
      whole.applyPlan.executeWithOptions({ summary: "our side" }, [{ ...input, streams }]),
  });
  if (stopped) return stopped;
  return step({
    name: "the provider's side of the plan",
    full: () => steps.push.executeWithOptions({ summary: "push" }, [{ ...input, quick: false }]),
  });
}
