import { and, desc, eq, gte, lt } from "drizzle-orm";
import type { Tx } from "./client.ts";
import { changes } from "./schema/sessions.ts";

export type Change = typeof changes.$inferSelect;

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
