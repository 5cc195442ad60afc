import { condition, setCurrentDetails, setHandler, workflowInfo } from "@temporalio/workflow";
import type { BookingRun, Rung } from "../activities/bookings.ts";
import { sessionEnded } from "./messages.ts";
import { brief, steps } from "./steps.ts";

/**
 * One run of a company's bookings: what the rules want first, then the import of its calendars, then one
 * row that reports both. Whatever becomes of the import, the bookings stay.
 */
export async function runBookings(run: BookingRun): Promise<string> {
  const ended = new Set<string>();
  setHandler(sessionEnded, ({ sessionId }) => void ended.add(sessionId));
  const step = { ...run, workflowId: workflowInfo().workflowId };
  setCurrentDetails("bookings");
  await settled(run.companyId, ended, await brief.ringBookings(step));
  setCurrentDetails("import");
  await settled(run.companyId, ended, await brief.ringImport(step));
  const { words } = await brief.reportBookings(run);
  setCurrentDetails(words);
  return words;
}

const firstLookMs = 5_000;

/**
 * Waits until the sessions have told that they have ended. Now and then it looks for itself, ever more
 * seldom: one that waits for a person would not tell, and neither would one whose signal was lost.
 */
async function settled(
  companyId: string,
  ended: ReadonlySet<string>,
  { sessions, patienceMs }: Rung,
): Promise<void> {
  let left = sessions;
  for (let waited = 0, next = firstLookMs; left.length > 0 && waited < patienceMs; next *= 2) {
    const pause = Math.min(next, patienceMs - waited);
    if (await condition(() => left.every((id) => ended.has(id)), pause)) return;
    waited += pause;
    left = await brief.stillUnderWay({ companyId, sessions: left });
  }
}

/** One tick for all companies: each that has rules gets a run of its own. */
export async function startBookings(): Promise<{ started: number; failed: number }> {
  return steps.startBookings.executeWithOptions({ summary: "bookings of all companies" }, []);
}
