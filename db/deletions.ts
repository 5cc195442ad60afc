import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";
import { ruleSource } from "./events.ts";
import { type Link, lockLinks } from "./links.ts";

/** A deleted series takes its exceptions along: the provider names only the master. */
export async function spreadDeletions(tx: Tx, connectionId: string): Promise<void> {
  await tx.execute(
    sql`update links x set deletion_seen_at = m.deletion_seen_at from links m
        where m.connection_id = ${connectionId} and m.deletion_seen_at is not null and m.master_remote_id is null
          and x.connection_id = ${connectionId} and x.master_remote_id = m.remote_id and x.deletion_seen_at is null and x.state <> 'tombstone'`,
  );
}

/**
 * How many events would be deleted on our side: a series counts once, what is deleted here already not
 * at all, nor what a person has let through, nor what was edited here since.
 */
export async function countDeletions(
  tx: Tx,
  connectionId: string,
  approved: Date | null,
): Promise<number> {
  const [found] = await rows<{ count: number }>(
    tx,
    sql`select count(*)::int as count ${deletedThere(connectionId, approved)}`,
  );
  return found?.count ?? 0;
}

/** The links `l` and events `e` that this speaks of. */
export const deletedThere = (connectionId: string, approved: Date | null) =>
  sql`from links l join events e on e.id = l.event_id
        left join links m on m.connection_id = l.connection_id and m.remote_id = l.master_remote_id
      where l.connection_id = ${connectionId} and l.deletion_seen_at is not null and e.deleted_at is null
        and m.deletion_seen_at is null and m.state is distinct from 'tombstone'
        and l.deletion_seen_at > coalesce(${approved?.toISOString() ?? null}::timestamptz, '-infinity')
        and not exists (select from (${editedHere(connectionId)}) as edited (id) where edited.id = e.id)`;

/** A series, or a single event, by the name of its deletion. */
export interface DeletedSeries {
  name: string;
  /** A person has let its deletion through. */
  approved: boolean;
}

/**
 * The next series with marked deletions, in the order of their names, and all links of them, locked.
 * While deletions are held, only what a person has approved, what our side has edited, and what it has
 * deleted as well.
 */
export async function lockSeriesOfDeletions(
  tx: Tx,
  connectionId: string,
  of: { after: string | null; limit: number; held: boolean; approved: Date | null },
): Promise<{ series: DeletedSeries[]; links: Link[] }> {
  const name = sql`coalesce(master_remote_id, remote_id, id::text)`;
  const approved = sql`deletion_seen_at <= coalesce(${of.approved?.toISOString() ?? null}::timestamptz, '-infinity')`;
  const passes = of.held
    ? sql`(${approved} or event_id in (${editedHere(connectionId)})
        or not exists (select from events e where e.id = event_id and e.deleted_at is null))`
    : sql`true`;
  const series = await rows<DeletedSeries>(
    tx,
    sql`select ${name} as name, bool_and(${approved}) as approved from links
        where connection_id = ${connectionId} and deletion_seen_at is not null and ${passes} and ${name} > ${of.after ?? ""}
        group by 1 order by 1 limit ${of.limit}`,
  );
  if (series.length === 0) return { series, links: [] };
  const names = series.map((one) => one.name);
  const links = await lockLinks(
    tx,
    sql`connection_id = ${connectionId} and deletion_seen_at is not null and ${name} = any(${sql.param(names)}::text[])`,
  );
  return { series, links };
}

/** Events, and series by an event of theirs, that wait to be sent; not what a rule has written, which beats no deletion. */
const editedHere = (connectionId: string) =>
  sql`select unnest(array[e.id, e.master_id]) from writes w join events e on e.id = w.event_id
      where w.connection_id = ${connectionId} and w.state = 'pending' and e.deleted_at is null and e.last_update_source <> ${ruleSource}`;

/** Those of the series for which our side has an exception that the provider has not been told of. */
export async function mastersOfUnsentExceptions(
  tx: Tx,
  connectionId: string,
  masterIds: readonly string[],
): Promise<Set<string>> {
  const found = await rows<{ id: string }>(
    tx,
    sql`select distinct e.master_id as id from events e
          left join links l on l.connection_id = ${connectionId} and l.event_id = e.id
        where e.master_id = any(${sql.param(masterIds)}::uuid[]) and e.deleted_at is null and l.remote_id is null`,
  );
  return new Set(found.map((row) => row.id));
}
