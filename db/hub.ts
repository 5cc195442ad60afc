import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";

/**
 * Whether a stored connection closes a circle: events could come back, through others, to where they were
 * taken from, and would be copied at every turn. Looks across companies, and answers nothing else.
 */
export async function closesCircle(tx: Tx, connectionId: string): Promise<boolean> {
  const [found] = await rows<{ circle: boolean }>(
    tx,
    sql`select closes_circle(${connectionId}) as circle`,
  );
  return found?.circle ?? false;
}

/**
 * Lets a connection go on where a disconnected one of the same calendar and the same remote collection
 * stopped: it takes its links over, with what both sides last agreed on. So what has been synced before
 * is recognised by its id at the provider, and what changed in between is merged. Answers how many.
 */
export async function takeOverLinks(tx: Tx, connectionId: string): Promise<number> {
  const [former] = await rows<{ id: string }>(
    tx,
    sql`select f.id from connections c join connections f on f.calendar_id = c.calendar_id and f.provider = c.provider
          and f.settings->>'calendarId' = c.settings->>'calendarId' and f.id <> c.id and f.disconnected_at is not null
          and (f.settings->>'calendarId' <> 'primary' or f.account = c.account)
        where c.id = ${connectionId} and not exists (select from links l where l.connection_id = c.id)
          and exists (select from links l where l.connection_id = f.id)
        order by f.disconnected_at desc limit 1`,
  );
  if (!former) return 0;
  const taken = await rows<{ id: string }>(
    tx,
    sql`update links set connection_id = ${connectionId}, seen_snapshot = null, revision = revision + 1
        where connection_id = ${former.id} returning id`,
  );
  for (const table of [sql`intents`, sql`conflicts`]) {
    await tx.execute(
      sql`update ${table} set connection_id = ${connectionId} where connection_id = ${former.id}`,
    );
  }
  return taken.length;
}
