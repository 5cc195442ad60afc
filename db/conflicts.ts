import { and, desc, eq, getTableColumns, sql } from "drizzle-orm";
import type { Tx } from "./client.ts";
import { connections } from "./schema/connections.ts";
import { events } from "./schema/events.ts";
import { conflicts } from "./schema/sessions.ts";

type Row = typeof conflicts.$inferSelect;

/** A conflict as people read it: with what the event is called, and who the other side is. */
export type Conflict = Row & { title: string; provider: string; place: string };

const read = (tx: Tx) =>
  tx
    .select({
      ...getTableColumns(conflicts),
      title: events.title,
      provider: connections.provider,
      place: sql<string>`${conflicts.openedAt}::text`,
    })
    .from(conflicts)
    .innerJoin(events, eq(events.id, conflicts.eventId))
    .innerJoin(connections, eq(connections.id, conflicts.connectionId));

/** Newest first, by id within one moment. */
export function listConflicts(
  tx: Tx,
  filter: {
    state?: Row["state"] | undefined;
    connectionId?: string | undefined;
    eventId?: string | undefined;
  },
  page: { after: { place: string; id: string } | undefined; limit: number },
): Promise<Conflict[]> {
  const { after } = page;
  return read(tx)
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

export async function readConflict(tx: Tx, id: string): Promise<Conflict | null> {
  const [found] = await read(tx).where(eq(conflicts.id, id));
  return found ?? null;
}

/** The open conflicts of an event on a connection. The caller has locked the event. */
export function openConflicts(
  tx: Tx,
  of: { connectionId: string; eventId: string },
): Promise<Row[]> {
  return tx
    .select()
    .from(conflicts)
    .where(
      and(
        eq(conflicts.connectionId, of.connectionId),
        eq(conflicts.eventId, of.eventId),
        eq(conflicts.state, "open"),
      ),
    );
}

/** The fields that were in conflict together with this one: found by one session on one link. */
export function foundTogether(tx: Tx, { linkId, sessionId }: Row): Promise<Row[]> {
  return tx
    .select()
    .from(conflicts)
    .where(and(eq(conflicts.linkId, linkId), eq(conflicts.sessionId, sessionId)));
}

/** Notes what a person has chosen, and the value that this has given each field. */
export async function noteChoice(
  tx: Tx,
  chosen: readonly { id: string; value: unknown }[],
  by: { choice: NonNullable<Row["choice"]>; name: string },
): Promise<void> {
  for (const { id, value } of chosen) {
    await tx
      .update(conflicts)
      .set({
        state: "settled",
        choice: by.choice,
        chosen: value,
        settledBy: by.name,
        settledAt: sql`clock_timestamp()`,
        updatedAt: sql`clock_timestamp()`,
      })
      .where(eq(conflicts.id, id));
  }
}
