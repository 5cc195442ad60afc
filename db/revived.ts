import { sql } from "drizzle-orm";
import type { Change } from "./changes.ts";
import { rows, type Tx } from "./client.ts";

/** Deleted series among these events, and the exceptions that went with them: any may soon live again. */
export async function goneSeries(tx: Tx, masterIds: readonly string[]): Promise<string[]> {
  if (masterIds.length === 0) return [];
  const found = await rows<{ id: string }>(
    tx,
    sql`select e.id from events m join events e on e.id = m.id or (e.master_id = m.id and e.deleted_at = m.deleted_at)
        where m.id = any(${sql.param(masterIds)}::uuid[]) and m.deleted_at is not null`,
  );
  return found.map(({ id }) => id);
}

/** The trail of what lives again because an event of its series does; `named` have a trail of their own. */
export async function revivedAlong(
  tx: Tx,
  gone: readonly string[],
  named: readonly Change[],
): Promise<Change[]> {
  if (gone.length === 0) return [];
  const own = new Set(named.filter(({ side }) => side === "local").map(({ eventId }) => eventId));
  const back = await rows<{ eventId: string; version: number }>(
    tx,
    sql`select id as "eventId", version::float8 as version from events
        where id = any(${sql.param(gone)}::uuid[]) and deleted_at is null`,
  );
  return back
    .filter(({ eventId }) => !own.has(eventId))
    .map(({ eventId, version }) => ({
      eventId,
      side: "local",
      action: "restored",
      fields: {},
      rule: "write local (with its series)",
      version,
    }));
}
