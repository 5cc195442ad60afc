import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";

/** What started a session. */
export type Trigger = "manual" | "schedule" | "webhook" | "api" | "slack" | "page" | "follow-up";

export interface Ring {
  companyId: string;
  connectionId: string;
  trigger: Trigger;
  /** Who: an e-mail, the name of a key, or `system`. */
  by: string;
  /** What it is for, where it is for less than everything: the session reads the streams of all its rings. */
  streams?: readonly string[];
}

/** The name of no stream: the session lists nothing, and reads only the items that are marked. */
export const itemsAlone = "named items";

/** Stands for the usual streams among those that were asked for. */
export const usualStreams = "*";

/** Rings in this transaction. Answers the session that will serve the ring, and whether a signal is due. */
export async function ring(tx: Tx, of: Ring): Promise<{ sessionId: string; signal: boolean }> {
  const [answer] = await rows<{ session: string; signal: boolean }>(
    tx,
    sql`select session, signal from ring(${of.companyId}, ${of.connectionId}, ${of.trigger}, ${of.by}, ${sql.param([...(of.streams ?? [])])}::text[])`,
  );
  if (!answer) throw new Error("the bell answered nothing");
  return { sessionId: answer.session, signal: answer.signal };
}

/**
 * Rings for a queue that somebody else filled, unless a ring that no session has taken yet is there
 * already: several listeners hear the same notification. Where that ring's signal must have been lost,
 * it is due again.
 */
export async function ringOnce(
  tx: Tx,
  of: Ring,
): Promise<{ sessionId: string; signal: boolean } | null> {
  const [bell] = await rows<{ waiting: boolean; next: string | null; unheard: boolean }>(
    tx,
    sql`select rung > coalesce(running_seen, served) as waiting, next_session as next,
          coalesce(running_session is null and signalled_at < now() - interval '10 seconds', false) as unheard
        from rings where connection_id = ${of.connectionId} for update`,
  );
  if (!bell?.waiting) return ring(tx, of);
  if (!bell.unheard || !bell.next) return null;
  await tx.execute(
    sql`update rings set signalled_at = now() where connection_id = ${of.connectionId}`,
  );
  return { sessionId: bell.next, signal: true };
}

/** Rings that cannot be served now: the next one signals again, since nobody is on the way to serve these. */
export async function leaveRings(tx: Tx, connectionId: string): Promise<void> {
  await tx.execute(
    sql`update rings set signalled_at = null where connection_id = ${connectionId} and signalled_at is not null`,
  );
}

/**
 * Takes the rings so far for one session. Repeated before that session has closed, it answers the same
 * session again: an attempt that died is gone on with, not doubled. Null when there is nothing to serve.
 */
export async function takeRings(
  tx: Tx,
  connectionId: string,
): Promise<{ sessionId: string; resumed: boolean } | null> {
  const [bell] = await rows<{
    running: string | null;
    next: string | null;
    rung: number;
    served: number;
  }>(
    tx,
    sql`select running_session as running, next_session as next, rung::float8 as rung, served::float8 as served
        from rings where connection_id = ${connectionId} for update`,
  );
  if (bell?.running) return { sessionId: bell.running, resumed: true };
  if (!bell?.next || bell.rung <= bell.served) return null;
  await tx.execute(
    sql`update rings set running_session = next_session, running_seen = rung, next_session = null where connection_id = ${connectionId}`,
  );
  return { sessionId: bell.next, resumed: false };
}

/** Whether a session has taken rings and has not closed: whatever comes next goes on with it. */
export async function isServing(tx: Tx, connectionId: string): Promise<boolean> {
  const [bell] = await rows<{ serving: boolean }>(
    tx,
    sql`select running_session is not null as serving from rings where connection_id = ${connectionId}`,
  );
  return bell?.serving ?? false;
}

/** Closes the running session; `again` when somebody has rung since it took its rings. */
export async function serveRings(
  tx: Tx,
  connectionId: string,
  sessionId: string,
): Promise<{ again: boolean }> {
  const [bell] = await rows<{ again: boolean }>(
    tx,
    sql`update rings set served = running_seen, running_session = null, running_seen = null
        where connection_id = ${connectionId} and running_session = ${sessionId} returning rung > served as again`,
  );
  if (bell) return bell;
  const [now] = await rows<{ again: boolean }>(
    tx,
    sql`select rung > served as again from rings where connection_id = ${connectionId}`,
  );
  return { again: now?.again ?? false };
}

/** Nobody will serve the rings of a connection that is disconnected: the session that waits for it says so. */
export async function forgetRings(tx: Tx, connectionId: string): Promise<void> {
  // The bell first, as whoever rings locks it first.
  await tx.execute(
    sql`update rings set next_session = null, served = case when running_session is null then rung else served end
        where connection_id = ${connectionId}`,
  );
  await tx.execute(
    sql`update sync_sessions set status = 'error', completed_at = now(), error_code = 'disconnected',
          error = 'the connection was disconnected before the session began'
        where connection_id = ${connectionId} and status = 'queued'`,
  );
}
