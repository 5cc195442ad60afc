import { and, asc, eq, gt, sql } from "drizzle-orm";
import type { Tx } from "./client.ts";
import { calendars } from "./schema/companies.ts";
import { connections, schedules } from "./schema/connections.ts";

type Row = typeof schedules.$inferSelect;

/** How often a schedule fires. */
export type Cadence =
  | { everyMinutes: number }
  | { everyHours: number }
  | { dailyAt: string[] }
  | { cron: string };

/** A person's schedule. The row is the record; Temporal's Schedule of the same id follows it. */
export type Schedule = Omit<Row, "cadence"> & { cadence: Cadence };

export type ScheduleChange = Partial<
  Pick<Schedule, "cadence" | "zone" | "enabled" | "pausedReason" | "streams">
>;

export async function createSchedule(
  tx: Tx,
  schedule: { id: string; companyId: string; connectionId: string } & ScheduleChange & {
      cadence: Cadence;
    },
): Promise<Schedule> {
  await tx.insert(schedules).values(schedule).onConflictDoNothing({ target: schedules.id });
  const made = await readSchedule(tx, schedule.id);
  if (!made) throw new Error("the schedule was not made");
  return made;
}

export async function readSchedule(tx: Tx, id: string): Promise<Schedule | null> {
  const [found] = await tx.select().from(schedules).where(eq(schedules.id, id));
  return found ? typed(found) : null;
}

export async function listSchedules(
  tx: Tx,
  page: { after?: string | undefined; limit: number; connectionId?: string | undefined },
): Promise<Schedule[]> {
  const found = await tx
    .select()
    .from(schedules)
    .where(
      and(
        page.after === undefined ? undefined : gt(schedules.id, page.after),
        page.connectionId === undefined ? undefined : eq(schedules.connectionId, page.connectionId),
      ),
    )
    .orderBy(asc(schedules.id))
    .limit(page.limit);
  return found.map(typed);
}

export async function changeSchedule(
  tx: Tx,
  id: string,
  change: ScheduleChange,
): Promise<Schedule | null> {
  if (Object.keys(change).length === 0) return readSchedule(tx, id);
  const [found] = await tx
    .update(schedules)
    .set({ ...change, toldAt: null })
    .where(eq(schedules.id, id))
    .returning();
  return found ? typed(found) : null;
}

/** A schedule as Temporal is to have it: where its connection is paused, it is paused too, with the reason. */
export async function asTold(tx: Tx, schedule: Schedule): Promise<Schedule> {
  const [connection] = await tx
    .select({ enabled: connections.enabled, reason: connections.pausedReason })
    .from(connections)
    .where(eq(connections.id, schedule.connectionId));
  if (connection?.enabled !== false) return schedule;
  const reason = connection.reason ?? "the connection is paused";
  return { ...schedule, enabled: false, pausedReason: schedule.pausedReason ?? reason };
}

/** The schedules of a connection that was paused or resumed: Temporal has to be told of them anew. */
export async function untell(tx: Tx, connectionId: string): Promise<Schedule[]> {
  const found = await tx
    .update(schedules)
    .set({ toldAt: null })
    .where(eq(schedules.connectionId, connectionId))
    .returning();
  return found.map(typed);
}

/** The zone of the company's first calendar, where nobody has named one; without any, UTC. */
export async function usualZone(tx: Tx): Promise<string> {
  const [first] = await tx
    .select({ zone: calendars.zone })
    .from(calendars)
    .orderBy(asc(calendars.createdAt), asc(calendars.id))
    .limit(1);
  return first?.zone ?? "UTC";
}

/**
 * Temporal has the schedule as it was read, and says when it runs next; a change made meanwhile still has
 * to be told.
 */
export async function noteTold(
  tx: Tx,
  schedule: Schedule,
  nextRunAt: string | null,
): Promise<void> {
  const { cadence, zone, enabled, pausedReason } = schedule;
  await tx.execute(
    sql`update schedules set told_at = now(), next_run_at = ${nextRunAt}::timestamptz where id = ${schedule.id} and cadence = ${JSON.stringify(cadence)}::jsonb
          and zone = ${zone} and enabled = ${enabled} and paused_reason is not distinct from ${pausedReason}`,
  );
}

/** It has fired; Temporal says when it will again. */
export async function noteRun(tx: Tx, id: string, nextRunAt: string | null): Promise<void> {
  await tx
    .update(schedules)
    .set({ lastRunAt: sql`now()`, nextRunAt: nextRunAt === null ? null : new Date(nextRunAt) })
    .where(eq(schedules.id, id));
}

export async function deleteSchedule(tx: Tx, id: string): Promise<boolean> {
  const gone = await tx
    .delete(schedules)
    .where(eq(schedules.id, id))
    .returning({ id: schedules.id });
  return gone.length > 0;
}

function typed(row: Row): Schedule {
  return { ...row, cadence: row.cadence as Cadence };
}
