import { ActivityFailure, setCurrentDetails, sleep } from "@temporalio/workflow";
import type { StepResult } from "../activities/failures.ts";
import type { Failure } from "../activities/session.ts";

interface Step {
  name: string;
  /** Tried once beforehand, where the step has a quick form. */
  quick?(): Promise<StepResult>;
  full(): Promise<StepResult>;
  between?(): Promise<StepResult>;
}

/** Repeats a step until it is done, and waits where it says so. Answers what stopped it, or null. */
export async function step({ name, quick: first, full, between }: Step): Promise<Failure | null> {
  setCurrentDetails(name);
  let result: StepResult = first ? await first().catch(leftToFull) : await full();
  while (result.outcome !== "done") {
    if (result.outcome === "stop") return { code: result.code, message: result.message };
    if (result.outcome === "wait") await waitUntil(result.untilMs, result.why);
    result = await full();
    if (result.outcome === "more" && between) await between().catch(() => undefined);
    setCurrentDetails(name);
  }
  return null;
}

function leftToFull(error: unknown): StepResult {
  if (error instanceof ActivityFailure) return { outcome: "more" };
  throw error;
}

export async function waitUntil(untilMs: number, why: "quota" | "provider"): Promise<void> {
  const ms = untilMs - Date.now();
  if (ms <= 0) return;
  const reason = why === "quota" ? "the provider's limit" : "the provider to come back";
  setCurrentDetails(`waiting for ${reason} until ${new Date(untilMs).toISOString()}`);
  await sleep(ms);
}
