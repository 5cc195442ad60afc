/**
 * A process that uses connections as a worker does. Each line on stdin, `company connection times`,
 * makes it call the provider that often at once and say how many calls came through.
 */
import { createInterface } from "node:readline";
import { crashHook } from "../../activities/deps.ts";
import { openConnection } from "../../activities/open-connection.ts";
import {
  googleCalendarConfig,
  kiotvietConfig,
  loadConfig,
  notionConfig,
  employesConfig,
} from "../../config.ts";
import { createConnectors } from "../../connectors/registry.ts";
import { openDatabase } from "../../db/client.ts";
import { openKeyRing } from "../../db/secrets.ts";
import { createLog } from "../../log.ts";

const config = loadConfig(process.env);
const log = createLog("openings", "warn");
const deps = {
  db: openDatabase(config.DATABASE_URL, { pool: config.DATABASE_POOL, log }),
  registry: createConnectors({
    googleCalendar: googleCalendarConfig(config),
    notion: notionConfig(config),
    kiotviet: kiotvietConfig(config),
    employes: employesConfig(config),
    systemBookings: { wanted: async () => [], intervalMs: config.BOOKINGS_INTERVAL_MS },
  }),
  keys: openKeyRing(config.ENCRYPTION_KEYS),
  log,
  config,
  now: Date.now,
  crash: crashHook(undefined),
};

createInterface({ input: process.stdin }).on("line", (line) => {
  const [companyId = "", connectionId = "", times] = line.split(" ");
  const callOnce = async (): Promise<void> => {
    const { remote } = await openConnection(deps, { companyId, connectionId });
    await remote.collections?.(AbortSignal.timeout(60_000));
  };
  void Promise.allSettled(Array.from({ length: Number(times) }, callOnce)).then((outcomes) => {
    const reasons = outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [String(outcome.reason)] : [],
    );
    console.log(
      `${connectionId}: ${outcomes.length - reasons.length} came through, ${[...new Set(reasons)].join(", ") || "none"} failed`,
    );
  });
});
console.log("ready");
