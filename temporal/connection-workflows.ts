import { type Client, WorkflowExecutionAlreadyStartedError } from "@temporalio/client";
import type { ConnectionRef } from "../workflows/messages.ts";

/** What a person asks of one connection besides a sync; each is a small workflow that goes on by itself. */
export interface ConnectionWorkflows {
  disconnect(ref: ConnectionRef): Promise<void>;
  channels: { renew(ref: ConnectionRef): Promise<void>; stop(ref: ConnectionRef): Promise<void> };
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
