import { and, eq, sql } from "drizzle-orm";
import type { Tx } from "./client.ts";
import { plans } from "./schema/sessions.ts";

export type Plan = typeof plans.$inferSelect;

/** Plans in id order, for keyset pages. */
export function listPlans(
  tx: Tx,
  filter: {
    state?: Plan["state"] | undefined;
    kind?: Plan["kind"] | undefined;
    connectionId?: string | undefined;
  },
  page: { after: string | undefined; limit: number },
): Promise<Plan[]> {
  return tx
    .select()
    .from(plans)
    .where(
      and(
        filter.state === undefined ? undefined : eq(plans.state, filter.state),
        filter.kind === undefined ? undefined : eq(plans.kind, filter.kind),
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

/** The plan, locked until the transaction ends. */
export async function lockPlan(tx: Tx, id: string): Promise<Plan | null> {
  const [found] = await tx.select().from(plans).where(eq(plans.id, id)).for("update");
  return found ?? null;
}
