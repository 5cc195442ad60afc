import { fileURLToPath } from "node:url";
import { NativeConnection, Worker } from "@temporalio/worker";
import { existsSync } from "node:fs";
import { loadClientConnectConfig } from "@temporalio/envconfig";
import type { Activities } from "../activities/index.ts";

export interface WorkerOptions {
  address: string;
  taskQueue: string;
  activities: Activities;
  /** Builds pinned by worker deployment versions, in production. */
  buildId?: string;
}

/**
 * As many polls as the work asks for. A worker that is stopped without ending leaves its polls open, and
 * the server gives each of them one task that must first time out: the fewer there are, the sooner
 * another worker has all of them.
 */
const polling = { type: "autoscaling", minimum: 2, initial: 2, maximum: 20 } as const;

/** Deep enough for the connections that sync at once; the rest replays from history when it must. */
const maxCachedWorkflows = 500;

export async function createWorker(
  options: WorkerOptions,
): Promise<{ worker: Worker; connection: NativeConnection }> {
  const { namespace, connectionOptions } = loadClientConnectConfig();
  const { address, apiKey, tls, metadata } = { ...connectionOptions, address: options.address };
  const connection = await NativeConnection.connect({
    address,
    ...(apiKey !== undefined && typeof apiKey === "string" && { apiKey }),
    ...(tls !== undefined && { tls }),
    ...(metadata !== undefined && { metadata: metadata }),
  });
  const worker = await Worker.create({
    connection,
    ...(namespace && { namespace }),
    taskQueue: options.taskQueue,
    activities: options.activities,
    ...workflows(),
    maxCachedWorkflows,
    workflowFailureErrorTypes,
    workflowTaskPollerBehavior: polling,
    activityTaskPollerBehavior: polling,
    shutdownGraceTime: "15 seconds",
    shutdownForceTime: "25 seconds",
  });
  return { worker, connection };
}

/**
 * A defect in workflow code, or a history that new code cannot follow, ends the workflow instead of
 * trying the same again for ever: all that it knows is in rows, and the next ring or sweep begins anew.
 */
export const workflowFailureErrorTypes = { "*": ["Error"] };

/** A built tree brings its bundle along; from source it is made at start. */
function workflows(): { workflowBundle: { codePath: string } } | { workflowsPath: string } {
  const bundle = fileURLToPath(new URL("../workflow-bundle.js", import.meta.url));
  if (existsSync(bundle)) return { workflowBundle: { codePath: bundle } };
  return { workflowsPath: fileURLToPath(new URL("../workflows/index.ts", import.meta.url)) };
}
