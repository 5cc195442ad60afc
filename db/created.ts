import { sql } from "drizzle-orm";
import type { EventField, EventFields } from "../sync/event.ts";
import type { Tx } from "./client.ts";
import type { Link } from "./links.ts";

/** An item that only the remote had, no exception: event, link and trail begin from the same values. */
export interface Created {
  link: Link & { eventId: string; remote: EventFields };
  /** Times of the fields at their origin, in ms. */
  times: Partial<Record<EventField, number>>;
  rule: string;
}

/** Everything but the fields, which travel beside it: what is absent does not travel at all. */
const envelope = ({ link, times, rule }: Created) => ({
  event: link.eventId,
  link: link.id,
  remote_id: link.remoteId,
  version: link.remoteVersion ?? undefined,
  updated: link.remoteUpdatedAt ?? undefined,
  mark: link.remoteMark ?? undefined,
  times,
  rule,
});

/**
 * One value a line: JSON never holds a bare line break. Postgres takes a list apart this way in two thirds
 * of the time that `jsonb_to_recordset` takes for the same values.
 */
const lines = (values: readonly unknown[]): string =>
  values.map((value) => JSON.stringify(value)).join("\n");

const clock = (field: "start" | "end") => {
  const time = sql.raw(`fields->'${field}'`);
  return sql`coalesce(${time}->>'local', ${time}->>'date')::timestamp, ${time}->>'zone', coalesce((${time}->>'fold')::smallint, 0)`;
};

/**
 * Events, links and trail of new items in one statement. It is the whole of a first import, where it
 * takes a quarter less of the database than a statement a table, and half the bytes.
 */
export async function addCreated(
  tx: Tx,
  of: {
    companyId: string;
    connectionId: string;
    calendarId: string;
    sessionId: string;
    source: string;
    snapshotId: string | null;
  },
  created: readonly Created[],
): Promise<void> {
  if (created.length === 0) return;
  await tx.execute(
    sql`with parsed as materialized (
          select envelope::jsonb, fields::jsonb from rows from (
            string_to_table(${lines(created.map(envelope))}, E'\n'),
            string_to_table(${lines(created.map(({ link }) => link.remote))}, E'\n')) as line(envelope, fields)),
        t as materialized (
          select (envelope->>'event')::uuid as event, (envelope->>'link')::uuid as link, envelope->>'remote_id' as remote_id,
            envelope->>'version' as version, (envelope->>'updated')::float8 as updated, (envelope->>'mark')::uuid as mark,
            envelope->'times' as times, envelope->>'rule' as rule, fields from parsed),
        new_events as (
          insert into events (id, company_id, calendar_id, title, description, location, notes, status, all_day, start_at, start_zone, start_fold,
            end_at, end_zone, end_fold, recurrence, field_times, last_update_source)
          select event, ${of.companyId}, ${of.calendarId}, fields->>'title', fields->>'description', fields->>'location', fields->>'notes',
            fields->>'status', fields->'start' ? 'date', ${clock("start")}, ${clock("end")},
            case when fields->'recurrence' = '[]' then '{}' else array(select jsonb_array_elements_text(fields->'recurrence')) end,
            times, ${of.source} from t),
        new_links as (
          insert into links (id, company_id, connection_id, event_id, state, remote_id, remote_version, remote, remote_updated_at, remote_mark,
            agreed, revision, seen_snapshot, last_synced_at)
          select link, ${of.companyId}, ${of.connectionId}, event, 'live', remote_id, version, fields, to_timestamp(updated / 1000), mark,
            true, 1, ${of.snapshotId}, now() from t)
        insert into changes (company_id, connection_id, session_id, event_id, side, action, rule, version)
        select ${of.companyId}, ${of.connectionId}, ${of.sessionId}, event, 'local', 'created', rule, 1 from t`,
  );
}
