import { sql } from "drizzle-orm";
import type { EventFields } from "../sync/event.ts";
import { rows, type Tx } from "./client.ts";

/** One row of a session's trail, with what it speaks of. */
export interface TrailRow {
  eventId: string;
  linkId: string | null;
  remoteId: string | null;
  side: "local" | "remote";
  action: "created" | "updated" | "deleted" | "restored";
  fields: Record<string, { before: unknown; after: unknown }>;
  rule: string;
  version: number;
  /** What was made at the provider. */
  sent: EventFields | null;
}

/** What a session has done on both sides, in its order. */
export function readSessionTrail(tx: Tx, sessionId: string): Promise<TrailRow[]> {
  return rows(
    tx,
    sql`select c.event_id as "eventId", l.id as "linkId", l.remote_id as "remoteId", c.side, c.action, c.fields, c.rule,
          c.version::float8 as version, i.sent
        from changes c left join links l on l.connection_id = c.connection_id and l.event_id = c.event_id
          left join lateral (select sent from intents where link_id = l.id and session_id = c.session_id and kind = 'create'
            order by opened_at desc limit 1) i on c.side = 'remote' and c.action = 'created'
        where c.session_id = ${sessionId} order by c.id`,
  );
}
