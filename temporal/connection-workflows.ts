import { type Client, WorkflowExecutionAlreadyStartedError } from "@temporalio/client";
import {
  type ConnectionRef,
  notifyWorkflowId,
  remindersWorkflowId,
} from "../workflows/messages.ts";
import type { notify } from "../workflows/notify.ts";
import type { remind } from "../workflows/remind.ts";

/** What a person asks of one connection besides a sync; each is a small workflow that goes on by itself. */
export interface ConnectionWorkflows {
  disconnect(ref: ConnectionRef): Promise<void>;
  channels: { renew(ref: ConnectionRef): Promise<void>; stop(ref: ConnectionRef): Promise<void> };
}

/** Starts what reminds a company's people of what waits for them; one that runs already goes on. */
export async function startReminders(
  client: Client,
  taskQueue: string,
  companyId: string,
): Promise<void> {
  await client.workflow.start<typeof remind>("remind", {
    workflowId: remindersWorkflowId(companyId),
    taskQueue,
    args: [companyId],
    workflowIdConflictPolicy: "USE_EXISTING",
    staticSummary: "reminds people of what waits for them",
  });
}

/** Starts what sends a company's notices; one that runs already goes on. */
export async function startSender(
  client: Client,
  taskQueue: string,
  companyId: string,
): Promise<void> {
  await client.workflow.start<typeof notify>("notify", {
    workflowId: notifyWorkflowId(companyId),
    taskQueue,
    args: [companyId],
    workflowIdConflictPolicy: "USE_EXISTING",
    staticSummary: "sends notices to people",
  });
}

export function createConnectionWorkflows(client: Client, taskQueue: string): ConnectionWorkflows {
  const start = async (workflowType: string, ref: ConnectionRef): Promise<void> => {
    const { companyId, connectionId } = ref;
    try {
      await client.workflow.start(workflowType, {
        workflowId: `${workflowType}:${connectionId}`,
        taskQueue,
        args: [{ companyId, connectionId }],
        workflowIdConflictPolicy: "USE_EXISTING",
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  };
  return {
    disconnect: (ref) => start("disconnect", ref),
    channels: {
      renew: (ref) => start("openOneChannel", ref),
      stop: (ref) => start("stopChannels", ref),
    },
  };
}
