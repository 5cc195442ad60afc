import { Context } from "@temporalio/activity";
import { Unavailable } from "../connectors/errors.ts";
import { requireCurrent } from "../db/attempts.ts";
import { closeIntents } from "../db/intents.ts";
import { applyDeletions } from "./deletions.ts";
import type { ActivityDeps } from "./deps.ts";
import type { StepResult } from "./failures.ts";
import type { Send } from "./push-decide.ts";
import { planBatch } from "./push-plan.ts";
import type { Sent } from "./push-look.ts";
import { send } from "./push-send.ts";
import { type Attempt, runStep, type StepInput } from "./step.ts";

export interface PushInput extends StepInput {
  /** The quick form, for a local activity: a few writes within a few seconds. */
  quick: boolean;
  /** Sends only what this plan has planned. */
  planId?: string;
}

const quickLimit = 10;
/** Failures in a row after which it is the provider that is down, not an item that is poisoned. */
const streakOfFailures = 3;

/** Sends what is queued, an intent before each call, until nothing is due or the time is up. */
export function push(deps: ActivityDeps, input: PushInput): Promise<StepResult> {
  return runStep(deps, input, async (begun) => {
    const attempt: Attempt = { ...begun, carriesOut: input.planId };
    if (!attempt.opened.remote.write) return { outcome: "done" };
    const budget = input.quick
      ? deps.config.LOCAL_ACTIVITY_BUDGET_MS
      : deps.config.ACTIVITY_BUDGET_MS;
    const end = deps.now() + budget;
    for (;;) {
      const { claimed, sends } = await planBatch(
        deps,
        attempt,
        input.quick ? quickLimit : undefined,
      );
      if (claimed === 0) {
        deps.crash("push finished");
        return { outcome: "done" };
      }
      if (sends.length > 0) deps.crash("intents committed");
      if (!(await sendAll(deps, attempt, sends, end))) return { outcome: "more" };
      if (deps.now() > end) return { outcome: "more" };
    }
  });
}

/** Answers whether all were sent before the time was up. */
async function sendAll(
  deps: ActivityDeps,
  attempt: Attempt,
  sends: readonly Send[],
  end: number,
): Promise<boolean> {
  const { cancellationSignal } = Context.current();
  const waiting = [...sends];
  const outcomes = new Set<Sent>();
  let streak = 0;
  try {
    for (let work = waiting.shift(); work; work = waiting.shift()) {
      const outcome = await send(deps, attempt, work, cancellationSignal);
      outcomes.add(outcome);
      streak = outcome === "unavailable" ? streak + 1 : 0;
      if (streak >= streakOfFailures)
        throw new Unavailable("several writes in a row did not come through");
      if (deps.now() > end) break;
    }
  } finally {
    await withdraw(deps, attempt, waiting);
  }
  if (outcomes.has("deleted")) await applyDeletions(deps, attempt, false);
  return waiting.length === 0;
}

/** What was prepared and never sent leaves no doubt behind. */
async function withdraw(
  deps: ActivityDeps,
  attempt: Attempt,
  unsent: readonly Send[],
): Promise<void> {
  const closed = unsent.flatMap((work) =>
    work.kind === "send" ? [{ id: work.intent.id, outcome: "not landed" } as const] : [],
  );
  if (closed.length === 0) return;
  await deps.db.withCompany(attempt.companyId, async (tx) => {
    await requireCurrent(tx, attempt.connectionId, attempt.epoch);
    await closeIntents(tx, closed);
  });
}
