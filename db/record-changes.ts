import { sql } from "drizzle-orm";
import type { Content, FieldChanges, RecordAction } from "../sync/record.ts";
import { rows, type Tx } from "./client.ts";

interface OfSession {
  companyId: string;
  connectionId: string;
  sessionId: string;
}

/** A version next to the one before it. */
export interface Step {
  seq: number;
  recordId: string;
  stream: string;
  remoteId: string;
  parentId: string | null;
  version: number;
  sessionId: string;
  before: Content | null;
  after: Content | null;
  sealedBefore: string | null;
  sealedAfter: string | null;
}

export interface RecordChange extends Pick<
  Step,
  "recordId" | "stream" | "remoteId" | "parentId" | "version" | "sessionId"
> {
  action: RecordAction;
  fields: FieldChanges | Record<string, object>;
}

/**
 * Notes the first versions among the next `limit` that nobody has compared yet: all creations, in one
 * statement. Answers how many there were of either kind, and where the next begin.
 */
export async function noteCreations(
  tx: Tx,
  of: OfSession,
  limit: number,
): Promise<{ count: number; upTo: number; from: number; rest: number }> {
  // Without statistics Postgres would fetch and sort all that is left for each batch, instead of reading on
  // in the order of the index.
  await tx.execute(sql`select set_config('enable_bitmapscan', 'off', true)`);
  const [found] = await rows<{ count: number; upTo: number | null; from: number; rest: number }>(
    tx,
    sql`with since as (select detected_seq as seq from connections where id = ${of.connectionId}),
        batch as (select v.seq, v.record_id, v.version, v.session_id from record_versions v where v.connection_id = ${of.connectionId} and v.seq > (select seq from since) order by v.seq limit ${limit}),
        made as (insert into record_changes (company_id, connection_id, session_id, record_id, stream, remote_id, parent_id, action, version)
          select ${of.companyId}, ${of.connectionId}, b.session_id, b.record_id, r.stream, r.remote_id, r.parent_id, 'created', b.version
          from batch b join records r on r.id = b.record_id where b.version = 1 order by b.seq)
        select count(*)::int as count, max(seq)::float8 as "upTo", (select seq from since)::float8 as from,
          count(*) filter (where version > 1)::int as rest from batch`,
  );
  const { count = 0, upTo = null, from = 0, rest = 0 } = found ?? {};
  return { count, upTo: upTo ?? from, from, rest };
}

/** The later versions of the same stretch, each next to the one before it. */
export function readSteps(
  tx: Tx,
  connectionId: string,
  stretch: { from: number; upTo: number },
): Promise<Step[]> {
  return rows<Step>(
    tx,
    sql`select v.seq::float8 as seq, v.record_id as "recordId", r.stream, r.remote_id as "remoteId", r.parent_id as "parentId", v.version,
          v.session_id as "sessionId", p.content as before, v.content as after, p.sealed as "sealedBefore", v.sealed as "sealedAfter"
        from record_versions v join record_versions p on p.record_id = v.record_id and p.version = v.version - 1
          join records r on r.id = v.record_id
        where v.connection_id = ${connectionId} and v.seq > ${stretch.from} and v.seq <= ${stretch.upTo} and v.version > 1 order by v.seq`,
  );
}

export async function addRecordChanges(
  tx: Tx,
  of: OfSession,
  changes: readonly RecordChange[],
): Promise<void> {
  if (changes.length === 0) return;
  await tx.execute(
    sql`insert into record_changes (company_id, connection_id, session_id, record_id, stream, remote_id, parent_id, action, fields, version)
        select ${of.companyId}, ${of.connectionId}, "sessionId", "recordId", stream, "remoteId", "parentId", action, fields, version
        from jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) as t("sessionId" uuid, "recordId" uuid, stream text, "remoteId" text, "parentId" text,
          action text, fields jsonb, version int4)`,
  );
}

/** The versions up to here have been compared. */
export async function noteDetected(tx: Tx, connectionId: string, upTo: number): Promise<void> {
  await tx.execute(sql`update connections set detected_seq = ${upTo} where id = ${connectionId}`);
}

/** Items of `stream` of which a version, or one of what belongs to them, is new in this stretch. */
export async function touchedItems(
  tx: Tx,
  connectionId: string,
  { stream, from, upTo }: { stream: string; from: number; upTo: number },
): Promise<string[]> {
  const found = await rows<{ remoteId: string }>(
    tx,
    sql`select distinct case when r.stream = ${stream} then r.remote_id else r.parent_id end as "remoteId"
        from record_versions v join records r on r.id = v.record_id
        where v.connection_id = ${connectionId} and v.seq > ${from} and v.seq <= ${upTo}
          and (r.stream = ${stream} or r.parent_id is not null)`,
  );
  return found.map(({ remoteId }) => remoteId);
}
