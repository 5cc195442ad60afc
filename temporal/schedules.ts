import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleSpec,
} from "@temporalio/client";
import type { Cadence } from "../db/schedules.ts";
import type { scheduledSync } from "../workflows/scheduled-sync.ts";

export interface Schedule {
  id: string;
  companyId: string;
  connectionId: string;
  cadence: Cadence;
  /** IANA zone. */
  zone: string;
  enabled: boolean;
  pausedReason: string | null;
}

export interface ScheduleState {
  /** The next runs, ISO 8601 in UTC. */
  next: string[];
  last: string | null;
  /** Runs that an outage longer than the catch-up window has cost. */
  missed: number;
  running: boolean;
}

export interface Schedules {
  /** Makes a schedule, or changes the one there is. */
  put(schedule: Schedule): Promise<void>;
  /** Removing what is not there is fine. */
  remove(id: string): Promise<void>;
  /** Null where Temporal knows no such schedule. */
  describe(id: string): Promise<ScheduleState | null>;
}

const scheduleId = (id: string): string => `schedule:${id}`;

/** A person's schedules, each a Temporal Schedule of its own. */
export function createSchedules(client: Client, taskQueue: string): Schedules {
  return {
    async put(schedule) {
      const options = optionsOf(schedule, taskQueue);
      try {
        await client.schedule.create({ scheduleId: scheduleId(schedule.id), ...options });
      } catch (error) {
        if (!(error instanceof ScheduleAlreadyRunning)) throw error;
        await client.schedule.getHandle(scheduleId(schedule.id)).update(() => options);
      }
    },
    async remove(id) {
      try {
        await client.schedule.getHandle(scheduleId(id)).delete();
      } catch (error) {
        if (!(error instanceof ScheduleNotFoundError)) throw error;
      }
    },
    async describe(id) {
      try {
        return stateOf(await client.schedule.getHandle(scheduleId(id)).describe());
      } catch (error) {
        if (error instanceof ScheduleNotFoundError) return null;
        throw error;
      }
    },
  };
}

function optionsOf(schedule: Schedule, taskQueue: string) {
  const { companyId, connectionId, id } = schedule;
  return {
    spec: { ...specOf(schedule.cadence), timezone: schedule.zone, jitter: "5 seconds" as const },
    action: {
      type: "startWorkflow" as const,
      workflowType: "scheduledSync" satisfies typeof scheduledSync.name,
      workflowId: `scheduled:${id}`,
      taskQueue,
      args: [{ scheduleId: id, companyId, connectionId }] as Parameters<typeof scheduledSync>,
      staticSummary: "a person's schedule",
    },
    // State decides what there is to do, so after an outage one run catches up for all that were missed:
    // whatever lies within the window comes up at once, the first of it is started, and while that one
    // runs the others are skipped. What comes up to several schedules of a connection rings one session.
    policies: {
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: "31 days" as const,
      pauseOnFailure: false,
    },
    state: {
      paused: !schedule.enabled,
      ...(schedule.pausedReason && { note: schedule.pausedReason }),
    },
  };
}

function specOf(cadence: Cadence): ScheduleSpec {
  if ("cron" in cadence) return { cronExpressions: [cadence.cron] };
  if ("everyMinutes" in cadence) return { intervals: [{ every: cadence.everyMinutes * 60_000 }] };
  if ("everyHours" in cadence) return { intervals: [{ every: cadence.everyHours * 3_600_000 }] };
  return {
    calendars: cadence.dailyAt.map((time) => {
      const [hour = 0, minute = 0] = time.split(":").map(Number);
      return { hour, minute };
    }),
  };
}

function stateOf({ info }: ScheduleDescription): ScheduleState {
  return {
    next: info.nextActionTimes.slice(0, 5).map((at) => at.toISOString()),
    last: info.recentActions.at(-1)?.takenAt.toISOString() ?? null,
    missed: info.numActionsMissedCatchupWindow,
    running: info.runningActions.length > 0,
  };
}
