import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";
import { ruleSource } from "./events.ts";

/** A due mark of the queue, in the order in which it should be sent. */
export interface DueWrite {
  eventId: string;
  version: number;
  attempts: number;
  /** A deletion that a person has let through. */
  approved: boolean;
  /** A deletion that a rule of the company decided: the brake does not hold it. */
  isOfRule: boolean;
}

/**
 * Due marks, masters before their exceptions, and what was put off behind what came since;
 * `holdDeletions` leaves deletions out.
 * Not locked: the caller locks the events, then the links.
 */
export async function dueWrites(
  tx: Tx,
  connectionId: string,
  options: {
    limit: number;
    holdDeletions: boolean;
    approvedBefore: Date | null;
    /** Only events of which this plan has a line that is not done. */
    planId?: string | undefined;
  },
): Promise<DueWrite[]> {
  const approved = sql`coalesce(e.deleted_at <= ${options.approvedBefore?.toISOString() ?? null}::timestamptz, false)`;
  const isOfRule = sql`(e.deleted_at is not null and e.last_update_source = ${ruleSource})`;
  const allowed = options.holdDeletions
    ? sql`(e.deleted_at is null or ${approved} or ${isOfRule})`
    : sql`true`;
  // As an array it is looked up in the queue's key; as a list Postgres may go through the plan for each mark.
  const planned =
    options.planId === undefined
      ? sql`true`
      : sql`w.event_id = any(array(select i.event_id from plan_items i
          where i.plan_id = ${options.planId} and i.state = 'planned' and not i.held))`;
  const due = await rows<Omit<DueWrite, "version"> & { version: string }>(
    tx,
    sql`select w.event_id as "eventId", w.version, w.attempts, ${approved} as approved, ${isOfRule} as "isOfRule" from writes w join events e on e.id = w.event_id
        where w.connection_id = ${connectionId} and w.state = 'pending' and w.next_attempt_at <= now() and ${allowed} and ${planned}
        order by e.master_id is not null, w.next_attempt_at, w.event_id limit ${options.limit}`,
  );
  return due.map((row) => ({ ...row, version: Number(row.version) }));
}

/** How many series and single events wait to be deleted at the provider, and how many a person has let through. */
export async function pendingRemoteDeletions(
  tx: Tx,
  connectionId: string,
  approvedBefore: Date | null,
): Promise<number> {
  const [found] = await rows<{ count: number }>(
    tx,
    sql`select count(*)::int as count ${deletedHere(connectionId, approvedBefore)}`,
  );
  return found?.count ?? 0;
}

/** The links `l` and events `e` that this speaks of: not of what a rule decided. */
export const deletedHere = (connectionId: string, approved: Date | null) =>
  sql`from writes w join events e on e.id = w.event_id
        join links l on l.connection_id = w.connection_id and l.event_id = w.event_id
        left join events m on m.id = e.master_id
      where w.connection_id = ${connectionId} and w.state = 'pending' and e.deleted_at is not null and l.state in ('live', 'kept-out')
        and l.remote_id is not null and l.deletion_seen_at is null and m.deleted_at is null
        and e.last_update_source <> ${ruleSource}
        and e.deleted_at > coalesce(${approved?.toISOString() ?? null}::timestamptz, '-infinity')`;

/** Completes marks whose version has been sent; a mark that rose meanwhile stays. */
export async function completeWrites(
  tx: Tx,
  connectionId: string,
  done: readonly { eventId: string; version: number }[],
): Promise<void> {
  if (done.length === 0) return;
  await tx.execute(
    sql`update writes w set state = 'completed', finished_at = now(), error = null
        from jsonb_to_recordset(${JSON.stringify(done)}::jsonb) as d("eventId" uuid, version int8)
        where w.connection_id = ${connectionId} and w.event_id = d."eventId" and w.version <= d.version and w.state = 'pending'`,
  );
}

/**
 * A mark that a provider refused rests until either side changes or a person retries; one that has
 * risen since `version` was sent has changed already, and stays.
 */
export async function failWrite(
  tx: Tx,
  connectionId: string,
  of: { eventId: string; version: number },
  error: string,
): Promise<void> {
  await tx.execute(
    sql`update writes set state = 'failed', attempts = attempts + 1, error = ${error}, finished_at = now()
        where connection_id = ${connectionId} and event_id = ${of.eventId} and version <= ${of.version}`,
  );
}

