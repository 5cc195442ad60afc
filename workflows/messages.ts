import { defineSearchAttributeKey } from "@temporalio/common";
import { defineSignal } from "@temporalio/workflow";

/** Names that clients and workflows share. A history holds nothing but ids, counts and these. */
export interface ConnectionRef {
  companyId: string;
  connectionId: string;
}

/** The bell of a connection. It carries nothing: the rings themselves are rows. */
export const rung = defineSignal("rung");

/** Tells a scheduled sync that the session which served its ring has ended. */
export const sessionEnded =
  defineSignal<[{ sessionId: string; failed: boolean; message: string }]>("sessionEnded");

export interface ScheduledSyncInput extends ConnectionRef {
  scheduleId: string;
}

export const searchAttributes = {
  company: defineSearchAttributeKey("SyncCompanyId", "KEYWORD"),
  connection: defineSearchAttributeKey("SyncConnectionId", "KEYWORD"),
  provider: defineSearchAttributeKey("SyncProvider", "KEYWORD"),
  trigger: defineSearchAttributeKey("SyncTrigger", "KEYWORD"),
  outcome: defineSearchAttributeKey("SyncOutcome", "KEYWORD"),
} as const;

export const bookingsWorkflowId = (companyId: string): string => `bookings:${companyId}`;
export const remindersWorkflowId = (companyId: string): string => `reminders:${companyId}`;
export const notifyWorkflowId = (companyId: string): string => `notify:${companyId}`;
export const syncWorkflowId = (connectionId: string): string => `sync:${connectionId}`;
