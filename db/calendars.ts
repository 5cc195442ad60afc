import { asc, eq, gt } from "drizzle-orm";
import type { Tx } from "./client.ts";
import { calendars } from "./schema/companies.ts";

export type Calendar = typeof calendars.$inferSelect;

/** Made again with the same id, it answers the calendar that is there. */
export async function createCalendar(
  tx: Tx,
  calendar: { id: string; companyId: string; name: string; zone: string },
): Promise<Calendar> {
  await tx.insert(calendars).values(calendar).onConflictDoNothing({ target: calendars.id });
  const made = await readCalendar(tx, calendar.id);
  if (!made) throw new Error("the calendar was not made");
  return made;
}

export async function readCalendar(tx: Tx, id: string): Promise<Calendar | null> {
  const [found] = await tx.select().from(calendars).where(eq(calendars.id, id));
  return found ?? null;
}

export function listCalendars(
  tx: Tx,
  page: { after: string | undefined; limit: number },
): Promise<Calendar[]> {
  return tx
    .select()
    .from(calendars)
    .where(page.after === undefined ? undefined : gt(calendars.id, page.after))
    .orderBy(asc(calendars.id))
    .limit(page.limit);
}

export async function changeCalendar(
  tx: Tx,
  id: string,
  change: { name?: string; zone?: string },
): Promise<Calendar | null> {
  if (Object.keys(change).length === 0) return readCalendar(tx, id);
  const [found] = await tx.update(calendars).set(change).where(eq(calendars.id, id)).returning();
  return found ?? null;
}
