import { sql } from "drizzle-orm";
import type { EventTime } from "../sync/event.ts";
import { startsIn } from "../sync/time.ts";
import { rows, type Tx } from "./client.ts";
import { isAbsent } from "./links.ts";

/** No zone is further from UTC than fourteen hours. */
const spareMs = 15 * 3_600_000;

/**
 * Marks what a complete listing of a window did not hold as deleted: only links that were confirmed before
 * it, and whose item, as it was last seen there, starts within the window. Answers how many.
 */
export async function noteAbsentWithin(
  tx: Tx,
  connectionId: string,
  snapshot: { id: string; startedAt: Date },
  window: { from: number; to: number },
): Promise<number> {
  const absent = await mayBeAbsent(tx, connectionId, snapshot, window);
  // Which of two equal wall clocks is meant, and where a skipped one lies, is not for Postgres to say.
  const ids = absent.flatMap(({ id, start }) => (startsIn(start, window) ? [id] : []));
  if (ids.length === 0) return 0;
  await tx.execute(
    sql`update links set deletion_seen_at = now() where id = any(${sql.param(ids)}::uuid[])`,
  );
  return ids.length;
}

/** By the wall clock of their start, with hours to spare: what has long been over is not looked at. */
function mayBeAbsent(
  tx: Tx,
  connectionId: string,
  snapshot: { id: string; startedAt: Date },
  window: { from: number; to: number },
): Promise<{ id: string; start: EventTime }[]> {
  const clock = sql`coalesce(remote->'start'->>'local', remote->'start'->>'date') collate "C"`;
  const from = new Date(window.from - spareMs).toISOString().slice(0, 10);
  const to = new Date(window.to + spareMs).toISOString().slice(0, 19);
  return rows(
    tx,
    sql`select id, remote->'start' as start from links where connection_id = ${connectionId} and state <> 'tombstone'
          and ${isAbsent(snapshot)} and ${clock} >= ${from} and ${clock} <= ${to} order by id for update`,
  );
}
