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
  // Without statistics Postgres compares each item of a NOT EXISTS with each that was shown: at 100,000
  // items beyond every timeout. EXCEPT is hashed or sorted whatever it believes.
  const absent = await rows<{ remoteId: string }>(
    tx,
    sql`select remote_id as "remoteId" from records r
        where r.connection_id = ${of.connectionId} and r.stream = ${of.stream} and r.state <> 'deleted' and r.version > 0
          and r.changed_at < ${of.startedAt.toISOString()}::timestamptz
        except select remote_id from ${seen(of)} s`,
  );
  if (absent.length === 0) return 0;
  const remoteIds = absent.map(({ remoteId }) => remoteId);
  await tx.execute(
    sql`update records set absences = absences + 1 where connection_id = ${of.connectionId} and stream = ${of.stream}
          and remote_id = any(${sql.param(remoteIds)}::text[])`,
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
