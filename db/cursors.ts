import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";

export interface StoredCursor {
  cursor: Readonly<Record<string, string>> | null;
  /** The listing under way, and when its first request was made (by the database's clock). */
  snapshotId: string | null;
  snapshotStartedAt: Date | null;
  snapshotItems: number;
  /** The session that last read it to its end. */
  passedBy: string | null;
  revision: number;
}

const none: StoredCursor = {
  cursor: null,
  snapshotId: null,
  snapshotStartedAt: null,
  snapshotItems: 0,
  passedBy: null,
  revision: 0,
};

export async function readCursor(
  tx: Tx,
  connectionId: string,
  stream: string,
): Promise<StoredCursor> {
  const [found] = await rows<
    Omit<StoredCursor, "snapshotStartedAt"> & { startedAt: string | null }
  >(
    tx,
    sql`select cursor, snapshot_id as "snapshotId", snapshot_started_at::text as "startedAt",
          snapshot_items as "snapshotItems", passed_by as "passedBy", revision::float8 as revision
        from cursors where connection_id = ${connectionId} and stream = ${stream}`,
  );
  if (!found) return none;
  const { startedAt, ...cursor } = found;
  return { ...cursor, snapshotStartedAt: startedAt === null ? null : new Date(startedAt) };
}

/**
 * Moves a cursor on, in the transaction that stores what it covers. Answers false, and moves nothing,
 * when somebody else has moved it meanwhile: the caller's work is stale and must be rolled back.
 */
export async function saveCursor(
  tx: Tx,
  of: { companyId: string; connectionId: string; stream: string },
  next: StoredCursor,
): Promise<boolean> {
  const moved = await rows(
    tx,
    sql`insert into cursors as c (company_id, connection_id, stream, cursor, snapshot_id, snapshot_started_at, snapshot_items, revision)
        values (${of.companyId}, ${of.connectionId}, ${of.stream}, ${next.cursor && JSON.stringify(next.cursor)}::jsonb, ${next.snapshotId},
          ${next.snapshotStartedAt?.toISOString() ?? null}::timestamptz, ${next.snapshotItems}, 1)
        on conflict (connection_id, stream) do update set cursor = excluded.cursor, snapshot_id = excluded.snapshot_id,
          snapshot_started_at = excluded.snapshot_started_at, snapshot_items = excluded.snapshot_items, revision = c.revision + 1
        where c.revision = ${next.revision} returning 1`,
  );
  return moved.length === 1;
}

/** The stream was read to its end; with `isListed`, whole. */
export async function notePassed(
  tx: Tx,
  of: { connectionId: string; stream: string; sessionId: string; isListed: boolean },
): Promise<void> {
  await tx.execute(
    sql`update cursors set passed_at = now(), passed_by = ${of.sessionId}, listed_at = case when ${of.isListed} then now() else listed_at end
        where connection_id = ${of.connectionId} and stream = ${of.stream}`,
  );
}

/**
 * The next session reads everything, or all of some streams. A pull under way finds its cursor moved and
 * begins again.
 */
export async function forgetCursors(
  tx: Tx,
  connectionId: string,
  streams: readonly string[] = [],
): Promise<void> {
  const which =
    streams.length === 0 ? sql`` : sql`and stream = any(${sql.param([...streams])}::text[])`;
  await tx.execute(
    sql`update cursors set cursor = null, snapshot_id = null, snapshot_started_at = null, snapshot_items = 0, revision = revision + 1
        where connection_id = ${connectionId} ${which}`,
  );
}

/**
 * Lets the next session read and decide everything anew, as a wider direction asks for: what came while
 * it was forbidden was seen and not taken.
 */
export async function readAnew(tx: Tx, connectionId: string): Promise<void> {
  await forgetCursors(tx, connectionId);
  await tx.execute(
    sql`update links set remote_version = null where connection_id = ${connectionId}`,
  );
}
