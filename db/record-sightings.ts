import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";

interface Listing {
  companyId: string;
  connectionId: string;
  stream: string;
  snapshotId: string;
}

/** What a listing under way has shown. One row per transaction, however many items. */
export async function noteSightings(tx: Tx, of: Listing, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.execute(
    sql`insert into record_sightings (company_id, connection_id, stream, snapshot_id, ids)
        values (${of.companyId}, ${of.connectionId}, ${of.stream}, ${of.snapshotId}, ${sql.param(ids)}::text[])`,
  );
}

const seen = (of: Listing) =>
  sql`(select distinct unnest(ids) as remote_id from record_sightings
       where connection_id = ${of.connectionId} and stream = ${of.stream} and snapshot_id = ${of.snapshotId})`;

export async function countSightings(tx: Tx, of: Listing): Promise<number> {
  const [found] = await rows<{ count: number }>(
    tx,
    sql`select count(*)::int as count from ${seen(of)} s`,
  );
  return found?.count ?? 0;
}

/**
 * Counts one more absence for what a complete listing has not shown. Nothing that was first seen after
 * its first request, for then it may well be there.
 */
export async function noteAbsences(tx: Tx, of: Listing & { startedAt: Date }): Promise<number> {
  const absent = await rows(
    tx,
    sql`update records r set absences = absences + 1
        where r.connection_id = ${of.connectionId} and r.stream = ${of.stream} and r.state <> 'deleted' and r.version > 0
          and r.changed_at < ${of.startedAt.toISOString()}::timestamptz
          and not exists (select from ${seen(of)} s where s.remote_id = r.remote_id) returning 1`,
  );
  return absent.length;
}

/** The listing has ended, or another has begun. */
export async function forgetSightings(
  tx: Tx,
  of: { connectionId: string; stream: string },
): Promise<void> {
  await tx.execute(
    sql`delete from record_sightings where connection_id = ${of.connectionId} and stream = ${of.stream}`,
  );
}

export async function countLiving(
  tx: Tx,
  of: { connectionId: string; stream: string },
): Promise<number> {
  const [found] = await rows<{ count: number }>(
    tx,
    sql`select count(*)::int as count from records where connection_id = ${of.connectionId} and stream = ${of.stream} and state <> 'deleted' and version > 0`,
  );
  return found?.count ?? 0;
}
