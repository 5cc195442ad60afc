import type { Played } from "./play.ts";
import type { World } from "./world.ts";

/** Everything that is known of a history that failed: what people did, what we did, and where it ended. */
export async function report({ seed, ops, world }: Played): Promise<string> {
  const { stack, connected, notion, books } = world;
  const parts: [string, readonly object[]][] = [
    ["operations", ops],
    ["people", books.written],
    ...(await ours(world)),
    ["Google", await stack.google.dump(connected.googleCalendar)],
    ["Notion", notion ? await stack.notion.dump(notion.table) : []],
  ];
  const lines = parts.flatMap(([name, rows]) => [name, ...rows.map((row) => JSON.stringify(row))]);
  return [`seed ${seed}`, ...lines].join("\n");
}

/** What our database knows, of each connection of the calendar. */
async function ours({ stack, connected, notion }: World): Promise<[string, object[]][]> {
  const connections = [connected.connectionId, ...(notion ? [notion.connectionId] : [])];
  const of = async (name: string, text: string): Promise<[string, object[]]> => [
    name,
    await stack.psql(text, [connections]),
  ];
  return Promise.all([
    of(
      "trail",
      "select at, connection_id, event_id, side, action, rule, fields, session_id from changes where connection_id = any($1) order by id",
    ),
    of(
      "intents",
      "select opened_at, closed_at, connection_id, event_id, kind, fields, sent->>'title' as title, expected_version, generation, outcome from intents where connection_id = any($1) order by opened_at",
    ),
    of(
      "links",
      "select id, connection_id, event_id, state, reason, remote_id, remote_version, generation, deletion_seen_at, master_remote_id from links where connection_id = any($1)",
    ),
    of(
      "events",
      "select id, title, status, start_at::text, version, master_id, original_start, created_at, deleted_at from events where calendar_id in (select calendar_id from connections where id = any($1))",
    ),
    of(
      "sessions",
      "select l.at, s.connection_id, l.level, l.message, l.data from sync_logs l join sync_sessions s on s.id = l.session_id where s.connection_id = any($1) order by l.id",
    ),
  ]);
}
