import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";
import { instant } from "./clock.ts";
import type { Cadence } from "./schedules.ts";

/** How one stream of records stands, counted now. */
export interface StreamFacts {
  connectionId: string;
  stream: string;
  records: number;
  setAside: number;
  /** Items whose own data is still to be read. */
  waiting: number;
  /** ISO 8601 in UTC: when it was last read to its end, and last listed whole. */
  passedAt: string | null;
  listedAt: string | null;
  isListing: boolean;
}

/** Streams that nothing is known of yet are absent. */
export function readStreams(tx: Tx, ids: readonly string[]): Promise<StreamFacts[]> {
  if (ids.length === 0) return Promise.resolve([]);
  const of = sql`connection_id = any(${sql.param([...ids])}::uuid[])`;
  return rows<StreamFacts>(
    tx,
    sql`select connection_id as "connectionId", stream, sum(records)::int as records, sum(aside)::int as "setAside",
          sum(waiting)::int as waiting, ${instant(sql`max(passed_at)`)} as "passedAt", ${instant(sql`max(listed_at)`)} as "listedAt",
          bool_or(listing) as "isListing"
        from (
          select connection_id, stream, count(*) filter (where state = 'live') as records,
            count(*) filter (where state = 'set-aside') as aside, 0 as waiting,
            null::timestamptz as passed_at, null::timestamptz as listed_at, false as listing
          from records where ${of} group by connection_id, stream
          union all
          select connection_id, stream, 0, 0, count(*), null, null, false from record_work where ${of} group by connection_id, stream
          union all
          select connection_id, stream, 0, 0, 0, passed_at, listed_at, snapshot_id is not null from cursors where ${of}) s
        group by connection_id, stream`,
  );
}

/** A schedule that runs. */
export interface Running {
  connectionId: string;
  cadence: Cadence;
  nextRunAt: string | null;
}

export function readRunning(tx: Tx, ids: readonly string[]): Promise<Running[]> {
  if (ids.length === 0) return Promise.resolve([]);
  return rows<Running>(
    tx,
    sql`select s.connection_id as "connectionId", s.cadence, ${instant(sql`s.next_run_at`)} as "nextRunAt"
        from schedules s join connections c on c.id = s.connection_id
        where s.connection_id = any(${sql.param([...ids])}::uuid[]) and s.enabled and c.enabled`,
  );
}
