import { sql } from "drizzle-orm";
import type { EventTime } from "../sync/event.ts";
import { rows, type Tx } from "./client.ts";
import { type Link, lockLinksOfEvents } from "./links.ts";

/**
 * The exceptions that our side already has at these places of a series, and their links on this
 * connection. Those that went with their series are among them: they come back with it.
 */
export async function exceptionsAt(
  tx: Tx,
  connectionId: string,
  places: readonly { masterId: string; originalStart: EventTime }[],
): Promise<{ events: Map<string, string>; links: Link[] }> {
  if (places.length === 0) return { events: new Map(), links: [] };
  const found = await rows<{ id: string; place: number }>(
    tx,
    sql`select e.id, p.place::int as place from jsonb_to_recordset(${JSON.stringify(places.map((place, index) => ({ ...place, place: index })))}::jsonb)
          as p("masterId" uuid, "originalStart" jsonb, place int)
        join events m on m.id = p."masterId"
        join events e on e.master_id = m.id and e.original_start = p."originalStart"
          and (e.deleted_at is null or e.deleted_at = m.deleted_at)`,
  );
  const events = new Map(
    found.flatMap(({ id, place }) => {
      const at = places[place];
      return at ? [[`${at.masterId} ${JSON.stringify(at.originalStart)}`, id] as const] : [];
    }),
  );
  return { events, links: await lockLinksOfEvents(tx, connectionId, [...events.values()]) };
}

/**
 * What comes to life again by itself when exceptions of these masters live, or these series come back:
 * the masters that are deleted, and the exceptions that went with them. To be asked beforehand.
 */
export function broughtBack(
  tx: Tx,
  of: { masters: readonly string[]; series: readonly string[] },
): Promise<{ id: string; version: number }[]> {
  return rows(
    tx,
    sql`with series as (
          select id, version, deleted_at from events where deleted_at is not null
            and id = any(${sql.param([...of.masters, ...of.series])}::uuid[]))
        select id, version::float8 as version from series
        union all
        select e.id, e.version::float8 from events e join series s on s.id = e.master_id and s.deleted_at = e.deleted_at`,
  );
}
