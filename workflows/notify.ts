import { continueAsNew, sleep, workflowInfo } from "@temporalio/workflow";
import { steps } from "./steps.ts";

/** What is due later than this is left to the next tick of the watch, which starts this anew. */
const soonMs = 10_000;

/**
 * Sends a company's notices to its targets, and ends when nothing is due soon. What is on its way is
 * rows: whenever this dies, the next tick starts it anew. No sync waits for it.
 */
export async function notify(companyId: string): Promise<string> {
  for (;;) {
    const { againInMs } = await steps.notify.executeWithOptions({ summary: "send notices" }, [
      companyId,
    ]);
    if (againInMs === null) return "nothing is on its way any more";
    if (againInMs > soonMs) return "what is left is due later";
    await sleep(Math.max(100, againInMs));
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof notify>(companyId);
  }
}
