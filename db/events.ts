import { sql } from "drizzle-orm";
import type { EventField, EventItem, EventTime } from "../sync/event.ts";
import { rows, type Tx } from "./client.ts";
import type { events } from "./schema/events.ts";

/** Who wrote where a rule of the company decided, as `last_update_source` says it. */
export const ruleSource = "system";

/** An event as the record holds it. `item.master` is the master's event id. */
export interface StoredEvent {
  id: string;
  version: number;
  deleted: boolean;
  item: EventItem;
  /** When each field got its value at its origin, in ms. */
  fieldTimes: Partial<Record<EventField, number>>;
  /** Which side wrote last: `app`, or a provider. */
  source: string;
}

type EventRow = Pick<
  typeof events.$inferSelect,
  | "title"
  | "description"
  | "location"
  | "notes"
  | "status"
  | "allDay"
  | "startAt"
  | "startZone"
  | "startFold"
  | "endAt"
  | "endZone"
  | "endFold"
  | "recurrence"
  | "masterId"
  | "originalStart"
>;

/** The row's columns as an item. */
export function toItem(row: EventRow): EventItem {
  const { title, description, location, notes, status, recurrence } = row;
  return {
    fields: {
      title,
      description,
      location,
      notes,
      status,
      start: toTime(row.allDay, row.startAt, row.startZone, row.startFold),
      end: toTime(row.allDay, row.endAt, row.endZone, row.endFold),
      recurrence,
    },
    ...(row.masterId && { master: row.masterId, originalStart: row.originalStart as EventTime }),
  };
}

function toTime(allDay: boolean, at: string, zone: string | null, fold: number): EventTime {
  if (allDay) return { date: at.slice(0, 10) };
  const local = at.slice(0, 19).replace(" ", "T");
  return { local, zone: zone ?? "UTC", ...(fold === 1 && { fold: 1 as const }) };
}

/** The item as columns, by their names in the database, for bulk statements and inserts alike. */
export function fromItem(item: EventItem) {
  const { title, description, location, notes, status, recurrence } = item.fields;
  const start = fromTime(item.fields.start);
  const end = fromTime(item.fields.end);
  return {
    title,
    description,
    location,
    notes,
    status,
    all_day: "date" in item.fields.start,
    start_at: start.at,
    start_zone: start.zone,
    start_fold: start.fold,
    end_at: end.at,
    end_zone: end.zone,
    end_fold: end.fold,
    recurrence: [...recurrence],
    master_id: item.master ?? null,
    original_start: item.originalStart ?? null,
  };
}

function fromTime(time: EventTime): { at: string; zone: string | null; fold: number } {
  if ("date" in time) return { at: `${time.date}T00:00:00`, zone: null, fold: 0 };
  return { at: time.local, zone: time.zone, fold: time.fold ?? 0 };
}

interface LoadedRow extends EventRow {
  id: string;
  version: string;
  deleted: boolean;
  fieldTimes: StoredEvent["fieldTimes"];
  source: string;
}

/** Loads events and locks them, in id order, so that two transactions never wait for each other. */
export async function lockEvents(
  tx: Tx,
  ids: readonly string[],
): Promise<Map<string, StoredEvent>> {
  if (ids.length === 0) return new Map();
  const found = await rows<LoadedRow>(
    tx,
    sql`select id, version, deleted_at is not null as deleted, field_times as "fieldTimes", last_update_source as source, title, description,
          location, notes, status, all_day as "allDay", start_at::text as "startAt", start_zone as "startZone",
          start_fold as "startFold", end_at::text as "endAt", end_zone as "endZone", end_fold as "endFold",
          recurrence, master_id as "masterId", original_start as "originalStart"
        from events where id = any(${sql.param(ids)}::uuid[]) order by id for update`,
  );
  return new Map(
    found.map((row) => [
      row.id,
      {
        id: row.id,
        version: Number(row.version),
        deleted: row.deleted,
        fieldTimes: row.fieldTimes,
        source: row.source,
        item: toItem(row),
      },
    ]),
  );
}

/** What reconcile stores of one event. */
export interface EventWrite {
  id: string;
  item: EventItem;
  deleted: boolean;
  /** Times of the fields that this write changes, at their origin. */
  times: Partial<Record<EventField, number>>;
}

const columns = sql`title text, description text, location text, notes text, status text, all_day boolean,
  start_at timestamp, start_zone text, start_fold smallint, end_at timestamp, end_zone text, end_fold smallint,
  recurrence text[], master_id uuid, original_start jsonb`;

const record = (write: EventWrite) => ({
  id: write.id,
  deleted: write.deleted,
  times: write.times,
  ...fromItem(write.item),
});

/**
 * Adds events in one statement. Masters come before their exceptions in `writes`. Each value is taken
 * apart once, so `json` does: as `jsonb` it would be built first, a tenth of the statement.
 */
export async function insertEvents(
  tx: Tx,
  calendar: { companyId: string; calendarId: string },
  source: string,
  writes: readonly EventWrite[],
): Promise<void> {
  if (writes.length === 0) return;
  await tx.execute(
    sql`insert into events (id, company_id, calendar_id, title, description, location, notes, status, all_day, start_at,
          start_zone, start_fold, end_at, end_zone, end_fold, recurrence, master_id, original_start, field_times, last_update_source)
        select id, ${calendar.companyId}, ${calendar.calendarId}, title, description, location, notes, status, all_day, start_at,
          start_zone, start_fold, end_at, end_zone, end_fold, recurrence, master_id, original_start, times, ${source}
        from json_to_recordset(${JSON.stringify(writes.map(record))}::json) as t(id uuid, times jsonb, ${columns})`,
  );
}

/** Overwrites events in one statement; the triggers raise versions and mark the other spokes. */
export async function updateEvents(
  tx: Tx,
  source: string,
  writes: readonly EventWrite[],
): Promise<void> {
  if (writes.length === 0) return;
  await tx.execute(
    sql`update events e set title = t.title, description = t.description, location = t.location, notes = t.notes,
          status = t.status, all_day = t.all_day, start_at = t.start_at, start_zone = t.start_zone, start_fold = t.start_fold,
          end_at = t.end_at, end_zone = t.end_zone, end_fold = t.end_fold, recurrence = t.recurrence,
          field_times = e.field_times || t.times, last_update_source = ${source},
          deleted_at = case when t.deleted then coalesce(e.deleted_at, clock_timestamp()) end
        from jsonb_to_recordset(${JSON.stringify(writes.map(record))}::jsonb) as t(id uuid, deleted boolean, times jsonb, ${columns})
        where e.id = t.id`,
  );
}

/**
 * Deletes softly, as the remote has deleted; exceptions follow their master by trigger. All at one
 * moment: what went together comes back together.
 */
export async function deleteEvents(tx: Tx, source: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.execute(
    sql`update events set deleted_at = statement_timestamp(), last_update_source = ${source}
        where id = any(${sql.param(ids)}::uuid[]) and deleted_at is null`,
  );
}

/**
 * What a rule has taken away, and others have deleted at their side as well: it counts as theirs, so
 * that the rule does not make it again.
 */
export async function creditDeletions(
  tx: Tx,
  source: string,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0 || source === ruleSource) return;
  await tx.execute(
    sql`update events set last_update_source = ${source}
        where id = any(${sql.param(ids)}::uuid[]) and deleted_at is not null and last_update_source = ${ruleSource}`,
  );
}
