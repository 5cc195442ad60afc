import { sql } from "drizzle-orm";
import { changedFields } from "../sync/change.ts";
import type { EventField } from "../sync/event.ts";
import { planUndo } from "../sync/undo.ts";
import type { Entry } from "../sync/undo-effect.ts";
import type { Standing, Undo } from "../sync/undo-scene.ts";
import { rows, type Tx } from "./client.ts";
import { lockEvents, type StoredEvent } from "./events.ts";
import { type Link, lockLinksOfEvents } from "./links.ts";

/** A session whose writes are to be taken back. */
export interface Undone {
  sessionId: string;
  connectionId: string;
  /** The fields that the connection carries. */
  fields: readonly EventField[];
}

/** What undoing a session comes to now, and what it was planned from: locked until the transaction ends. */
export interface PlannedUndo extends Undo {
  entries: Entry[];
  events: Map<string, StoredEvent>;
  /** By event, on the session's connection. */
  links: Map<string, Link>;
}

export async function planUndoNow(tx: Tx, of: Undone): Promise<PlannedUndo> {
  const entries = await readEntries(tx, of);
  const ids = [...new Set(entries.map(({ eventId }) => eventId))];
  const went = await readSeries(tx, ids);
  const events = await lockEvents(tx, [...went.keys()]);
  const found = await lockLinksOfEvents(tx, of.connectionId, [...events.keys()]);
  const links = new Map(
    found.flatMap((link) => (link.eventId ? [[link.eventId, link] as const] : [])),
  );
  const standings = new Map<string, Standing>();
  for (const [id, event] of events) {
    const standing = standingOf(event, links.get(id), of.fields);
    standings.set(id, { ...standing, wentWithSeries: went.get(id) ?? false });
  }
  return { ...planUndo(entries, standings), entries, events, links };
}

function readEntries(tx: Tx, { sessionId, connectionId }: Undone): Promise<Entry[]> {
  return rows<Entry>(
    tx,
    sql`select event_id as "eventId", side, action, fields, version::float8 as version from changes
        where connection_id = ${connectionId} and session_id = ${sessionId} order by id`,
  );
}

/** These events, their masters, and the exceptions of all of these; whether each went with its series. */
async function readSeries(tx: Tx, ids: readonly string[]): Promise<Map<string, boolean>> {
  const found = await rows<{ id: string; went: boolean }>(
    tx,
    sql`with spoken as (select id, master_id from events where id = any(${sql.param(ids)}::uuid[])),
          masters as (select coalesce(master_id, id) as id from spoken)
        select e.id, coalesce(e.deleted_at = m.deleted_at, false) as went
        from events e left join events m on m.id = e.master_id
        where e.id in (select id from masters union select id from spoken)
          or (e.master_id in (select id from masters) and (e.deleted_at is null or e.deleted_at = m.deleted_at))`,
  );
  return new Map(found.map(({ id, went }) => [id, went]));
}

function standingOf(
  { item, deleted, version }: StoredEvent,
  link: Link | undefined,
  fields: readonly EventField[],
): Standing {
  const isKnown = link && link.state !== "set-aside" && !link.deletionSeen;
  const remote = isKnown ? link.remote : null;
  const agreed = link?.base && remote && changedFields(link.base.remote, remote, fields);
  return {
    fields: item.fields,
    deleted,
    version,
    ...(item.master && { master: item.master }),
    ...(item.originalStart && { originalStart: item.originalStart }),
    remote,
    wasThere: link?.state === "tombstone" && !link.remote && link.base !== null,
    remoteIsAgreed: agreed?.length === 0,
  };
}
