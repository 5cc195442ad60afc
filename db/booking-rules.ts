import { and, asc, eq, gt, sql } from "drizzle-orm";
import type { BookingRule } from "../sync/booking-rule.ts";
import type { Tx } from "./client.ts";
import { bookingRules } from "./schema/bookings.ts";

export type StoredRule = typeof bookingRules.$inferSelect;
type NewRule = typeof bookingRules.$inferInsert & { id: string };
/** What a person may change of a rule; it stays with its calendar. */
export type RuleChange = Partial<
  Omit<
    StoredRule,
    "id" | "companyId" | "calendarId" | "version" | "createdBy" | "createdAt" | "updatedAt"
  >
>;

/** Made again with the same id, it answers the rule that is there. */
export async function createRule(tx: Tx, rule: NewRule): Promise<StoredRule> {
  await tx.insert(bookingRules).values(rule).onConflictDoNothing({ target: bookingRules.id });
  const made = await readRule(tx, rule.id);
  if (!made) throw new Error("the rule was not made");
  return made;
}

export async function readRule(tx: Tx, id: string): Promise<StoredRule | null> {
  const [found] = await tx.select().from(bookingRules).where(eq(bookingRules.id, id));
  return found ?? null;
}

/** Locks a rule, so that what is checked before a change still holds when it is stored. */
export async function lockRule(tx: Tx, id: string): Promise<StoredRule | null> {
  const [found] = await tx.select().from(bookingRules).where(eq(bookingRules.id, id)).for("update");
  return found ?? null;
}

/** In id order, for keyset pages. */
export function listRules(
  tx: Tx,
  page: { after?: string | undefined; limit: number; calendarId?: string | undefined },
): Promise<StoredRule[]> {
  return tx
    .select()
    .from(bookingRules)
    .where(
      and(
        page.after === undefined ? undefined : gt(bookingRules.id, page.after),
        page.calendarId === undefined ? undefined : eq(bookingRules.calendarId, page.calendarId),
      ),
    )
    .orderBy(asc(bookingRules.id))
    .limit(page.limit);
}

export async function changeRule(
  tx: Tx,
  id: string,
  change: RuleChange,
): Promise<StoredRule | null> {
  if (Object.keys(change).length === 0) return readRule(tx, id);
  const [found] = await tx
    .update(bookingRules)
    .set({ ...change, version: sql`${bookingRules.version} + 1`, updatedAt: sql`now()` })
    .where(eq(bookingRules.id, id))
    .returning();
  return found ?? null;
}

/** Deletes a rule; its bookings to come go with the next session, those that were stay. */
export async function deleteRule(tx: Tx, id: string): Promise<StoredRule | null> {
  const [gone] = await tx.delete(bookingRules).where(eq(bookingRules.id, id)).returning();
  return gone ?? null;
}

/** The rule as it is decided by. */
export function toRule({ createdAt, ...rule }: StoredRule): BookingRule {
  return { ...rule, createdAt: createdAt.getTime() };
}
