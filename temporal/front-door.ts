import type { Client } from "@temporalio/client";
import type { Database, Tx } from "../db/client.ts";
import { type Ring, ring } from "../db/rings.ts";
import type { Log } from "../log.ts";
import { type ConnectionRef, rung, syncWorkflowId } from "../workflows/messages.ts";
import type { syncConnection } from "../workflows/sync-connection.ts";

export interface FrontDoor {
  /** Rings: a durable mark first, then a signal where one is due. Answers the session that will serve it. */
  requestSync(of: Ring): Promise<{ sessionId: string }>;
  /** Only the mark, in the caller's own transaction; after its commit the caller sends the signal, if one is due. */
  ringIn(tx: Tx, of: Ring): Promise<{ sessionId: string; signal: boolean }>;
  /** Sends the signal without waiting for it. One that is lost costs a sweep and nothing more. */
  signal(ref: ConnectionRef): void;
  /** Sends the signal and waits until Temporal has it. */
  signalled(ref: ConnectionRef): Promise<void>;
}

/** The one way in: every trigger, whatever it is, starts a session through here. */
export function createFrontDoor(deps: {
  db: Database;
  client: Client;
  taskQueue: string;
  log: Log;
}): FrontDoor {
  const signalled = async (ref: ConnectionRef): Promise<void> => {
    await deps.client.workflow.signalWithStart<typeof syncConnection, []>("syncConnection", {
      workflowId: syncWorkflowId(ref.connectionId),
      taskQueue: deps.taskQueue,
      args: [{ companyId: ref.companyId, connectionId: ref.connectionId }],
      signal: rung,
      staticSummary: "keeps one connection in step",
    });
  };
  const signal = (ref: ConnectionRef): void => {
    signalled(ref).catch((err: unknown) => {
      deps.log.warn(
        { err, connectionId: ref.connectionId },
        "a signal was lost; the sweep will find the ring",
      );
    });
  };
  return {
    ringIn: ring,
    signal,
    signalled,
    async requestSync(of) {
      const rung = await deps.db.withCompany(of.companyId, (tx) => ring(tx, of));
      if (rung.signal) signal(of);
      return { sessionId: rung.sessionId };
    },
  };
}
