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
  const settled = async ({ sessions, patienceMs }: Rung): Promise<void> => {
    await condition(() => sessions.every((id) => ended.has(id)), patienceMs);
  };
  setCurrentDetails("bookings");
  await settled(await brief.ringBookings(step));
  setCurrentDetails("import");
  await settled(await brief.ringImport(step));
  const { words } = await brief.reportBookings(run);
  setCurrentDetails(words);
  return words;
}

/** One tick for all companies: each that has rules gets a run of its own. */
export async function startBookings(): Promise<{ started: number; failed: number }> {
  return steps.startBookings.executeWithOptions({ summary: "bookings of all companies" }, []);
}
