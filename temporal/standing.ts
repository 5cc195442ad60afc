import {
  type Client,
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
  type ScheduleSpec,
} from "@temporalio/client";

export interface StandingOptions {
  taskQueue: string;
  sweepMs: number;
  pollTickMs: number;
  alertTickMs: number;
  bookingsMs: number;
  /** Providers whose connections are polled. */
  providers: readonly string[];
}

interface Standing {
  id: string;
  workflowType: string;
  args: unknown[];
  spec: ScheduleSpec;
}

/** The schedules that every installation (one task queue) has. Made at start; an interval that has changed is brought up to date. */
export async function ensureStandingSchedules(
  client: Client,
  options: StandingOptions,
): Promise<void> {
  for (const standing of standingOf(options)) {
    const schedule = {
      spec: standing.spec,
      action: {
        type: "startWorkflow" as const,
        workflowType: standing.workflowType,
        workflowId: standing.id,
        taskQueue: options.taskQueue,
        args: standing.args,
      },
      policies: {
        overlap: ScheduleOverlapPolicy.SKIP,
        catchupWindow: "1 minute" as const,
        pauseOnFailure: false,
      },
    };
    try {
      await client.schedule.create({ scheduleId: standing.id, ...schedule });
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await client.schedule.getHandle(standing.id).update(({ state }) => ({ ...schedule, state }));
    }
  }
}

/** Sweeps out of turn: somebody has been away and may have missed something. */
export async function sweepNow(client: Client, taskQueue: string): Promise<void> {
  await client.schedule
    .getHandle(standingId(taskQueue, "sweep"))
    .trigger(ScheduleOverlapPolicy.BUFFER_ONE);
}

const standingId = (taskQueue: string, name: string): string => `standing:${taskQueue}:${name}`;

function standingOf(options: StandingOptions): Standing[] {
  const id = (name: string) => standingId(options.taskQueue, name);
  return [
    {
      id: id("sweep"),
      workflowType: "sweep",
      args: [],
      spec: { intervals: [{ every: options.sweepMs }] },
    },
    {
      id: id("watch"),
      workflowType: "watch",
      args: [],
      spec: { intervals: [{ every: options.alertTickMs }] },
    },
    {
      id: id("renew-channels"),
      workflowType: "renewChannels",
      args: [],
      spec: { calendars: [{ hour: 2, minute: 15 }], jitter: "10 minutes" },
    },
    {
      id: id("clean-up"),
      workflowType: "cleanUp",
      args: [],
      spec: { calendars: [{ hour: 3, minute: 30 }], jitter: "10 minutes" },
    },
    {
      id: id("bookings"),
      workflowType: "startBookings",
      args: [],
      spec: { intervals: [{ every: options.bookingsMs }] },
    },
    ...options.providers.map((provider) => ({
      id: id(`poll:${provider}`),
      workflowType: "pollDue",
      args: [provider],
      spec: { intervals: [{ every: options.pollTickMs }] },
    })),
  ];
}