/** Counts a try that did not come through; at the last one the mark rests as failed. */
export async function postponeWrite(
  tx: Tx,
  connectionId: string,
  eventId: string,
  postponed: { error: string; delayMs: number; maxAttempts: number },
): Promise<void> {
  await tx.execute(
    sql`update writes set attempts = attempts + 1, max_attempts = ${postponed.maxAttempts}, error = ${postponed.error},
          state = case when attempts + 1 >= ${postponed.maxAttempts} then 'failed' else 'pending' end,
          finished_at = case when attempts + 1 >= ${postponed.maxAttempts} then now() end,
          next_attempt_at = now() + make_interval(secs => ${postponed.delayMs / 1000})
        where connection_id = ${connectionId} and event_id = ${eventId}`,
  );
}

/**
 * Puts off what cannot be sent yet: no try was made, so none is counted. The longer a mark has been
 * waiting, the longer it is put off, so that what waits for weeks does not keep sessions going.
 */
export async function deferWrites(
  tx: Tx,
  connectionId: string,
  deferred: readonly { eventId: string; reason: string }[],
  bounds: { minMs: number; maxMs: number },
): Promise<void> {
  if (deferred.length === 0) return;
  await tx.execute(
    sql`update writes w set error = d.reason, next_attempt_at = now() + least(make_interval(secs => ${bounds.maxMs / 1000}),
            greatest(make_interval(secs => ${bounds.minMs / 1000}), now() - w.enqueued_at))
        from jsonb_to_recordset(${JSON.stringify(deferred)}::jsonb) as d("eventId" uuid, reason text)
        where w.connection_id = ${connectionId} and w.event_id = d."eventId" and w.state = 'pending'`,
  );
}

/** A series has just been made: what has waited for it need wait no longer, and its exceptions follow. */
export async function releaseExceptions(
  tx: Tx,
  of: { companyId: string; connectionId: string },
  masterId: string,
): Promise<void> {
  await tx.execute(
    sql`update writes w set next_attempt_at = now() from events e
        where e.master_id = ${masterId} and w.event_id = e.id and w.connection_id = ${of.connectionId} and w.state = 'pending'`,
  );
  const living = await rows<{ id: string }>(
    tx,
    sql`select id from events where master_id = ${masterId} and deleted_at is null`,
  );
  await markForConnection(
    tx,
    of,
    living.map(({ id }) => id),
  );
}

/** Marks events for one connection: what reconcile merged must travel back to where it came from. */
export async function markForConnection(
  tx: Tx,
  of: { companyId: string; connectionId: string },
  eventIds: readonly string[],
): Promise<void> {
  if (eventIds.length === 0) return;
  await tx.execute(
    sql`insert into writes as w (company_id, connection_id, event_id, version)
        select ${of.companyId}, ${of.connectionId}, id, version from events where id = any(${sql.param(eventIds)}::uuid[])
        on conflict (connection_id, event_id) do update set version = greatest(w.version, excluded.version), state = 'pending',
          attempts = case when w.state = 'pending' then w.attempts else 0 end, next_attempt_at = now(), finished_at = null, error = null,
          enqueued_at = case when w.state = 'pending' then w.enqueued_at else now() end`,
  );
}

/** Marks what must be sent before something else can be; what was refused rests. */
export async function markBefore(
  tx: Tx,
  of: { companyId: string; connectionId: string },
  eventIds: readonly string[],
): Promise<void> {
  if (eventIds.length === 0) return;
  await tx.execute(
    sql`insert into writes as w (company_id, connection_id, event_id, version)
        select ${of.companyId}, ${of.connectionId}, id, version from events where id = any(${sql.param(eventIds)}::uuid[])
        on conflict (connection_id, event_id) do update set version = excluded.version, state = 'pending', attempts = 0,
          error = null, next_attempt_at = now(), enqueued_at = now(), finished_at = null
        where w.state = 'completed'`,
  );
}

/**
 * Marks what a spoke that begins to send has to be told: every living event of its calendar, and those
 * that our side has deleted meanwhile and the provider still holds. Where nothing differs, nothing is sent.
 */
