import { and, desc, eq, gte, lt, sql } from "drizzle-orm";
import type { Tx } from "./client.ts";
import { changes, plans } from "./schema/sessions.ts";

export type Change = typeof changes.$inferSelect;
export type Plan = typeof plans.$inferSelect;

/** The why-trail, newest first; `before` is the last id of the page before. */
export function listChanges(
  tx: Tx,
  filter: {
    eventId?: string | undefined;
    connectionId?: string | undefined;
    sessionId?: string | undefined;
    from?: Date | undefined;
    to?: Date | undefined;
  },
  page: { before: number | undefined; limit: number },
): Promise<Change[]> {
  return tx
    .select()
    .from(changes)
    .where(
      and(
        filter.eventId === undefined ? undefined : eq(changes.eventId, filter.eventId),
        filter.connectionId === undefined
          ? undefined
          : eq(changes.connectionId, filter.connectionId),
        filter.sessionId === undefined ? undefined : eq(changes.sessionId, filter.sessionId),
        filter.from === undefined ? undefined : gte(changes.at, filter.from),
        filter.to === undefined ? undefined : lt(changes.at, filter.to),
        page.before === undefined ? undefined : lt(changes.id, page.before),
      ),
    )
    .orderBy(desc(changes.id))
    .limit(page.limit);
}

export function listPlans(
  tx: Tx,
  filter: { state?: Plan["state"] | undefined; connectionId?: string | undefined },
  page: { after: string | undefined; limit: number },
): Promise<Plan[]> {
  return tx
    .select()
    .from(plans)
    .where(
      and(
        filter.state === undefined ? undefined : eq(plans.state, filter.state),
        filter.connectionId === undefined ? undefined : eq(plans.connectionId, filter.connectionId),
        page.after === undefined ? undefined : sql`${plans.id} > ${page.after}::uuid`,
      ),
    )
    .orderBy(plans.id)
    .limit(page.limit);
}

export async function readPlan(tx: Tx, id: string): Promise<Plan | null> {
  const [found] = await tx.select().from(plans).where(eq(plans.id, id));
  return found ?? null;
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
