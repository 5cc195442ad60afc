import { sql } from "drizzle-orm";
import type { EventField, EventFields } from "../sync/event.ts";
import { rows, type Tx } from "./client.ts";

/** What is about to be sent. Its id travels with the write as the mark. */
export interface Intent {
  id: string;
  linkId: string;
  eventId: string;
  kind: "create" | "update" | "delete" | "restore";
  fields: EventField[];
  /** What the provider will be given, as it can hold it. */
  sent: EventFields;
  /** Our side as it was then. */
  local: EventFields;
  eventVersion: number;
  expectedVersion: string | null;
  generation: number;
  /** The session that committed it; absent before it is stored. */
  sessionId?: string;
}

export type IntentOutcome = "landed" | "superseded" | "refused" | "not landed";

export async function openIntents(
  tx: Tx,
  of: { companyId: string; connectionId: string; sessionId: string },
  intents: readonly Intent[],
): Promise<void> {
  if (intents.length === 0) return;
  await tx.execute(
    sql`insert into intents (id, company_id, connection_id, session_id, link_id, event_id, kind, fields, sent, local, event_version, expected_version, generation)
        select id, ${of.companyId}, ${of.connectionId}, ${of.sessionId}, "linkId", "eventId", kind, fields, sent, local, "eventVersion", "expectedVersion", generation
        from jsonb_to_recordset(${JSON.stringify(intents)}::jsonb) as t(id uuid, "linkId" uuid, "eventId" uuid, kind text, fields text[],
          sent jsonb, local jsonb, "eventVersion" int8, "expectedVersion" text, generation int)`,
  );
}

/** The open intents of some links, by link id. There is at most one each. */
export async function readOpenIntents(
  tx: Tx,
  linkIds: readonly string[],
): Promise<Map<string, Intent>> {
  if (linkIds.length === 0) return new Map();
  const found = await rows<Intent>(
    tx,
    sql`select id, link_id as "linkId", event_id as "eventId", kind, fields, sent, local, event_version::float8 as "eventVersion",
          expected_version as "expectedVersion", generation, session_id as "sessionId"
        from intents where link_id = any(${sql.param(linkIds)}::uuid[]) and closed_at is null`,
  );
  return new Map(found.map((intent) => [intent.linkId, intent]));
}

/** Those of some marks whose write was committed before the one of the mark that is current. */
export async function earlierMarks(
  tx: Tx,
  marks: readonly { mark: string; current: string }[],
): Promise<Set<string>> {
  const ours = marks.filter(({ mark }) => isUuid(mark));
  if (ours.length === 0) return new Set();
  const found = await rows<{ mark: string }>(
    tx,
    sql`select a.id::text as mark from jsonb_to_recordset(${JSON.stringify(ours)}::jsonb) as m(mark uuid, current uuid)
          join intents a on a.id = m.mark join intents b on b.id = m.current
        where a.link_id = b.link_id and a.opened_at < b.opened_at`,
  );
  return new Set(found.map(({ mark }) => mark));
}

/** What providers return as our mark is anybody's text. */
const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

export async function closeIntents(
  tx: Tx,
  closed: readonly { id: string; outcome: IntentOutcome }[],
): Promise<void> {
  if (closed.length === 0) return;
  await tx.execute(
    sql`update intents i set closed_at = now(), outcome = c.outcome
        from jsonb_to_recordset(${JSON.stringify(closed)}::jsonb) as c(id uuid, outcome text) where i.id = c.id and i.closed_at is null`,
  );
}

/** Closes whatever is open on a connection as not landed: a rehearsal cannot look. */
export async function withdrawIntents(tx: Tx, connectionId: string): Promise<void> {
  await tx.execute(
    sql`update intents set closed_at = now(), outcome = 'not landed' where connection_id = ${connectionId} and closed_at is null`,
  );
}

/**
 * Links whose items we made just now, and which a listing has not held so far. An occurrence that we
 * changed is among them: before that it was no entry of its own.
 */
export function freshCreations(
  tx: Tx,
  connectionId: string,
  of: { snapshotId: string; withinMs: number },
): Promise<{ id: string; remoteId: string }[]> {
  return rows(
    tx,
    sql`select l.id, l.remote_id as "remoteId" from links l
        where l.connection_id = ${connectionId} and l.remote_id is not null and l.deletion_seen_at is null
          and l.state = 'live' and l.seen_snapshot is distinct from ${of.snapshotId}
          and exists (select from intents i where i.link_id = l.id and i.outcome = 'landed'
            and (i.kind = 'create' or (i.kind = 'update' and l.master_remote_id is not null)) and i.closed_at > now() - make_interval(secs => ${of.withinMs / 1000}))`,
  );
}
