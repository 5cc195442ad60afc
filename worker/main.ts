import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { DefaultLogger, Runtime } from "@temporalio/worker";
import { crashHook, crashPoints } from "../activities/deps.ts";
import { createActivities } from "../activities/index.ts";
import {
  configOrExit,
  googleCalendarConfig,
  kiotvietConfig,
  notionConfig,
  employesConfig,
  notifiersConfig,
} from "../config.ts";
import { createConnectors, isPolled } from "../connectors/registry.ts";
import { wantedIn } from "../db/bookings.ts";
import { openDatabase } from "../db/client.ts";
import { openKeyRing } from "../db/secrets.ts";
import { createLog, type Log } from "../log.ts";
import { createNotifiers } from "../notifiers/index.ts";
import { createBookingRuns } from "../temporal/bookings.ts";
import { connectTemporal } from "../temporal/client.ts";
import {
  createConnectionWorkflows,
  startReminders,
  startSender,
} from "../temporal/connection-workflows.ts";
import { createFrontDoor } from "../temporal/front-door.ts";
import { createSchedules } from "../temporal/schedules.ts";
import { ensureSearchAttributes } from "../temporal/search-attributes.ts";
import { ensureStandingSchedules, sweepNow } from "../temporal/standing.ts";
import { serveHealth } from "./health.ts";
import { listenForWrites } from "./listen.ts";
import { createWorker } from "./worker.ts";

if (process.argv.includes("--crash-points")) {
  console.log(crashPoints.join("\n"));
  process.exit(0);
}

// An import is short-lived objects by the million; left alone, the heap doubles before it is swept. This
// way a first import of 50,000 events peaks 65 MB lower, for a twentieth more CPU.
setFlagsFromString("--heap-growing-percent=80");

const config = configOrExit(process.env);
const log = createLog("worker", config.LOG_LEVEL);
Runtime.install({
  logger: temporalLogger(log),
  telemetryOptions: { logging: { filter: { core: "WARN", other: "ERROR" }, forward: {} } },
});
process.on("unhandledRejection", (err) => log.error({ err }, "an unhandled rejection"));

// Temporal's runtime takes the signals over, and only a running worker answers them.
let isRunning = false;
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    if (!isRunning) process.exit(0);
  });
}

const db = openDatabase(config.DATABASE_URL, { pool: config.DATABASE_POOL, log });
const temporal = connectTemporal(config.TEMPORAL_ADDRESS);
const taskQueue = config.TEMPORAL_TASK_QUEUE;
const door = createFrontDoor({ db, client: temporal.client, taskQueue, log });
const registry = createConnectors({
  googleCalendar: googleCalendarConfig(config),
  notion: notionConfig(config),
  kiotviet: kiotvietConfig(config),
  employes: employesConfig(config),
  systemBookings: {
    wanted: (place, window) => wantedIn(db, place, window),
    intervalMs: config.BOOKINGS_INTERVAL_MS,
  },
});
const activities = createActivities(
  {
    db,
    registry,
    keys: openKeyRing(config.ENCRYPTION_KEYS),
    log,
    config,
    now: Date.now,
    crash: crashHook(config.CRASH_AT),
  },
  {
    signal: (ref) => door.signalled(ref),
    schedules: createSchedules(temporal.client, taskQueue),
    remind: (companyId) => startReminders(temporal.client, taskQueue, companyId),
    notify: (companyId) => startSender(temporal.client, taskQueue, companyId),
    disconnect: (ref) => createConnectionWorkflows(temporal.client, taskQueue).disconnect(ref),
    bookings: createBookingRuns(temporal.client, taskQueue),
  },
  createNotifiers(notifiersConfig(config)),
);

await untilReachable("Temporal", () => ensureSearchAttributes(temporal.client));
await untilReachable("Temporal", () =>
  ensureStandingSchedules(temporal.client, {
    taskQueue,
    sweepMs: config.SWEEP_INTERVAL_MS,
    pollTickMs: config.POLL_TICK_MS,
    alertTickMs: config.ALERT_TICK_MS,
    bookingsMs: config.BOOKINGS_INTERVAL_MS,
    providers: registry
      .list()
      .flatMap((connector) => (isPolled(connector) ? connector.provider : [])),
  }),
);
const { worker, connection } = await untilReachable("Temporal", () =>
  createWorker({ address: config.TEMPORAL_ADDRESS, taskQueue, activities }),
);
const health = serveHealth(config, {
  db,
  temporal: temporal.client,
  state: () => worker.getState(),
});
const listener = listenForWrites({
  url: config.DATABASE_URL,
  db,
  door,
  log,
  catchUp: () => sweepNow(temporal.client, taskQueue),
});
log.info({ taskQueue }, "worker started");
try {
  isRunning = true;
  await worker.run();
} finally {
  await listener.stop();
  health.close();
  await connection.close();
  await temporal.close();
  await db.close();
}
log.info("worker stopped");
process.exit(0);

/** Temporal may start after us, or be away for a while: that is no reason to end. */
async function untilReachable<T>(what: string, work: () => Promise<T>): Promise<T> {
  for (let waitMs = 250; ; waitMs = Math.min(5_000, waitMs * 2)) {
    try {
      return await work();
    } catch (err) {
      log.warn({ err, waitMs }, `${what} is not ready yet`);
      await sleep(waitMs);
    }
  }
}

/** Temporal's own lines go where ours go. */
function temporalLogger(to: Log): DefaultLogger {
  return new DefaultLogger("WARN", ({ level, message, meta }) => {
    const facts = {
      workflowId: meta?.["workflowId"],
      activityType: meta?.["activityType"],
      err: meta?.["error"],
    };
    to[level === "ERROR" ? "error" : level === "WARN" ? "warn" : "info"](facts, message);
  });
}
