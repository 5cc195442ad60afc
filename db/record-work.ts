import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";

interface OfConnection {
  companyId: string;
  connectionId: string;
}

/** An item whose own data has to be read, as it stood when it was taken. */
export interface Work {
  stream: string;
  remoteId: string;
  revision: number;
  attempts: number;
}

/** Marks items to be read one by one; what was set aside is given another chance. */
export async function markWork(
  tx: Tx,
  of: OfConnection & { stream: string },
  remoteIds: readonly string[],
): Promise<void> {
  if (remoteIds.length === 0) return;
  await tx.execute(
    sql`insert into record_work as w (company_id, connection_id, stream, remote_id)
        select ${of.companyId}, ${of.connectionId}, ${of.stream}, id from unnest(${sql.param(remoteIds)}::text[]) id
        on conflict (connection_id, stream, remote_id) do update set revision = w.revision + 1, attempts = 0, session_id = null`,
  );
}

/** Marks every living item whose own data was never read, or not for `ageMs`; with 0, all of them. */
export async function markOldDetails(
  tx: Tx,
  of: OfConnection & { stream: string },
  ageMs: number,
): Promise<number> {
  const marked = await rows(
    tx,
    sql`insert into record_work as w (company_id, connection_id, stream, remote_id)
        select ${of.companyId}, ${of.connectionId}, ${of.stream}, remote_id from records
        where connection_id = ${of.connectionId} and stream = ${of.stream} and state <> 'deleted' and version > 0
          and (details_at is null or details_at <= now() - make_interval(secs => ${ageMs / 1000}))
        on conflict (connection_id, stream, remote_id) do nothing returning 1`,
  );
  return marked.length;
}

/** The next items to read; those that this session has set aside are not among them. */
export function takeWork(
  tx: Tx,
  of: OfConnection & { sessionId: string },
  limit: number,
): Promise<Work[]> {
  return rows<Work>(
    tx,
    sql`select stream, remote_id as "remoteId", revision, attempts from record_work
        where connection_id = ${of.connectionId} and session_id is distinct from ${of.sessionId}
        order by attempts, queued_at, remote_id limit ${limit}`,
  );
}

export async function countWork(tx: Tx, of: OfConnection & { sessionId: string }): Promise<number> {
  const [found] = await rows<{ count: number }>(
    tx,
    sql`select count(*)::int as count from record_work where connection_id = ${of.connectionId} and session_id is distinct from ${of.sessionId}`,
  );
  return found?.count ?? 0;
}

/** Its data was read and stored; a mark made since stays. */
export async function finishWork(tx: Tx, of: OfConnection, work: Work): Promise<void> {
  await tx.execute(
    sql`delete from record_work where connection_id = ${of.connectionId} and stream = ${work.stream}
          and remote_id = ${work.remoteId} and revision = ${work.revision}`,
  );
  await tx.execute(
    sql`update records set details_at = now() where connection_id = ${of.connectionId} and stream = ${work.stream} and remote_id = ${work.remoteId}`,
  );
}

/** What came of it is in doubt: the next session reads it again. */
export async function deferWork(
  tx: Tx,
  of: OfConnection,
  work: Work,
  sessionId: string,
): Promise<void> {
  await tx.execute(
    sql`update record_work set session_id = ${sessionId}, error = null where connection_id = ${of.connectionId}
          and stream = ${work.stream} and remote_id = ${work.remoteId} and revision = ${work.revision}`,
  );
}

/** It could not be read. With a session it is set aside until the next one. */
export async function noteWorkFailed(
  tx: Tx,
  of: OfConnection,
  work: Work,
  failure: { error: string; setAsideBy: string | null },
): Promise<void> {
  await tx.execute(
    sql`update record_work set attempts = attempts + 1, error = ${failure.error}, session_id = ${failure.setAsideBy}
        where connection_id = ${of.connectionId} and stream = ${work.stream} and remote_id = ${work.remoteId} and revision = ${work.revision}`,
  );
}
