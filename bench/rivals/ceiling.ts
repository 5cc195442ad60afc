import pg from "pg";
import { newId } from "../../db/ids.ts";
import type { Task } from "./rival.ts";

interface Listing {
  items: {
    id: string;
    etag: string;
    updated: string;
    status: string;
    summary?: string;
    description?: string;
    location?: string;
    start: { dateTime: string; timeZone: string };
    end: { dateTime: string; timeZone: string };
    recurrence?: string[];
  }[];
  nextPageToken?: string;
  nextSyncToken?: string;
}

const inserts = [
  `insert into events (id, company_id, calendar_id, title, description, location, status, start_at,
     start_zone, end_at, end_zone, recurrence, field_times, last_update_source)
   select id, $2, $3, title, description, location, status, start_at, start_zone, end_at, end_zone,
     recurrence, times, 'google'
   from json_to_recordset($1::json) as t (id uuid, title text, description text, location text,
     status text, start_at timestamp, start_zone text, end_at timestamp, end_zone text,
     recurrence text[], times jsonb)`,
  `insert into links (id, company_id, connection_id, event_id, state, remote_id, remote_version, remote,
     remote_updated_at, agreed, revision, seen_snapshot, last_synced_at)
   select id, $2, $3, event_id, 'live', remote_id, version, fields, updated, true, 1, $4, now()
   from json_to_recordset($1::json) as t (id uuid, event_id uuid, remote_id text, version text,
     fields jsonb, updated timestamptz)`,
  `insert into changes (company_id, connection_id, session_id, event_id, side, action, rule, version)
   select $2, $3, $4, id::uuid, 'local', 'created', 'write local', 1
   from json_array_elements_text($1::json) as id`,
] as const;

/**
 * As fast as these tables can be filled: plain fetch, the next page while the last one is stored, one
 * statement a table and page, one transaction, as a role that no policy binds. Nothing is compared,
 * decided or checked, and a crash loses everything.
 */
export async function ceiling(task: Task): Promise<string> {
  const client = new pg.Client({ connectionString: task.databaseUrl });
  await client.connect();
  try {
    await client.query("begin");
    await client.query(
      "select set_config('app.source', 'google', true), set_config('app.origin', $1, true)",
      [task.connectionId],
    );
    const session = newId();
    for (let next: Promise<Listing> | null = fetchPage(task); next;) {
      const page: Listing = await next;
      next = page.nextPageToken === undefined ? null : fetchPage(task, page.nextPageToken);
      await store(client, task, session, page);
      if (page.nextSyncToken !== undefined) {
        await client.query("commit");
        return page.nextSyncToken;
      }
    }
    throw new Error("the listing ended without a sync token");
  } finally {
    await client.end();
  }
}

async function fetchPage(task: Task, pageToken?: string): Promise<Listing> {
  const path = `/calendar/v3/calendars/${encodeURIComponent(task.remoteCalendarId)}/events`;
  const url = new URL(task.apiUrl + path);
  url.searchParams.set("maxResults", "2500");
  if (pageToken !== undefined) url.searchParams.set("pageToken", pageToken);
  const answer = await fetch(url, { headers: { authorization: `Bearer ${task.accessToken}` } });
  return (await answer.json()) as Listing;
}

async function store(client: pg.Client, task: Task, session: string, page: Listing): Promise<void> {
  const rows = page.items.map(rowsOf);
  const { companyId, calendarId, connectionId } = task;
  const [events, links, changes] = inserts;
  const json = (pick: (row: ReturnType<typeof rowsOf>) => unknown) =>
    JSON.stringify(rows.map(pick));
  await client.query(events, [json(({ event }) => event), companyId, calendarId]);
  await client.query(links, [json(({ link }) => link), companyId, connectionId, session]);
  await client.query(changes, [json(({ event }) => event.id), companyId, connectionId, session]);
}

function rowsOf(item: Listing["items"][number]) {
  const at = Date.parse(item.updated);
  const fields = {
    title: item.summary ?? "",
    description: item.description ?? "",
    location: item.location ?? "",
    notes: "",
    status: item.status,
    start: { local: item.start.dateTime.slice(0, 19), zone: item.start.timeZone },
    end: { local: item.end.dateTime.slice(0, 19), zone: item.end.timeZone },
    recurrence: item.recurrence ?? [],
  };
  const { start, end, ...texts } = fields;
  const id = newId();
  const times = {
    title: at,
    description: at,
    location: at,
    status: at,
    start: at,
    end: at,
    recurrence: at,
  };
  return {
    event: {
      id,
      ...texts,
      start_at: start.local,
      start_zone: start.zone,
      end_at: end.local,
      end_zone: end.zone,
      times,
    },
    link: {
      id: newId(),
      event_id: id,
      remote_id: item.id,
      version: item.etag,
      fields,
      updated: item.updated,
    },
  };
}
