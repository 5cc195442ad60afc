import { setTimeout as sleep } from "node:timers/promises";
import { Connection, isGrpcServiceError } from "@temporalio/client";
import { msToTs } from "@temporalio/common/lib/time.js";
import { describeExit, type Running } from "./spawn.ts";

const alreadyExists = 6;

/**
 * Waits until the server takes calls for the namespace `default`, the visibility
 * store included. Fails as soon as the program ends, if it is one of ours.
 */
export async function waitForTemporal(
  address: string,
  timeoutMs: number,
  running?: Running,
  register = false,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let registered = !register;
  let last: unknown;
  while (Date.now() < deadline) {
    if (running?.hasExited() === true)
      throw new Error(`it ended at once (${describeExit(await running.exited)})`);
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1_000 });
      try {
        if (!registered) await registerDefault(connection);
        registered = true;
        await connection.workflowService.describeNamespace({ namespace: "default" });
        await connection.workflowService.listWorkflowExecutions({
          namespace: "default",
          pageSize: 1,
        });
        return;
      } finally {
        await connection.close();
      }
    } catch (error) {
      last = error;
      await sleep(100);
    }
  }
  throw new Error(
    `no answer at ${address} within ${Math.round(timeoutMs / 1000)} s (${last instanceof Error ? last.message : String(last)})`,
  );
}

async function registerDefault(connection: Connection): Promise<void> {
  try {
    await connection.workflowService.registerNamespace({
      namespace: "default",
      workflowExecutionRetentionPeriod: msToTs("3 days"),
    });
  } catch (error) {
    if (!(isGrpcServiceError(error) && error.code === alreadyExists)) throw error;
  }
}
