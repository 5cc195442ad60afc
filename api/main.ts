import { once } from "node:events";
import type { Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import {
  configOrExit,
  googleCalendarConfig,
  kiotvietConfig,
  notionConfig,
  employesConfig,
  notifiersConfig,
} from "../config.ts";
import { createConnectors } from "../connectors/registry.ts";
import { bootstrapCompany } from "../db/api-keys.ts";
import { wantedIn } from "../db/bookings.ts";
import { openDatabase } from "../db/client.ts";
import { openKeyRing, sha256 } from "../db/secrets.ts";
import { createLog } from "../log.ts";
import { createBookingRuns } from "../temporal/bookings.ts";
import { createNotifiers } from "../notifiers/index.ts";
import { connectTemporal } from "../temporal/client.ts";
import { createConnectionWorkflows } from "../temporal/connection-workflows.ts";
import { createFrontDoor } from "../temporal/front-door.ts";
import { createSchedules } from "../temporal/schedules.ts";
import { createApp } from "./app.ts";
import { openListener } from "./listener.ts";
import { createMetrics } from "./metrics.ts";
import { databasePatience } from "./patience.ts";
import { migrationsCurrent } from "./readiness.ts";

/** Longest that requests under way are waited for when the process is told to end. */
const drainMs = 10_000;

const config = configOrExit(process.env);
const log = createLog("api", config.LOG_LEVEL);
process.on("unhandledRejection", (err) => log.error({ err }, "an unhandled rejection"));

const database = openDatabase(config.DATABASE_URL, {
  pool: config.DATABASE_POOL,
  log,
  patience: databasePatience,
});
const temporal = connectTemporal(config.TEMPORAL_ADDRESS);
const taskQueue = config.TEMPORAL_TASK_QUEUE;
const listener = openListener(config.DATABASE_URL, ["syncline_write", "syncline_session"], log);
const metrics = createMetrics();
let isAccepting = true;
let isBootstrapped = config.BOOTSTRAP_API_KEY === undefined;

const app = createApp({
  config: { ...config, temporalNamespace: temporal.client.options.namespace },
  log,
  database,
  keyRing: openKeyRing(config.ENCRYPTION_KEYS),
  registry: createConnectors({
    googleCalendar: googleCalendarConfig(config),
    notion: notionConfig(config),
    kiotviet: kiotvietConfig(config),
    employes: employesConfig(config),
    systemBookings: {
      wanted: (place, window) => wantedIn(database, place, window),
      intervalMs: config.BOOKINGS_INTERVAL_MS,
    },
  }),
  frontDoor: createFrontDoor({ db: database, client: temporal.client, taskQueue, log }),
  schedules: createSchedules(temporal.client, taskQueue),
  workflows: createConnectionWorkflows(temporal.client, taskQueue),
  bookings: createBookingRuns(temporal.client, taskQueue),
  listener,
  notifiers: createNotifiers(notifiersConfig(config)),
  checks: {
    postgres: () => database.ping(),
    migrations: migrationsCurrent(config.DATABASE_URL),
    "first key": async () => {
      if (!isBootstrapped) throw new Error("BOOTSTRAP_API_KEY is not stored yet");
    },
    temporal: async () => void (await temporal.client.workflowService.getSystemInfo({})),
  },
  accepting: () => isAccepting,
  now: Date.now,
  observe: metrics.observe,
});

const server = app.listen(config.PORT, config.HOST);
server.headersTimeout = 10_000;
server.requestTimeout = 30_000;
const cannotListen = (err: Error) => {
  log.fatal({ err }, "the API cannot listen");
  process.exit(1);
};
server.on("error", cannotListen);
await once(server, "listening");
log.info({ address: server.address() }, "api started");
const metricsServer =
  config.METRICS_PORT === 0 ? null : metrics.listen(config.METRICS_PORT, config.HOST);
metricsServer?.on("error", cannotListen);
process.once("SIGTERM", () => void end("SIGTERM"));
process.once("SIGINT", () => void end("SIGINT"));
await storeFirstKey();

/** The database may start after us: that is no reason to end. */
async function storeFirstKey(): Promise<void> {
  const key = config.BOOTSTRAP_API_KEY;
  if (key === undefined) return;
  for (let waitMs = 250; ; waitMs = Math.min(5_000, waitMs * 2)) {
    if (!isAccepting) return;
    try {
      await database.acrossCompanies((tx) => bootstrapCompany(tx, "Company", sha256(key)));
      isBootstrapped = true;
      return;
    } catch (err) {
      log.warn({ err, waitMs }, "the first key could not be stored yet");
      await sleep(waitMs);
    }
  }
}

/** Not ready any more, nothing new, what is under way to its end; a second signal ends at once. */
async function end(signal: string): Promise<void> {
  log.info({ signal }, "the api is ending");
  isAccepting = false;
  process.once(signal, () => process.exit(1));
  await Promise.race([closed(server), sleep(drainMs)]);
  server.closeAllConnections();
  metricsServer?.close();
  await listener.close().catch(() => {});
  await database.close();
  await temporal.close();
  log.info("api stopped");
  process.exit(0);
}

function closed(of: Server): Promise<void> {
  return new Promise((resolve) => {
    of.close(() => resolve());
    of.closeIdleConnections();
  });
}
