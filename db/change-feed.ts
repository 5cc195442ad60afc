import { sql, type SQL } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";
import { instant } from "./clock.ts";

/** What a change of an event or of a record is looked for by. */
export interface ChangeFilter {
  /** Whose changes: with `events` those of events alone. */
  of: "events" | "records" | "all";
  connectionId?: string | undefined;
  sessionId?: string | undefined;
  eventId?: string | undefined;
  recordId?: string | undefined;
  stream?: string | undefined;
  /** A field that the change touched. */
  field?: string | undefined;
  action?: FeedChange["action"] | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

/** One change, of an event or of a record. */
export interface FeedChange {
  id: number;
  /** The transaction that noted it. */
  tx: string;
  at: string;
  eventId: string | null;
  recordId: string | null;
  stream: string | null;
  remoteId: string | null;
  parentId: string | null;
  connectionId: string | null;
  sessionId: string | null;
  by: string | null;
  side: "local" | "remote";
  action: "created" | "updated" | "deleted" | "restored";
  fields: Record<string, unknown>;
  rule: string | null;
  version: number;
}

/** Where a reader of the feed stands: everything up to here has been handed over. */
export interface FeedPlace {
  tx: string;
  id: number;
}

const common = sql`h.id::float8 as id, h.tx, ${instant(sql`h.at`)} as at, h.connection_id as "connectionId", h.session_id as "sessionId",
  h.action, h.fields`;
const ofEvents = sql`select ${common}, h.event_id as "eventId", null::uuid as "recordId", null as stream, null as "remoteId",
  null as "parentId", h.by, h.side, h.rule, h.version::float8 as version from changes h`;
const ofRecords = sql`select ${common}, null::uuid as "eventId", h.record_id as "recordId", h.stream, h.remote_id as "remoteId",
  h.parent_id as "parentId", null as by, 'local' as side, null as rule, h.version::float8 as version from record_changes h`;

/** Newest first; `before` is the last id of the page before. */
export function listChanges(
  tx: Tx,
  filter: ChangeFilter,
  page: { before: number | undefined; limit: number },
): Promise<FeedChange[]> {
  const place = page.before === undefined ? null : sql`h.id < ${page.before}`;
  return rows<FeedChange>(
    tx,
    sql`select * from (${either(filter, place, sql`order by h.id desc limit ${page.limit}`)}) f order by id desc limit ${page.limit}`,
  );
}

/**
 * The feed from after `after`, in the order of the transactions that noted the changes and within each of
 * ids: ids alone would not do, for whoever takes a low one may commit after a higher one was read. Only
 * what is settled: while a transaction runs, nothing that one begun after it has noted is handed over.
 * `upTo` is where a reader goes on who has been handed all that there is.
 */
export async function readFeed(
  tx: Tx,
  filter: ChangeFilter,
  page: { after: FeedPlace; limit: number },
): Promise<{ changes: FeedChange[]; upTo: FeedPlace }> {
  const { after, limit } = page;
  const [settled] = await rows<{ below: string }>(
    tx,
    sql`select pg_snapshot_xmin(pg_current_snapshot())::text as below`,
  );
  const below = settled?.below ?? "0";
  const place = sql`(h.tx, h.id) > (${after.tx}::xid8, ${after.id}::int8) and h.tx < ${below}::xid8`;
  const changes = await rows<FeedChange>(
    tx,
    sql`select * from (${either(filter, place, sql`order by h.tx, h.id limit ${limit}`)}) f order by tx, id limit ${limit}`,
  );
  // A restored database may count its transactions from a lower number than the reader has seen.
  const upTo = BigInt(below) > BigInt(after.tx) ? { tx: below, id: 0 } : after;
  return { changes, upTo };
}

/** Changes of either kind that match, each kind cut to the page by its own index. */
function either(filter: ChangeFilter, place: SQL | null, page: SQL): SQL {
  const { of, eventId, recordId, stream } = filter;
  const events = sql`(${ofEvents} where ${matches(filter, place, eventId, sql`h.event_id`)} ${page})`;
  const records = sql`(${ofRecords} where ${matches(filter, place, recordId, sql`h.record_id`)}
    ${stream === undefined ? sql`` : sql`and h.stream = ${stream}`} ${page})`;
  const isOfEvents = of !== "records" && recordId === undefined && stream === undefined;
  const isOfRecords = of !== "events" && eventId === undefined;
  if (isOfEvents && isOfRecords) return sql`${events} union all ${records}`;
  if (isOfRecords) return records;
  return isOfEvents ? events : sql`(${ofEvents} where false)`;
}

function matches(
  filter: ChangeFilter,
  place: SQL | null,
  subject: string | undefined,
  column: SQL,
): SQL {
  const { connectionId, sessionId, field, action, from, to } = filter;
  const parts = [
    place,
    subject === undefined ? null : sql`${column} = ${subject}`,
    connectionId === undefined ? null : sql`h.connection_id = ${connectionId}`,
    sessionId === undefined ? null : sql`h.session_id = ${sessionId}`,
    field === undefined ? null : sql`h.fields ? ${field}`,
    action === undefined ? null : sql`h.action = ${action}`,
    from && sql`h.at >= ${from.toISOString()}::timestamptz`,
    to && sql`h.at < ${to.toISOString()}::timestamptz`,
  ].filter((part) => part !== null && part !== undefined);
  return parts.length === 0 ? sql`true` : sql.join(parts, sql` and `);
}
