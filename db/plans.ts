import { and, eq, sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";
import type { Plan } from "./plan-rows.ts";
import { plans } from "./schema/sessions.ts";
import { markForConnection } from "./writes.ts";

/** Deletions that a person approved: those seen until then pass the brake, each decided anew. */
export async function approvedUntil(
  tx: Tx,
  connectionId: string,
  side: "local" | "remote",
): Promise<Date | null> {
  const [found] = await rows<{ at: string | null }>(
    tx,
    sql`select max(settled_at)::text as at from plans where connection_id = ${connectionId} and side = ${side} and state = 'approved'`,
  );
  return found?.at ? new Date(found.at) : null;
}

/** Holds deletions for a person. One held plan per connection and side, brought up to date in place. */
export async function holdDeletions(
  tx: Tx,
  of: { companyId: string; connectionId: string; sessionId: string },
  plan: { side: "local" | "remote"; items: number; reason: string },
): Promise<void> {
  await tx.execute(
    sql`insert into plans as p (company_id, connection_id, session_id, side, items, reason)
        values (${of.companyId}, ${of.connectionId}, ${of.sessionId}, ${plan.side}, ${plan.items}, ${plan.reason})
        on conflict (connection_id, side) where state = 'held' do update set items = excluded.items, reason = excluded.reason`,
  );
}

/**
 * The provider deleted, and a person keeps ours: each is made there anew, under the next generation of
 * its key. Done when the provider has been read since: what turned out to be there still is left alone.
 */
export async function keepRejected(
  tx: Tx,
  of: { companyId: string; connectionId: string },
): Promise<void> {
  const kept = await rows<{ eventId: string }>(
    tx,
    sql`update links set deletion_seen_at = null, remote = null, remote_id = null, remote_version = null, remote_updated_at = null,
          remote_mark = null, master_remote_id = null, agreed = false, base_local = null, base_remote = null,
          generation = generation + 1, revision = revision + 1
        where connection_id = ${of.connectionId} and event_id is not null and deletion_seen_at <= (
          select max(settled_at) from plans where connection_id = ${of.connectionId} and side = 'local'
            and state = 'rejected' and settled_by <> 'system')
        returning event_id as "eventId"`,
  );
  await markForConnection(
    tx,
    of,
    kept.map((row) => row.eventId),
  );
}

/** A held plan whose deletions have gone away by themselves waits for nobody. */
export async function releasePlan(
  tx: Tx,
  connectionId: string,
  side: "local" | "remote",
): Promise<void> {
  await tx.execute(
    sql`update plans set state = 'rejected', settled_by = 'system', settled_at = now()
        where connection_id = ${connectionId} and side = ${side} and state = 'held'`,
  );
}

export async function countLinks(tx: Tx, connectionId: string): Promise<number> {
  const [found] = await rows<{ count: number }>(
    tx,
    sql`select count(*)::int as count from links where connection_id = ${connectionId} and state = 'live' and event_id is not null and master_remote_id is null`,
  );
  return found?.count ?? 0;
}

/** Settles a held plan; null when it is held no more. The caller rings: each link is then decided anew. */
export async function settlePlan(
  tx: Tx,
  id: string,
  settled: { state: "approved" | "rejected"; by: string },
): Promise<Plan | null> {
  const [plan] = await tx
    .update(plans)
    .set({ state: settled.state, settledBy: settled.by, settledAt: sql`clock_timestamp()` })
    .where(and(eq(plans.id, id), eq(plans.state, "held")))
    .returning();
  if (!plan) return null;
  if (settled.state === "rejected" && plan.side === "remote") await keepTheirs(tx, plan);
  return plan;
}

/** We deleted, theirs stay: the events come back, and the exceptions that went with their series. */
async function keepTheirs(tx: Tx, plan: Plan): Promise<void> {
  await tx.execute(
    sql`with back as (
          select e.id, e.deleted_at from events e join links l on l.event_id = e.id
          where l.connection_id = ${plan.connectionId} and l.state = 'live' and l.remote_id is not null
            and l.deletion_seen_at is null and e.deleted_at is not null
            and e.calendar_id = (select calendar_id from connections where id = ${plan.connectionId}))
        update events e set deleted_at = null
        where e.deleted_at is not null and (e.id in (select id from back)
          or exists (select from back b where b.id = e.master_id and b.deleted_at = e.deleted_at))`,
  );
}
