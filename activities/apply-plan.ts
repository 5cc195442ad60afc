import { leaveHeld, noteDone, noteMade, readItems } from "../db/plan-items.ts";
import { forgetPages } from "../db/plan-pages.ts";
import { lockPlan } from "../db/plan-rows.ts";
import { endPlan, noteCommitted } from "../db/plan-states.ts";
import { addLog } from "../db/progress.ts";
import { takenBack } from "../db/within.ts";
import type { ActivityDeps } from "./deps.ts";
import type { StepResult } from "./failures.ts";
import { movedBetween, type MovedLine } from "./planned.ts";
import { linesSoFar, pretendPush, type Rehearsal, takeStaged } from "./rehearsal.ts";
import type { RehearseInput } from "./rehearse.ts";
import { runStep } from "./step.ts";

/** More is told by number alone. */
const movedAtMost = 100;

/** What has moved since the plan was drawn up; thrown, so that the transaction is taken back. */
class Moved extends Error {
  readonly lines: readonly MovedLine[];
  constructor(lines: readonly MovedLine[]) {
    super("something has moved since the preview");
    this.lines = lines;
  }
}

/**
 * Carries out our side of a plan. The session is run once more from pages listed anew, in one
 * transaction that is kept only where it comes to exactly the plan's lines; what the plan would write at
 * the provider is left to the push that follows. Repeated after it was kept, it changes nothing.
 */
export function applyPlan(deps: ActivityDeps, input: RehearseInput): Promise<StepResult> {
  const { companyId, planId, streams } = input;
  return runStep(deps, input, async (attempt) => {
    try {
      await deps.db.withCompany(companyId, (tx) =>
        commitPlan({ deps, tx, attempt, planId, streams }),
      );
    } catch (error) {
      if (!(error instanceof Moved)) throw error;
      return tellMoved(deps, input, error.lines);
    }
    deps.crash("pull finished");
    return { outcome: "done" };
  });
}

async function commitPlan(rehearsal: Rehearsal): Promise<void> {
  const { tx, planId } = rehearsal;
  const plan = await lockPlan(tx, planId);
  if (plan?.state !== "applying") throw new Error("the plan is not one to be carried out");
  if (plan.settledAt !== null) return;
  await takeStaged(rehearsal);
  const now = await takenBack(tx, async (nested) => {
    const inner = { ...rehearsal, tx: nested };
    await pretendPush(inner);
    return linesSoFar(inner);
  });
  const moved = movedBetween(await readItems(tx, planId), now);
  if (moved.length > 0) throw new Moved(moved);
  await noteMade(tx, planId);
  // What looking for an occurrence will bring is not done yet: the push that follows looks.
  await noteDone(tx, { planId, sessionId: rehearsal.attempt.sessionId });
  await leaveHeld(tx, planId, "held until a person decides about the deletions");
  await forgetPages(tx, planId);
  await noteCommitted(tx, planId);
}

function tellMoved(
  deps: ActivityDeps,
  input: RehearseInput,
  lines: readonly MovedLine[],
): Promise<StepResult> {
  return deps.db.withCompany(input.companyId, async (tx) => {
    const summary = { moved: lines.slice(0, movedAtMost), movedCount: lines.length };
    await endPlan(tx, input.planId, { state: "moved", summary });
    await forgetPages(tx, input.planId);
    await addLog(tx, input, "warn", "the plan was not carried out", { moved: lines.length });
    const message = `${lines.length} of the plan's items have moved since: nothing was done`;
    return { outcome: "stop", code: "moved", message } as const;
  });
}
