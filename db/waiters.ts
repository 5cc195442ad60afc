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

export async function readSession(
  tx: Tx,
  sessionId: string,
): Promise<{ trigger: string; status: string; error: string | null } | null> {
  const [found] = await rows<{ trigger: string; status: string; error: string | null }>(
    tx,
    sql`select trigger, status, error from sync_sessions where id = ${sessionId}`,
  );
  return found ?? null;
}
