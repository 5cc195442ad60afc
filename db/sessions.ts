import { and, asc, desc, eq, getTableColumns, gt, gte, sql } from "drizzle-orm";
import type { Tx } from "./client.ts";
import { syncLogs, syncSessions } from "./schema/sessions.ts";

export type Session = typeof syncSessions.$inferSelect;
export type SessionStatus = Session["status"];
export type SessionLog = typeof syncLogs.$inferSelect;

export interface SessionFilter {
  connectionId?: string | undefined;
  status?: SessionStatus | undefined;
  trigger?: string | undefined;
  from?: Date | undefined;
}

/** A session with its place in the list, to the microsecond. */
export type ListedSession = Session & { place: string };

/** Newest first; `after` is the last session of the page before. */
export function listSessions(
  tx: Tx,
  filter: SessionFilter,
  page: { after: { place: string; id: string } | undefined; limit: number },
): Promise<ListedSession[]> {
  const { after } = page;
  return tx
    .select({
      ...getTableColumns(syncSessions),
      place: sql<string>`${syncSessions.createdAt}::text`,
    })
    .from(syncSessions)
    .where(
      and(
        filter.connectionId === undefined
          ? undefined
          : eq(syncSessions.connectionId, filter.connectionId),
        filter.status === undefined ? undefined : eq(syncSessions.status, filter.status),
        filter.trigger === undefined ? undefined : eq(syncSessions.trigger, filter.trigger),
        filter.from === undefined ? undefined : gte(syncSessions.createdAt, filter.from),
        after &&
          sql`(${syncSessions.createdAt}, ${syncSessions.id}) < (${after.place}::timestamptz, ${after.id}::uuid)`,
      ),
    )
    .orderBy(desc(syncSessions.createdAt), desc(syncSessions.id))
    .limit(page.limit);
}

export async function readSession(tx: Tx, id: string): Promise<Session | null> {
  const [found] = await tx.select().from(syncSessions).where(eq(syncSessions.id, id));
  return found ?? null;
}

/** In the order in which they were written, from after `after`. */
export function listLogs(
  tx: Tx,
  sessionId: string,
  page: { after: number | undefined; limit: number; level?: SessionLog["level"] | undefined },
): Promise<SessionLog[]> {
  return tx
    .select()
    .from(syncLogs)
    .where(
      and(
        eq(syncLogs.sessionId, sessionId),
        page.after === undefined ? undefined : gt(syncLogs.id, page.after),
        page.level === undefined ? undefined : eq(syncLogs.level, page.level),
      ),
    )
    .orderBy(asc(syncLogs.id))
    .limit(page.limit);
}
