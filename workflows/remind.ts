import { continueAsNew, setCurrentDetails, sleep, workflowInfo } from "@temporalio/workflow";
import { brief } from "./steps.ts";

/**
 * Reminds the people of one company of what waits for them (conflicts, held deletions, previews), for
 * weeks if need be, and ends when nothing waits. What waits is rows: whenever this dies, the next sweep
 * starts it anew and nothing is said twice.
 */
export async function remind(companyId: string): Promise<string> {
  for (;;) {
    const { waiting, againInMs } = await brief.remind(companyId);
    if (againInMs === null) return "nothing waits any more";
    setCurrentDetails(`waiting for people: ${waiting}`);
    await sleep(againInMs);
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof remind>(companyId);
  }
}
