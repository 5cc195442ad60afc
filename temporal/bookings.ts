import { type Client, WorkflowExecutionAlreadyStartedError } from "@temporalio/client";
import { bookingsWorkflowId } from "../workflows/messages.ts";
import type { runBookings } from "../workflows/bookings.ts";

type Run = Parameters<typeof runBookings>[0];

/** Starts a run of a company's bookings; answers false where one is under way, which goes on. */
export type BookingRuns = (run: Run) => Promise<boolean>;

export function createBookingRuns(client: Client, taskQueue: string): BookingRuns {
  return async (run) => {
    try {
      await client.workflow.start<typeof runBookings>("runBookings", {
        workflowId: bookingsWorkflowId(run.companyId),
        taskQueue,
        args: [run],
        workflowIdConflictPolicy: "FAIL",
        staticSummary: "bookings by rule, then the import of calendars",
      });
      return true;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
      throw error;
    }
  };
}
