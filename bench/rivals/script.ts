import { auth, calendar, type calendar_v3 } from "googleapis/build/src/apis/calendar/index.js";
import pg from "pg";
import type { Task } from "./rival.ts";

/** A plain table as such scripts have it: a primary key, and one unique index to find an event again. */
export const scriptTable = `
  create table if not exists script_events (
    id uuid primary key default gen_random_uuid(),
    calendar_id text not null,
    google_event_id text not null,
    title text not null,
    description text not null,
    location text not null,
    status text not null,
    start_at timestamptz not null,
    end_at timestamptz not null,
    time_zone text not null,
    recurrence text[] not null,
    updated_at timestamptz not null,
    unique (calendar_id, google_event_id))`;

const upsert = {
  name: "upsert",
  text: `
    insert into script_events (calendar_id, google_event_id, title, description, location, status,
      start_at, end_at, time_zone, recurrence, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    on conflict (calendar_id, google_event_id) do update set title = excluded.title,
      description = excluded.description, location = excluded.location, status = excluded.status,
      start_at = excluded.start_at, end_at = excluded.end_at, time_zone = excluded.time_zone,
      recurrence = excluded.recurrence, updated_at = excluded.updated_at`,
};

/**
 * The script that people have: googleapis page by page, one upsert per event, each its own transaction.
 * In its best setting: 2,500 events a page (the default of 250 is ten times the calls), one connection
 * that is kept, and a prepared statement.
 */
export async function script(task: Task): Promise<string> {
  const credentials = new auth.OAuth2();
  credentials.setCredentials({ access_token: task.accessToken });
  const google = calendar({ version: "v3", rootUrl: `${task.apiUrl}/`, auth: credentials });
  const client = new pg.Client({ connectionString: task.databaseUrl });
  await client.connect();
  try {
    for (let pageToken: string | undefined; ;) {
      const { data } = await google.events.list({
        calendarId: task.remoteCalendarId,
        maxResults: 2_500,
        ...(task.syncToken !== undefined && { syncToken: task.syncToken }),
        ...(pageToken !== undefined && { pageToken }),
      });
      for (const event of data.items ?? []) {
        await client.query({ ...upsert, values: valuesOf(task.remoteCalendarId, event) });
      }
      pageToken = data.nextPageToken ?? undefined;
      if (pageToken === undefined) return data.nextSyncToken ?? "";
    }
  } finally {
    await client.end();
  }
}

function valuesOf(calendarId: string, event: calendar_v3.Schema$Event): unknown[] {
  return [
    calendarId,
    event.id,
    event.summary ?? "",
    event.description ?? "",
    event.location ?? "",
    event.status ?? "confirmed",
    event.start?.dateTime ?? event.start?.date,
    event.end?.dateTime ?? event.end?.date,
    event.start?.timeZone ?? "UTC",
    event.recurrence ?? [],
    event.updated,
  ];
}
