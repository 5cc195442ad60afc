import { and, asc, eq, gte, lte, sql } from "drizzle-orm";
import type { Tx } from "./client.ts";
import { holidays } from "./schema/bookings.ts";

export interface Holiday {
  /** ISO 8601 date. */
  date: string;
  name: string;
}

export function listHolidays(
  tx: Tx,
  between: { from?: string | undefined; to?: string | undefined } = {},
): Promise<Holiday[]> {
  return tx
    .select({ date: holidays.date, name: holidays.name })
    .from(holidays)
    .where(
      and(
        between.from === undefined ? undefined : gte(holidays.date, between.from),
        between.to === undefined ? undefined : lte(holidays.date, between.to),
      ),
    )
    .orderBy(asc(holidays.date));
}

/** Adds days, or renames those that are there. */
export async function putHolidays(
  tx: Tx,
  companyId: string,
  days: readonly Holiday[],
): Promise<void> {
  if (days.length === 0) return;
  await tx
    .insert(holidays)
    .values(days.map((day) => ({ ...day, companyId })))
    .onConflictDoUpdate({
      target: [holidays.companyId, holidays.date],
      set: { name: sql`excluded.name` },
    });
}

export async function deleteHoliday(tx: Tx, date: string): Promise<boolean> {
  const gone = await tx
    .delete(holidays)
    .where(eq(holidays.date, date))
    .returning({ date: holidays.date });
  return gone.length > 0;
}
