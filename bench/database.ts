import type pg from "pg";
import { hashOf, type Line } from "./sandbox.ts";

const kept = new Set(["companies", "api_keys", "buckets"]);

/** Fresh tables, and a checkpoint, so that no contestant pays for what another has written. */
export async function freshTables(owner: pg.Client): Promise<void> {
  const { rows } = await owner.query<{ name: string }>(
    "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'",
  );
  const names = rows.map((row) => row.name).filter((name) => !kept.has(name));
  await owner.query(`truncate ${names.map((name) => `"${name}"`).join(", ")}`);
  await owner.query("checkpoint");
}

/** Our side of a connection, as lines to compare with the sandbox's. */
async function linesOfLinks(owner: pg.Client, connectionId: string): Promise<Line[]> {
  const { rows } = await owner.query<[...Line]>({
    rowMode: "array",
    text: `select l.remote_id, e.title, e.description, e.location, ${wall("e.start_at")}, ${wall("e.end_at")}, e.start_zone
      from links l join events e on e.id = l.event_id
      where l.connection_id = $1 and l.state = 'live' and e.deleted_at is null
        and l.remote->>'title' = e.title and l.agreed
        and coalesce(l.base_local, l.remote) = l.remote and coalesce(l.base_remote, l.remote) = l.remote`,
    values: [connectionId],
  });
  return rows;
}

async function linesOfScript(owner: pg.Client, remoteCalendarId: string): Promise<Line[]> {
  const { rows } = await owner.query<[...Line]>({
    rowMode: "array",
    text: `select google_event_id, title, description, location, ${wall("start_at at time zone time_zone")},
        ${wall("end_at at time zone time_zone")}, time_zone
      from script_events where calendar_id = $1`,
    values: [remoteCalendarId],
  });
  return rows;
}

const wall = (column: string) => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS')`;

export interface Expected {
  count: number;
  hash: string;
}

/** No time counts before this: every event is there, once, as the sandbox has it. @throws */
export async function checkLinks(
  owner: pg.Client,
  connectionId: string,
  expected: Expected,
  changes: number,
): Promise<void> {
  compare("events and links", await linesOfLinks(owner, connectionId), expected);
  const { rows } = await owner.query<Record<"events" | "links" | "changes", number>>(
    `select (select count(*)::int from events) as events, (select count(*)::int from links) as links,
       (select count(*)::int from changes) as changes`,
  );
  const found = JSON.stringify(rows[0]);
  const wanted = JSON.stringify({ events: expected.count, links: expected.count, changes });
  if (found !== wanted) throw new Error(`the tables hold ${found}, not ${wanted}`);
}

export async function checkCursor(owner: pg.Client, connectionId: string): Promise<void> {
  const { rows } = await owner.query(
    "select 1 from cursors where connection_id = $1 and cursor ? 'syncToken' and not cursor ? 'pageToken'",
    [connectionId],
  );
  if (rows.length !== 1) throw new Error("no finished cursor is stored");
}

export async function checkScript(
  owner: pg.Client,
  remoteCalendarId: string,
  expected: Expected,
): Promise<void> {
  compare("script_events", await linesOfScript(owner, remoteCalendarId), expected);
}

/** Every item once, and equal contents. The first part of a line is its item's id. @throws */
export function compare(
  what: string,
  lines: readonly (readonly (string | null)[])[],
  expected: Expected,
): void {
  const distinct = new Set(lines.map(([id]) => id)).size;
  if (lines.length !== expected.count || distinct !== expected.count) {
    throw new Error(
      `${what}: ${lines.length} rows, ${distinct} of them distinct, not ${expected.count}`,
    );
  }
  if (hashOf(lines) !== expected.hash)
    throw new Error(`${what}: the contents differ from the sandbox`);
}

/** Which versions of its rows a table holds: two answers tell how many rows were written between them. */
export async function rowVersions(owner: pg.Client): Promise<Set<string>> {
  const { rows } = await owner.query<{ row: string }>(
    "select id || ':' || xmin as row from events",
  );
  return new Set(rows.map(({ row }) => row));
}
