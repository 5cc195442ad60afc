import { and, desc, eq, getTableColumns, gte, lt, sql } from "drizzle-orm";
import type { Tx } from "./client.ts";
import { changes, conflicts } from "./schema/sessions.ts";

export type Change = typeof changes.$inferSelect;
export type Conflict = typeof conflicts.$inferSelect;

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

/** Newest first, by id within one moment. */
export function listConflicts(
  tx: Tx,
  filter: {
    state?: Conflict["state"] | undefined;
    connectionId?: string | undefined;
    eventId?: string | undefined;
  },
  page: { after: { place: string; id: string } | undefined; limit: number },
): Promise<(Conflict & { place: string })[]> {
  const { after } = page;
  return tx
    .select({ ...getTableColumns(conflicts), place: sql<string>`${conflicts.openedAt}::text` })
    .from(conflicts)
    .where(
      and(
        filter.state === undefined ? undefined : eq(conflicts.state, filter.state),
        filter.connectionId === undefined
          ? undefined
          : eq(conflicts.connectionId, filter.connectionId),
        filter.eventId === undefined ? undefined : eq(conflicts.eventId, filter.eventId),
        after &&
          sql`(${conflicts.openedAt}, ${conflicts.id}) < (${after.place}::timestamptz, ${after.id}::uuid)`,
      ),
    )
    .orderBy(desc(conflicts.openedAt), desc(conflicts.id))
    .limit(page.limit);
}
