import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";
import type { OfStream } from "./records.ts";

interface Place {
  connectionId: string;
  stream: string;
}

/** Absent from enough listings, and not yet asked for by name. */
export async function absentRecords(
  tx: Tx,
  of: Place,
  page: { absences: number; limit: number },
): Promise<string[]> {
  const found = await rows<{ remoteId: string }>(
    tx,
    sql`select remote_id as "remoteId" from records where connection_id = ${of.connectionId} and stream = ${of.stream}
          and state <> 'deleted' and absences > 0 and gone_at is null and absences >= ${page.absences} order by id limit ${page.limit}`,
  );
  return found.map(({ remoteId }) => remoteId);
}

export interface GoneCounts {
  /** Known to be deleted at the provider, or absent for as long as that takes. */
  gone: number;
  living: number;
  /** Deleted here in the last 24 hours, none of which a person has approved. */
  recent: number;
}

/** What the brake wants to know of one stream. Those that a person has approved do not count. */
export async function countGone(
  tx: Tx,
  of: Place,
  { absences, approved }: { absences: number; approved: Date | null },
): Promise<GoneCounts> {
  const since = approved?.toISOString() ?? null;
  const [found] = await rows<{ gone: number }>(
    tx,
    sql`select count(*)::int as gone from records where connection_id = ${of.connectionId} and stream = ${of.stream}
          and state <> 'deleted' and (gone_at is not null or absences > 0) and (gone_at is not null or absences >= ${absences})
          and (gone_at is null or ${since}::timestamptz is null or gone_at > ${since}::timestamptz)`,
  );
  if (!found || found.gone === 0) return { gone: 0, living: 0, recent: 0 };
  const [all] = await rows<{ living: number; recent: number }>(
    tx,
    sql`select count(*) filter (where state <> 'deleted' and version > 0)::int as living,
          count(*) filter (where state = 'deleted' and reason is null and changed_at > now() - interval '24 hours')::int as recent
        from records where connection_id = ${of.connectionId} and stream = ${of.stream}`,
  );
  return { gone: found.gone, living: all?.living ?? 0, recent: all?.recent ?? 0 };
}

/** Over the limit: they are marked now, so that a person who approves has these in mind and no later ones. */
export async function holdGone(tx: Tx, of: Place, absences: number): Promise<void> {
  await tx.execute(
    sql`update records set gone_at = clock_timestamp() where connection_id = ${of.connectionId} and stream = ${of.stream}
          and state <> 'deleted' and absences > 0 and gone_at is null and absences >= ${absences}`,
  );
}

/**
 * Deletes what is gone: a version without content each, and with an item what belongs to it. With
 * `until`, only what was known to be gone by then. Answers how many, at most `limit` and what belongs to them.
 */
export async function deleteGone(
  tx: Tx,
  of: OfStream,
  batch: { until: Date | null; approved: Date | null; children: readonly string[]; limit: number },
): Promise<{ items: number; all: number }> {
  const until = batch.until?.toISOString() ?? null;
  const approved = batch.approved?.toISOString() ?? null;
  const [gone] = await rows<{ items: number; all: number }>(
    tx,
    sql`with items as (select id, remote_id, case when gone_at <= ${approved}::timestamptz then 'approved by a person' end as why from records where connection_id = ${of.connectionId} and stream = ${of.stream}
            and state <> 'deleted' and gone_at is not null and (${until}::timestamptz is null or gone_at <= ${until}::timestamptz)
          order by id limit ${batch.limit}),
        everything as (select id, why from items union all
          select r.id, 'gone with its item' from records r join items i on r.parent_id = i.remote_id
          where r.connection_id = ${of.connectionId} and r.stream = any(${sql.param([...batch.children])}::text[]) and r.state <> 'deleted' and r.version > 0),
        moved as (update records r set state = 'deleted', version = r.version + 1, hash = null, hint = null, absences = 0, gone_at = null,
            reason = e.why, changed_at = now()
          from everything e where r.id = e.id returning r.id, r.version, r.stream),
        closed as (update record_versions v set last_seen_at = greatest(v.first_seen_at, (
            select passed_at from cursors where connection_id = ${of.connectionId} and stream = ${of.stream}))
          from moved m where v.record_id = m.id and v.version = m.version - 1),
        noted as (insert into record_versions (record_id, version, company_id, connection_id, session_id, first_seen_at)
          select id, version, ${of.companyId}, ${of.connectionId}, ${of.sessionId}, now() from moved),
        unread as (delete from record_work w using items i where w.connection_id = ${of.connectionId} and w.stream = ${of.stream} and w.remote_id = i.remote_id)
        select (select count(*)::int from items) as items, (select count(*)::int from moved) as all`,
  );
  return gone ?? { items: 0, all: 0 };
}

/** A person keeps them: until the provider says so again, they are not gone. */
export async function keepGone(tx: Tx, connectionId: string): Promise<void> {
  await tx.execute(
    sql`update records set gone_at = null, absences = 0 where connection_id = ${connectionId} and gone_at <= (
          select max(settled_at) from plans where connection_id = ${connectionId} and side = 'local'
            and state = 'rejected' and settled_by <> 'system')`,
  );
}
