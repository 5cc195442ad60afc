import type { Played } from "./play.ts";

/** Everything that is known of a history that failed: what people did, what we did, and where it ended. */
export async function report({ seed, ops, world }: Played): Promise<string> {
  const { connectionId, calendarId, googleCalendar } = world.connected;
  const lines = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join("\n");
  const [trail, intents, links, events] = await Promise.all([
    world.stack.psql(
      "select at, event_id, side, action, rule, fields, session_id from changes where connection_id = $1 order by id",
      [connectionId],
    ),
    world.stack.psql(
      "select opened_at, closed_at, event_id, kind, fields, sent->>'title' as title, expected_version, generation, outcome from intents where connection_id = $1 order by opened_at",
      [connectionId],
    ),
    world.stack.psql(
      "select id, event_id, state, reason, remote_id, remote_version, generation, deletion_seen_at, master_remote_id from links where connection_id = $1",
      [connectionId],
    ),
    world.stack.psql(
      "select id, title, status, start_at::text, version, master_id, original_start, created_at, deleted_at from events where calendar_id = $1",
      [calendarId],
    ),
  ]);
  const sessions = await world.stack.psql(
    "select l.at, l.level, l.message, l.data from sync_logs l join sync_sessions s on s.id = l.session_id where s.connection_id = $1 order by l.id",
    [connectionId],
  );
  return [
    `seed ${seed}`,
    "operations",
    lines(ops),
    "people",
    lines(world.books.written),
    "trail",
    lines(trail),
    "intents",
    lines(intents),
    "links",
    lines(links),
    "events",
    lines(events),
    "sessions",
    lines(sessions),
    "Google",
    lines(await world.stack.google.dump(googleCalendar)),
  ].join("\n");
}
