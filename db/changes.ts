import { sql } from "drizzle-orm";
import type { FieldConflict } from "../sync/decide.ts";
import { rows, type Tx } from "./client.ts";

interface Within {
  companyId: string;
  connectionId: string;
  sessionId: string;
}

/** One row of the why-trail. */
export interface Change {
  eventId: string;
  side: "local" | "remote";
  action: "created" | "updated" | "deleted" | "restored";
  fields: Record<string, { before: unknown; after: unknown }>;
  rule: string;
  version: number;
  /** Where the change was made by an earlier session than the one that notes it. */
  sessionId?: string;
}

export async function addChanges(tx: Tx, of: Within, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  await tx.execute(
    sql`insert into changes (company_id, connection_id, session_id, event_id, side, action, fields, rule, version)
        select ${of.companyId}, ${of.connectionId}, coalesce("sessionId", ${of.sessionId}), "eventId", side, action, fields, rule, version
        from jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) as t("eventId" uuid, side text, action text, fields jsonb, rule text, version int8,
          "sessionId" uuid)`,
  );
}

/** A person's choice that changed our side: nobody's session did it. */
export async function addChoice(
  tx: Tx,
  of: { companyId: string; connectionId: string; by: string },
  change: Omit<Change, "side" | "action">,
): Promise<void> {
  await tx.execute(
    sql`insert into changes (company_id, connection_id, by, event_id, side, action, fields, rule, version)
        values (${of.companyId}, ${of.connectionId}, ${of.by}, ${change.eventId}, 'local', 'updated',
          ${JSON.stringify(change.fields)}::jsonb, ${change.rule}, ${change.version})`,
  );
}

/** Deletions of the last 24 hours on one side that neither a person nor a rule has decided: what the brake counts. */
export async function recentDeletions(
  tx: Tx,
  connectionId: string,
  side: Change["side"],
): Promise<number> {
  const [found] = await rows<{ count: number }>(
    tx,
    sql`select count(*)::int as count from changes where connection_id = ${connectionId} and side = ${side} and action = 'deleted'
          and at > now() - interval '24 hours' and rule not like '%approved%' and rule not like '%with its series%'
          and rule not like 'undo of %' and rule not like '%by a rule%'`,
  );
  return found?.count ?? 0;
}

export interface NewConflict extends FieldConflict {
  linkId: string;
  eventId: string;
  /** When each side's value was made at its origin, in ms of our clock, and by whom ours was. */
  localAt: number | null;
  localBy: string | null;
  remoteAt: number | null;
}

/** Keeps what lost, and what waits for a person: one open conflict per link and field, updated in place. */
export async function addConflicts(
  tx: Tx,
  of: Within,
  policy: string,
  conflicts: readonly NewConflict[],
): Promise<void> {
  if (conflicts.length === 0) return;
  const records = conflicts.map((conflict) => ({
    ...conflict,
    state: conflict.winner === "nobody" ? "open" : "settled",
  }));
  await tx.execute(
    sql`insert into conflicts as c (company_id, connection_id, session_id, link_id, event_id, field, base, local, remote, policy, winner, state,
          local_at, local_by, remote_at)
        select ${of.companyId}, ${of.connectionId}, ${of.sessionId}, "linkId", "eventId", field, base, local, remote, ${policy}, winner, state,
          to_timestamp("localAt" / 1000), "localBy", to_timestamp("remoteAt" / 1000)
        from jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as t("linkId" uuid, "eventId" uuid, field text, base jsonb, local jsonb, remote jsonb, winner text, state text,
          "localAt" float8, "localBy" text, "remoteAt" float8)
        on conflict (link_id, field) where state = 'open' do update set local = excluded.local, remote = excluded.remote,
          local_at = excluded.local_at, local_by = excluded.local_by, remote_at = excluded.remote_at, updated_at = now()`,
  );
}

/** Conflicts of links that were decided anew, in all fields but those that still wait for a person, are over. */
export async function settleConflicts(
  tx: Tx,
  decided: readonly { linkId: string; waiting: readonly string[] }[],
): Promise<void> {
  if (decided.length === 0) return;
  await tx.execute(
    sql`update conflicts c set state = 'settled', updated_at = now()
        from jsonb_to_recordset(${JSON.stringify(decided)}::jsonb) as d("linkId" uuid, waiting jsonb)
        where c.link_id = d."linkId" and c.state = 'open' and not d.waiting ? c.field`,
  );
}
