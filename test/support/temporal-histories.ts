import type { Client } from "@temporalio/client";
import type { temporal } from "@temporalio/proto";

export type History = temporal.api.history.v1.IHistory;

export interface Run {
  workflowId: string;
  runId: string;
  type: string;
  status: string;
  history: History;
}

/** Every run on a task queue. The list lags a little behind: ask again for what is missing. */
export async function runsOn(client: Client, taskQueue: string): Promise<Run[]> {
  const runs: Run[] = [];
  for await (const found of client.workflow.list({ query: `TaskQueue = '${taskQueue}'` })) {
    const { workflowId, runId, type, status } = found;
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    runs.push({ workflowId, runId, type, status: status.name, history });
  }
  return runs;
}

/** A history as anybody reads it who may look into Temporal: payloads, which travel as base64, in clear. */
export function asText(history: History): string {
  return JSON.stringify(history, (key, value: unknown) =>
    key === "data" && typeof value === "string"
      ? Buffer.from(value, "base64").toString("utf8")
      : value,
  );
}

export const lengthOf = (history: History): number => history.events?.length ?? 0;
