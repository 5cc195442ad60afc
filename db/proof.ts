import { sql } from "drizzle-orm";
import type { Base } from "../sync/decide.ts";
import type { EventFields, EventItem } from "../sync/event.ts";
import { rows, type Tx } from "./client.ts";
import { toItem } from "./events.ts";
import type { Link } from "./links.ts";

/** How many intents there are of each kind and outcome; `open` is one whose outcome is not known yet. */
export interface IntentCount {
  kind: string;
  outcome: string;
  count: number;
}

export function countIntents(tx: Tx, connectionId: string): Promise<IntentCount[]> {
  return rows(
    tx,
    sql`select kind, coalesce(outcome, 'open') as outcome, count(*)::int as count from intents
        where connection_id = ${connectionId} group by 1, 2 order by 1, 2`,
  );
}

export interface StrangeIntent {
  kind: "open intent" | "effects" | "created twice";
  eventId: string;
  words: string;
}

/**
 * Intents that do not have exactly one effect: an open one waits to be looked at; one that landed has one
 * row in the trail; a creation key makes one item.
 */
export function strangeIntents(tx: Tx, connectionId: string): Promise<StrangeIntent[]> {
  return rows(
    tx,
    sql`select 'open intent' as kind, event_id as "eventId", 'its outcome is not known yet: it is looked at first in the next session' as words
        from intents where connection_id = ${connectionId} and closed_at is null
        union all
        select 'effects', i.event_id, i.landed || ' landed writes of one version, and ' || h.told || ' rows in the trail'
        from (select event_id, session_id, event_version, kind = 'delete' as gone, count(*) as landed from intents
              where connection_id = ${connectionId} and outcome = 'landed' group by 1, 2, 3, 4) i
          cross join lateral (select count(*) as told from changes c where c.event_id = i.event_id and c.session_id = i.session_id
            and c.connection_id = ${connectionId} and c.side = 'remote' and c.version = i.event_version and (c.action = 'deleted') = i.gone) h
        where i.landed <> h.told
        union all
        select 'created twice', min(event_id::text)::uuid, 'two creations of one key have landed'
        from intents where connection_id = ${connectionId} and kind = 'create' and outcome = 'landed'
        group by link_id, generation having count(*) > 1
        limit 500`,
  );
}

/** A link with its event, as a proof compares them. */
export interface Pair {
  linkId: string;
  eventId: string | null;
  /** Of the link, and of the event: whether either has moved since. */
  moved: string;
  state: Link["state"];
  reason: string | null;
  remoteId: string | null;
  remoteVersion: string | null;
  remote: EventFields | null;
  base: Base | null;
  deletionSeen: boolean;
  conflicts: string[];
  write: "pending" | "completed" | "failed" | null;
  writeError: string | null;
  nextAttemptAt: string | null;
  /** Null where there is none, or it is deleted. */
  item: EventItem | null;
}

const selected = sql`select l.id as "linkId", l.event_id as "eventId", l.revision || ' ' || coalesce(e.version, 0) as moved, l.state, l.reason,
    l.remote_id as "remoteId", l.remote_version as "remoteVersion", l.remote, l.deletion_seen_at is not null as "deletionSeen",
    case when l.agreed then jsonb_build_object('local', coalesce(l.base_local, l.remote), 'remote', coalesce(l.base_remote, l.remote)) end as base,
    array(select k.field from conflicts k where k.link_id = l.id and k.state = 'open' order by 1) as conflicts,
    w.state as write, w.error as "writeError", w.next_attempt_at::text as "nextAttemptAt",
    e.id is null or e.deleted_at is not null as gone, e.title, e.description, e.location, e.notes, e.status, e.all_day as "allDay",
    e.start_at::text as "startAt", e.start_zone as "startZone", e.start_fold as "startFold", e.end_at::text as "endAt",
    e.end_zone as "endZone", e.end_fold as "endFold", e.recurrence, e.master_id as "masterId", e.original_start as "originalStart"
  from links l left join events e on e.id = l.event_id left join writes w on w.connection_id = l.connection_id and w.event_id = l.event_id`;

type Row = Omit<Pair, "item"> & Parameters<typeof toItem>[0] & { gone: boolean };

const toPair = (row: Row): Pair => ({ ...row, item: row.gone ? null : toItem(row) });

export async function pairsOfRemotes(
  tx: Tx,
  connectionId: string,
  remoteIds: readonly string[],
): Promise<Map<string, Pair>> {
  const found = await rows<Row>(
    tx,
    sql`${selected} where l.connection_id = ${connectionId} and l.remote_id = any(${sql.param(remoteIds)}::text[])`,
  );
  return new Map(found.map((row) => [row.remoteId ?? "", toPair(row)]));
}

/** All links of a connection, in the order of their ids. */
export async function nextPairs(
  tx: Tx,
  connectionId: string,
  page: { after: string | null; limit: number },
): Promise<Pair[]> {
  const after = page.after === null ? sql`` : sql`and l.id > ${page.after}::uuid`;
  const found = await rows<Row>(
    tx,
    sql`${selected} where l.connection_id = ${connectionId} ${after} order by l.id limit ${page.limit}`,
  );
  return found.map(toPair);
}

/** Living events of the calendar that the connection should send, and that nobody is on the way to send. */
export function neverQueued(tx: Tx, connectionId: string): Promise<{ eventId: string }[]> {
  return rows(
    tx,
    sql`select e.id as "eventId" from connections c join events e on e.calendar_id = c.calendar_id
        where c.id = ${connectionId} and c.direction in ('both', 'out') and e.deleted_at is null
          and not exists (select from links l where l.connection_id = c.id and l.event_id = e.id)
          and not exists (select from writes w where w.connection_id = c.id and w.event_id = e.id and w.state <> 'completed')
        limit 500`,
  );
}
