import { requireCurrent } from "../db/attempts.ts";
import { storeItems } from "../db/plan-items.ts";
import { forgetPages } from "../db/plan-pages.ts";
import { markReady } from "../db/plan-states.ts";
import { addLog } from "../db/progress.ts";
import { takenBack } from "../db/within.ts";
import type { ActivityDeps } from "./deps.ts";
import type { StepResult } from "./failures.ts";
import { summaryOf } from "./planned.ts";
import { linesSoFar, pretendPush, takeStaged } from "./rehearsal.ts";
import { runStep, type StepInput } from "./step.ts";

export interface RehearseInput extends StepInput {
  planId: string;
  streams: readonly string[];
}

/**
 * Draws up a preview: runs the whole session from the staged pages in one transaction, notes what it has
 * done on both sides, and takes it back. Nothing of it is seen by anybody, then or later.
 */
export function rehearse(deps: ActivityDeps, input: RehearseInput): Promise<StepResult> {
  const { companyId, planId, streams } = input;
  return runStep(deps, input, async (attempt) => {
    const items = await deps.db.withCompany(companyId, (outer) =>
      takenBack(outer, async (tx) => {
        const rehearsal = { deps, tx, attempt, planId, streams };
        await takeStaged(rehearsal);
        await pretendPush(rehearsal);
        return linesSoFar(rehearsal);
      }),
    );
    return deps.db.withCompany(companyId, async (tx): Promise<StepResult> => {
      await requireCurrent(tx, input.connectionId, attempt.epoch);
      await storeItems(tx, input, items);
      await forgetPages(tx, planId);
      const drawn = {
        items: items.length,
        summary: summaryOf(items),
        holdMs: deps.config.PREVIEW_HOLD_MS,
      };
      if (!(await markReady(tx, planId, drawn)))
        return { outcome: "stop", code: "discarded", message: "the preview was discarded" };
      await addLog(tx, input, "info", "the preview is ready", { items: items.length });
      return { outcome: "done" };
    });
  });
}
