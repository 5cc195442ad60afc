import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";

/** Workflows that wait for a session's end are kept with it, so that its end can tell them. */
export async function addWaiter(tx: Tx, sessionId: string, workflowId: string): Promise<void> {
  await tx.execute(
    sql`update sync_sessions set waiters = array_append(array_remove(waiters, ${workflowId}), ${workflowId}) where id = ${sessionId}`,
  );
}

export async function takeWaiters(tx: Tx, sessionId: string): Promise<string[]> {
  const [found] = await rows<{ waiters: string[] }>(
    tx,
    sql`select waiters from sync_sessions where id = ${sessionId}`,
  );
  return found?.waiters ?? [];
}

export interface WaitedFor {
  trigger: string;
  status: string;
  error: string | null;
  kind: "sync" | "preview" | "apply" | "undo";
  /** The plan that it draws up or carries out. */
  planId: string | null;
  /** The streams that its rings asked for. */
  streams: string[];
}

export async function readSession(tx: Tx, sessionId: string): Promise<WaitedFor | null> {
  const [found] = await rows<WaitedFor>(
    tx,
    sql`select trigger, status, error, kind, plan_id as "planId", streams from sync_sessions where id = ${sessionId}`,
  );
  return found ?? null;
}