export async function markAll(tx: Tx, connectionId: string): Promise<void> {
  await tx.execute(
    sql`insert into writes as w (company_id, connection_id, event_id, version)
        select e.company_id, c.id, e.id, e.version from connections c join events e on e.calendar_id = c.calendar_id
        where c.id = ${connectionId} and c.direction in ('both', 'out') and (e.deleted_at is null or exists (
          select from links l where l.connection_id = c.id and l.event_id = e.id and l.state in ('live', 'kept-out')))
        on conflict (connection_id, event_id) do update set version = excluded.version, state = 'pending', attempts = 0,
          error = null, next_attempt_at = now(), enqueued_at = now(), finished_at = null
        where w.state <> 'pending'`,
  );
}

export interface QueueStats {
  PENDING: number;
  COMPLETED: number;
  FAILED: number;
  /** Seconds; null when nothing is pending. */
  oldestPendingAge: number | null;
}

export async function queueStats(tx: Tx, connectionId?: string): Promise<QueueStats> {
  const of = connectionId ? sql`where connection_id = ${connectionId}` : sql``;
  const [stats] = await rows<QueueStats>(
    tx,
    sql`select count(*) filter (where state = 'pending')::int as "PENDING", count(*) filter (where state = 'completed')::int as "COMPLETED",
          count(*) filter (where state = 'failed')::int as "FAILED",
          extract(epoch from now() - min(enqueued_at) filter (where state = 'pending'))::float8 as "oldestPendingAge" from writes ${of}`,
  );
  return stats ?? { PENDING: 0, COMPLETED: 0, FAILED: 0, oldestPendingAge: null };
}

/** Gives failed marks another chance. Answers the connections that have something to send. */
export async function retryFailed(tx: Tx, connectionId?: string): Promise<string[]> {
  const of = connectionId ? sql`and connection_id = ${connectionId}` : sql``;
  await tx.execute(
    sql`update writes set state = 'pending', attempts = 0, next_attempt_at = now(), finished_at = null where state = 'failed' ${of}`,
  );
  const found = await rows<{ id: string }>(
    tx,
    sql`select distinct connection_id as id from writes where state = 'pending' ${of}`,
  );
  return found.map((row) => row.id);
}

export async function cleanFinished(tx: Tx, olderThanDays: number): Promise<number> {
  const gone = await rows(
    tx,
    sql`delete from writes where state = 'completed' and finished_at < now() - make_interval(days => ${olderThanDays}) returning 1`,
  );
  return gone.length;
}

export interface WriteState {
  connectionId: string;
  provider: string;
  state: "pending" | "completed" | "failed";
  version: number;
  error: string | null;
  remoteId: string | null;
}

export interface QueuedWrite extends WriteState {
  eventId: string;
  attempts: number;
  enqueuedAt: string;
}

/** The queue itself, oldest first; `after` is the last row of the page before. */
export function listWrites(
  tx: Tx,
  page: {
    limit: number;
    state?: WriteState["state"];
    after?: { enqueuedAt: string; eventId: string; connectionId: string };
  },
): Promise<QueuedWrite[]> {
  const state = page.state ? sql`and w.state = ${page.state}` : sql``;
  const after = page.after
    ? sql`and (w.enqueued_at, w.event_id, w.connection_id) > (${page.after.enqueuedAt}::timestamptz, ${page.after.eventId}::uuid, ${page.after.connectionId}::uuid)`
    : sql``;
  return rows<QueuedWrite>(
    tx,
    sql`select w.event_id as "eventId", w.connection_id as "connectionId", c.provider, w.state, w.version::float8 as version, w.error,
          w.attempts, w.enqueued_at::text as "enqueuedAt", l.remote_id as "remoteId"
        from writes w join connections c on c.id = w.connection_id
          left join links l on l.connection_id = w.connection_id and l.event_id = w.event_id
        where true ${state} ${after} order by w.enqueued_at, w.event_id, w.connection_id limit ${page.limit}`,
  );
}

/** Milliseconds until the next pending mark is due; null when nothing is pending that may be sent. */
export async function nextAttemptIn(tx: Tx, connectionId: string): Promise<number | null> {
  const [found] = await rows<{ ms: number | null }>(
    tx,
    sql`select (extract(epoch from min(w.next_attempt_at) - clock_timestamp()) * 1000)::float8 as ms
        from writes w join events e on e.id = w.event_id
        where w.connection_id = ${connectionId} and w.state = 'pending'
          and (e.deleted_at is null or not exists (
            select from plans p where p.connection_id = w.connection_id and p.side = 'remote' and p.state = 'held'))`,
  );
  return found?.ms ?? null;
}
