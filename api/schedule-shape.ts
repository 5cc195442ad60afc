import { z } from "zod";
import { asTold, noteTold, type Schedule } from "../db/schedules.ts";
import { cadence } from "./cadence.ts";
import type { Deps } from "./deps.ts";
import { patiently } from "./patience.ts";

const instant = z.iso.datetime().nullable();

export const scheduleShape = z
  .object({
    id: z.guid(),
    connectionId: z.guid(),
    streams: z.array(z.string()).meta({ description: "What it reads; empty for everything" }),
    cadence,
    zone: z.string(),
    enabled: z.boolean(),
    pausedReason: z.string().nullable(),
    createdAt: z.iso.datetime(),
    nextRunAt: instant.meta({
      description: "As Temporal last said; null while it is paused, or Temporal was not told yet",
    }),
    lastRunAt: instant.meta({ description: "When it last started a sync" }),
    next: z
      .array(z.string())
      .nullable()
      .meta({ description: "The next five runs; null while Temporal cannot be asked" }),
    last: z.string().nullable(),
    missed: z.int().nullable().meta({
      description:
        "Runs that an outage of more than 31 days has cost. A shorter one costs none: what it missed is caught up with by one run, since a sync brings everything up to date",
    }),
    running: z.boolean().nullable(),
  })
  .meta({ id: "Schedule" });

export async function describeSchedule(
  deps: Deps,
  schedule: Schedule,
): Promise<z.output<typeof scheduleShape>> {
  const state = await patiently(deps.schedules.describe(schedule.id)).catch(() => null);
  const { id, connectionId, streams, zone, enabled, pausedReason } = schedule;
  return {
    id,
    connectionId,
    streams,
    cadence: schedule.cadence,
    zone,
    enabled,
    pausedReason,
    createdAt: schedule.createdAt.toISOString(),
    nextRunAt: enabled ? (schedule.nextRunAt?.toISOString() ?? null) : null,
    lastRunAt: schedule.lastRunAt?.toISOString() ?? null,
    next: state?.next.slice(0, 5) ?? null,
    last: state?.last ?? null,
    missed: state?.missed ?? null,
    running: state?.running ?? null,
  };
}

/**
 * The row is the record: a Temporal that is down is told later, and the answer shows that by `next`.
 * Answers the schedule with the time of its next run, where that is known now.
 */
export async function tell(deps: Deps, schedule: Schedule): Promise<Schedule> {
  const { companyId, id } = schedule;
  try {
    const told = await deps.database.withCompany(companyId, (tx) => asTold(tx, schedule));
    await patiently(deps.schedules.put(told));
    const next = told.enabled ? await nextOf(deps, id) : null;
    await deps.database.withCompany(companyId, (tx) => noteTold(tx, schedule, next));
    return { ...schedule, nextRunAt: next === null ? null : new Date(next) };
  } catch (err) {
    deps.log.warn({ err, scheduleId: id }, "Temporal is told of a schedule by the next sweep");
    return schedule;
  }
}

async function nextOf(deps: Deps, id: string): Promise<string | null> {
  return (await patiently(deps.schedules.describe(id)))?.next[0] ?? null;
}
