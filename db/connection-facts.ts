import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";
import { ageMs, instant } from "./clock.ts";

/** What is going on with a connection, counted now. */
export interface ConnectionFacts {
  connectionId: string;
  /** Somebody has rung, and no finished session has answered it yet. */
  rung: boolean;
  runningSession: string | null;
  nextSession: string | null;
  /** Since the last complete pass, by the database's clock, which has also set its time. */
  passAgeMs: number | null;
  links: number;
  setAside: number;
  pendingWrites: number;
  failedWrites: number;
  openConflicts: number;
  heldPlans: number;
  /** A preview that keeps sessions from starting: one that waits, or a first one that was discarded. */
  preview: "ready" | "discarded" | null;
  hasCursor: boolean;
  channel: { id: string; state: "opening" | "open"; expiresAt: string | null } | null;
}

export async function readFacts(
  tx: Tx,
  ids: readonly string[],
): Promise<Map<string, ConnectionFacts>> {
  if (ids.length === 0) return new Map();
  const found = await rows<ConnectionFacts>(
    tx,
    sql`select c.id as "connectionId", coalesce(r.rung > r.served, false) as rung,
          r.running_session as "runningSession", r.next_session as "nextSession",
          ${ageMs(sql`c.last_complete_pass_at`)} as "passAgeMs",
          l.live as links, l.aside as "setAside", w.pending as "pendingWrites", w.failed as "failedWrites",
          (select count(*)::int from conflicts k where k.connection_id = c.id and k.state = 'open') as "openConflicts",
          (select count(*)::int from plans p where p.connection_id = c.id and p.state = 'held') as "heldPlans",
          case when exists (select from plans p where p.connection_id = c.id and p.kind = 'preview' and p.state = 'ready'
              and coalesce(p.waits_until > clock_timestamp(), true)) then 'ready'
            when c.first_sync = 'preview' and c.last_complete_pass_at is null and (
              select p.state from plans p where p.connection_id = c.id and p.kind = 'preview'
                order by p.created_at desc limit 1) = 'discarded' then 'discarded' end as preview,
          exists (select from cursors s where s.connection_id = c.id and s.cursor is not null) as "hasCursor",
          (select jsonb_build_object('id', h.id, 'state', h.state, 'expiresAt', ${instant(sql`h.expires_at`)})
             from channels h where h.connection_id = c.id
               and (h.state = 'opening' or (h.state = 'open' and h.expires_at > now()))
             order by h.state = 'open' desc, h.created_at desc limit 1) as channel
        from connections c left join rings r on r.connection_id = c.id
          cross join lateral (select count(*) filter (where state = 'live')::int as live,
            count(*) filter (where state in ('set-aside', 'waiting', 'kept-out'))::int as aside from links where connection_id = c.id) l
          cross join lateral (select count(*) filter (where state = 'pending')::int as pending,
            count(*) filter (where state = 'failed')::int as failed from writes where connection_id = c.id) w
        where c.id = any(${sql.param(ids)}::uuid[])`,
  );
  return new Map(found.map((facts) => [facts.connectionId, facts]));
}

/** An item that cannot be synced now, and why. */
export interface SetAside {
  id: string;
  state: "waiting" | "set-aside" | "kept-out";
  reason: string | null;
  remoteId: string | null;
  eventId: string | null;
}

export function listSetAside(
  tx: Tx,
  connectionId: string,
  page: { after: string | undefined; limit: number },
): Promise<SetAside[]> {
  const after = page.after === undefined ? sql`` : sql`and id > ${page.after}::uuid`;
  return rows<SetAside>(
    tx,
    sql`select id, state, reason, remote_id as "remoteId", event_id as "eventId" from links
        where connection_id = ${connectionId} and state in ('set-aside', 'waiting', 'kept-out') ${after} order by id limit ${page.limit}`,
  );
}

/** A record, or what belongs to one, that cannot be read now, and why. */
export interface RecordAside {
  /** Absent for an item that was only named and never read. */
  id: string | null;
  /** `set-aside` where it is not understood, `waiting` where reading what belongs to it has failed. */
  state: "waiting" | "set-aside";
  reason: string | null;
  stream: string;
  remoteId: string;
}

export type AsidePlace = Pick<RecordAside, "stream" | "remoteId" | "state">;

export function listRecordsAside(
  tx: Tx,
  connectionId: string,
  page: { after: AsidePlace | undefined; limit: number },
): Promise<RecordAside[]> {
  const { after } = page;
  const place = after
    ? sql`where (stream, "remoteId", state) > (${after.stream}, ${after.remoteId}, ${after.state})`
    : sql``;
  return rows<RecordAside>(
    tx,
    sql`select * from (
          select id, 'set-aside' as state, reason, stream, remote_id as "remoteId" from records
          where connection_id = ${connectionId} and state = 'set-aside'
          union all
          select r.id, 'waiting', w.error, w.stream, w.remote_id from record_work w
            left join records r on r.connection_id = w.connection_id and r.stream = w.stream and r.remote_id = w.remote_id
          where w.connection_id = ${connectionId} and w.error is not null) a
        ${place} order by stream, "remoteId", state limit ${page.limit}`,
  );
}

/** An item that is linked more than once on one connection. */
export interface Duplicate {
  connectionId: string;
  remoteId: string | null;
  eventId: string | null;
  count: number;
}

/** The answer that must always be empty, asked of the rows and not of the rules that keep it so. */
export function findDuplicates(tx: Tx): Promise<Duplicate[]> {
  return rows<Duplicate>(
    tx,
    sql`select connection_id as "connectionId", remote_id as "remoteId", null as "eventId", count(*)::int as count
        from links where remote_id is not null group by connection_id, remote_id having count(*) > 1
        union all
        select connection_id, null, event_id::text, count(*)::int
        from links where event_id is not null group by connection_id, event_id having count(*) > 1
        limit 500`,
  );
}
