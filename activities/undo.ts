import { readUndoes } from "../db/undo-plan.ts";
import type { ActivityDeps } from "./deps.ts";
import type { StepResult } from "./failures.ts";
import { runStep, type StepInput } from "./step.ts";
import { undoHere } from "./undo-here.ts";
import { undoThere } from "./undo-there.ts";

export interface UndoInput extends StepInput {
  planId: string;
}

/**
 * Carries out an undo: our side in one transaction, then the provider's item by item, until all is done
 * or left, or the time is up.
 */
export function undo(deps: ActivityDeps, input: UndoInput): Promise<StepResult> {
  return runStep(deps, input, async (attempt) => {
    const undoes = await deps.db.withCompany(input.companyId, (tx) => readUndoes(tx, input.planId));
    const undoing = { ...attempt, planId: input.planId, undoes };
    await undoHere(deps, undoing);
    return undoThere(deps, undoing, deps.now() + deps.config.ACTIVITY_BUDGET_MS);
  });
}
