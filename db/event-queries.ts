import { and, asc, eq, isNull, ne, sql } from "drizzle-orm";
import type { EventItem } from "../sync/event.ts";
import { rows, type Tx } from "./client.ts";
import { instant } from "./clock.ts";
import { toItem } from "./events.ts";
import type { Link } from "./links.ts";
import { events } from "./schema/events.ts";

/** An event as people read it. */
export interface EventRecord {
  id: string;
  calendarId: string;
  version: number;
  item: EventItem;
  lastUpdateSource: string;
  createdAt: Date;
  updatedAt: Date;
  deletedAt: Date | null;
  /** The wall clock by which lists are ordered. */
  place: string;
}

/** No zone is further from UTC than this: wall clocks are compared with that much to spare. */
const zoneSpread = "14 hours";

const toRecord = (row: typeof events.$inferSelect): EventRecord => ({
  id: row.id,
  calendarId: row.calendarId,
  version: row.version,
  item: toItem(row),
  lastUpdateSource: row.lastUpdateSource,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  deletedAt: row.deletedAt,
  place: row.startAt,
});

export async function readEvent(tx: Tx, id: string): Promise<EventRecord | null> {
  const [row] = await tx.select().from(events).where(eq(events.id, id));
  return row ? toRecord(row) : null;
}

export interface EventWindow {
  calendarId?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

/**
 * Events by the wall clock of their start. The window is kept with hours to spare, as zones are: the
 * caller drops what is outside. A series counts from its start on.
 */
export async function listEvents(
  tx: Tx,
  window: EventWindow & { includeDeleted: boolean },
  page: { after: { place: string; id: string } | undefined; limit: number },
): Promise<EventRecord[]> {
  const { after } = page;
  const found = await tx
    .select()
    .from(events)
    .where(
      and(
        within(window),
        window.includeDeleted ? undefined : isNull(events.deletedAt),
        after &&
          sql`(${events.startAt}, ${events.id}) > (${after.place}::timestamp, ${after.id}::uuid)`,
      ),
    )
    .orderBy(asc(events.startAt), asc(events.id))
    .limit(page.limit);
  return found.map(toRecord);
}

/** Single events and masters that may show in a window, with the exceptions of the masters. */
export async function loadSeries(
  tx: Tx,
  window: EventWindow,
  limit: number,
): Promise<{ roots: EventRecord[]; exceptions: EventRecord[] }> {
  const roots = await tx
    .select()
    .from(events)
    .where(
      and(
        within(window),
        isNull(events.masterId),
        isNull(events.deletedAt),
        ne(events.status, "cancelled"),
      ),
    )
    .orderBy(asc(events.startAt), asc(events.id))
    .limit(limit);
  const masters = roots.filter((row) => row.recurrence.length > 0).map((row) => row.id);
  const exceptions =
    masters.length === 0
      ? []
      : await tx
          .select()
          .from(events)
          .where(
            and(
              sql`${events.masterId} = any(${sql.param(masters)}::uuid[])`,
              isNull(events.deletedAt),
            ),
          );
  return { roots: roots.map(toRecord), exceptions: exceptions.map(toRecord) };
}

function within({ calendarId, from, to }: EventWindow) {
  return and(
    calendarId === undefined ? undefined : eq(events.calendarId, calendarId),
    to && sql`${events.startAt} < ${to.toISOString()}::timestamp + ${zoneSpread}::interval`,
    from &&
      sql`(${events.recurrence} <> '{}' or ${events.endAt} >= ${from.toISOString()}::timestamp - ${zoneSpread}::interval)`,
  );
}

/** Deletes softly, by trigger; an exception becomes a cancelled occurrence. */
export async function deleteEvent(tx: Tx, id: string): Promise<void> {
  await tx.delete(events).where(eq(events.id, id));
}

/** How an event stands with one connection of its calendar. */
export interface Standing {
  connectionId: string;
  provider: string;
  direction: "both" | "in" | "out";
  /** False where nothing is sent now: paused, or a person must connect again. */
  active: boolean;
  grantState: string;
  write: "pending" | "completed" | "failed" | null;
  error: string | null;
  attempts: number;
  remoteId: string | null;
  linkState: Link["state"] | null;
  reason: string | null;
  lastSyncedAt: string | null;
  openConflict: boolean;
  /** The event is deleted, and the deletion waits for a person. */
  braked: boolean;
}

/** One row per living connection of the event's calendar, oldest first. */
export function standingOf(tx: Tx, eventId: string): Promise<Standing[]> {
  return rows<Standing>(
    tx,
    sql`select c.id as "connectionId", c.provider, c.direction, c.enabled and c.grant_state = 'ok' as active,
          c.grant_state as "grantState", w.state as write, w.error, coalesce(w.attempts, 0) as attempts,
          l.remote_id as "remoteId", l.state as "linkState", l.reason,
          ${instant(sql`l.last_synced_at`)} as "lastSyncedAt",
          exists (select from conflicts k where k.link_id = l.id and k.state = 'open') as "openConflict",
          e.deleted_at is not null and exists (
            select from plans p where p.connection_id = c.id and p.side = 'remote' and p.state = 'held') as braked
        from events e join connections c on c.calendar_id = e.calendar_id
          left join writes w on w.connection_id = c.id and w.event_id = e.id
          left join links l on l.connection_id = c.id and l.event_id = e.id
        where e.id = ${eventId} and c.disconnected_at is null and c.settings <> '{}'
        order by c.created_at, c.id`,
  );
}

/** The connections that changes of a calendar must reach now. */
export function activeSpokes(
  tx: Tx,
  calendarId: string,
): Promise<{ id: string; provider: string }[]> {
  return rows(
    tx,
    sql`select id, provider from connections where calendar_id = ${calendarId} and enabled and grant_state = 'ok'
          and disconnected_at is null and settings <> '{}' and direction in ('both', 'out') order by id`,
  );
}
