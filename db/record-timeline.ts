import { sql } from "drizzle-orm";
import type { Content } from "../sync/record.ts";
import { rows, type Tx } from "./client.ts";
import type { Place } from "./secrets.ts";

interface OfConnection {
  companyId: string;
  connectionId: string;
}

/** One version of an item, or of what belongs to it. */
export interface HistoryRow {
  item: string;
  recordId: string;
  stream: string;
  remoteId: string;
  version: number;
  content: Content | null;
  sealed: string | null;
  firstSeenAt: number;
}

/** Every version of the items and of all that belongs to them, by item and record, oldest first. */
export function readHistories(
  tx: Tx,
  connectionId: string,
  of: { stream: string; remoteIds: readonly string[] },
): Promise<HistoryRow[]> {
  const ids = sql.param(of.remoteIds);
  return rows<HistoryRow>(
    tx,
    sql`select case when r.stream = ${of.stream} then r.remote_id else r.parent_id end as item, r.id as "recordId", r.stream,
          r.remote_id as "remoteId", v.version, v.content, v.sealed, (extract(epoch from v.first_seen_at) * 1000)::float8 as "firstSeenAt"
        from records r join record_versions v on v.record_id = r.id
        where r.connection_id = ${connectionId}
          and ((r.stream = ${of.stream} and r.remote_id = any(${ids}::text[])) or r.parent_id = any(${ids}::text[]))
        order by item, r.stream, r.remote_id, v.version`,
  );
}

export interface TimelineRow {
  seq: number;
  on: string;
  kind: string;
  detail: Content;
  sealed: string | null;
  /** Milliseconds since the epoch. */
  learnedAt: number;
  retroactive: boolean;
}

/** Where the sensitive part of an entry is sealed. */
export const timelineSecret = (of: OfConnection & { remoteId: string; seq: number }): Place => ({
  table: "record_timeline",
  column: "sealed",
  companyId: of.companyId,
  rowId: `${of.connectionId}.${of.remoteId}.${of.seq}`,
});

/** Puts an item's timeline in the place of the one there was. */
export async function replaceTimeline(
  tx: Tx,
  of: OfConnection & { remoteId: string },
  entries: readonly TimelineRow[],
): Promise<void> {
  await tx.execute(
    sql`delete from record_timeline where connection_id = ${of.connectionId} and remote_id = ${of.remoteId}`,
  );
  if (entries.length === 0) return;
  await tx.execute(
    sql`insert into record_timeline (company_id, connection_id, remote_id, seq, "on", kind, detail, sealed, learned_at, retroactive)
        select ${of.companyId}, ${of.connectionId}, ${of.remoteId}, seq, "on", kind, detail, sealed, to_timestamp("learnedAt" / 1000), retroactive
        from jsonb_to_recordset(${JSON.stringify(entries)}::jsonb) as t(seq int4, "on" date, kind text, detail jsonb, sealed text, "learnedAt" float8, retroactive bool)`,
  );
}
