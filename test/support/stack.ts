import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import pg from "pg";
import { type Database, openDatabase } from "../../db/client.ts";
import { migrate } from "../../db/migrate.ts";
import { createLog } from "../../log.ts";
import { createDatabase } from "../../start/databases.ts";
import { freePort } from "../../start/ports.ts";
import { connectTemporal } from "../../temporal/client.ts";
import { createFrontDoor, type FrontDoor } from "../../temporal/front-door.ts";
import { type Child, startChild } from "./child.ts";
import { type Connected, type ConnectOptions, connect } from "./connected.ts";
import { connectStaff, type Staff } from "./connected-staff.ts";
import { connectNotion, type NotionSide } from "./connected-notion.ts";
import { type Google, googleAt } from "./google.ts";
import { type Notion, notionAt } from "./notion.ts";

export interface StackOptions {
  databaseUrl: string;
  temporalAddress: string;
  /** For the worker and the API, over the quick intervals below. */
  env?: Record<string, string>;
  workers?: number;
  /** The API as well, where notifications and requests over HTTP are wanted. */
  api?: boolean;
  /** A sandbox that another stack has started. */
  google?: Google;
}

/** Quick, but with everything in it that production has. */
const quick = {
  LOG_LEVEL: "info",
  POLL_TICK_MS: "600000",
  POLL_INTERVAL_MS: "600000",
  SWEEP_INTERVAL_MS: "3000",
  LINGER_MS: "1500",
  SESSION_SPACING_MIN_MS: "50",
  SESSION_SPACING_MAX_MS: "500",
  PROVIDER_TIMEOUT_MS: "2000",
  RETRY_MIN_MS: "50",
  RETRY_MAX_MS: "500",
  GOOGLE_UNITS_PER_SECOND: "100000",
  GOOGLE_UNITS_BURST: "100000",
  GOOGLE_LIMIT_PAUSE_MS: "500",
  GOOGLE_QUOTA_PAUSE_MS: "1000",
  NOTION_REQUESTS_PER_SECOND: "100000",
  NOTION_REQUESTS_BURST: "100000",
  NOTION_POLL_INTERVAL_MS: "600000",
  NOTION_SETTLE_MS: "200",
  GOOGLE_CLIENT_ID: "sandbox",
  GOOGLE_CLIENT_SECRET: "sandbox",
};

export type Stack = Awaited<ReturnType<typeof startStack>>;

/** Syncline as processes, over a database and a task queue of its own: worker, sandbox and, if asked, API. */
export async function startStack(options: StackOptions) {
  const name = `stack_${randomBytes(5).toString("hex")}`;
  const databaseUrl = await createDatabase(options.databaseUrl, name);
  await migrate(databaseUrl);
  const children: Child[] = [];
  const google = options.google ?? (await startGoogle(children));
  const key = `test:${randomBytes(32).toString("base64")}`;
  const apiPort = options.api ? await freePort() : 0;
  const env: Record<string, string> = {
    ...quick,
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: options.temporalAddress,
    TEMPORAL_TASK_QUEUE: name,
    ENCRYPTION_KEYS: key,
    GOOGLE_API_URL: google.url,
    NOTION_API_URL: google.url,
    KIOTVIET_API_URL: `${google.url}/kiotviet`,
    KIOTVIET_TOKEN_URL: `${google.url}/kiotviet/connect/token`,
    EMPLOYES_API_URL: `${google.url}/employes/v4`,
    GOOGLE_AUTH_URL: `${google.url}/o/oauth2/v2/auth`,
    GOOGLE_TOKEN_URL: `${google.url}/token`,
    GOOGLE_REVOKE_URL: `${google.url}/revoke`,
    PUBLIC_URL: `http://127.0.0.1:${apiPort || 9}`,
    ...options.env,
  };
  const log = createLog("test", "silent");
  const db = openDatabase(databaseUrl, { pool: 4, log });
  const sql = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  // A test may take the database away; unheard, that would end the test.
  sql.on("error", () => undefined);
  const temporal = connectTemporal(options.temporalAddress);
  const door = createFrontDoor({ db, client: temporal.client, taskQueue: name, log });
  // All pretend providers are one process.
  const notion = notionAt(google.url);
  const parts: Parts = { db, door, google, notion, sql, key };
  const workers: Child[] = [];
  /** Worker and API, past and present. */
  const ours: Child[] = [];

  const startWorker = async (
    more: Record<string, string> = {},
    { mayDie = false } = {},
  ): Promise<Child> => {
    const worker = startChild("worker/main", { ...env, ...more });
    workers.push(worker);
    ours.push(worker);
    children.push(worker);
    if (!mayDie) await worker.says("worker started");
    return worker;
  };
  const stop = async () => {
    await Promise.all(children.map((child) => child.end("SIGKILL")));
    await forgetSchedules(temporal.client, name);
    await Promise.all([db.close(), sql.end(), temporal.close()]);
  };

  try {
    await Promise.all(Array.from({ length: options.workers ?? 1 }, () => startWorker()));
    if (options.api) {
      const api = startChild("api/main", {
        ...env,
        PORT: String(apiPort),
        BOOTSTRAP_API_KEY: apiKey,
      });
      ours.push(api);
      children.push(api);
      await untilReady(api, apiPort);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    name,
    env,
    key,
    databaseUrl,
    google,
    notion,
    db,
    temporal: temporal.client,
    door,
    workers,
    apiUrl: `http://127.0.0.1:${apiPort}`,
    /** What anybody with a database client does. */
    psql: async <Row extends object = Record<string, unknown>>(
      text: string,
      values: unknown[] = [],
    ): Promise<Row[]> => (await sql.query<Row>(text, values)).rows,
    connect: (choice: ConnectOptions = {}): Promise<Connected> => connect(parts, choice),
    /** Another connection of the same calendar, to a database of its own in the pretend Notion. */
    connectNotion: (team: Connected, choice: ConnectOptions = {}): Promise<NotionSide> =>
      connectNotion(parts, team, choice),
    /** People at the pretend Employes, in the company of a team. */
    connectStaff: (team: Pick<Connected, "companyId">, employees: number): Promise<Staff> =>
      connectStaff(parts, { companyId: team.companyId, employees }),
    startWorker,
    /** What worker and API have said; the pretend Google may say what it likes. */
    logs: () => ours.map((child) => child.output()).join("\n"),
    /** SIGKILL, as a power cut would. */
    killWorkers: () => Promise.all(workers.splice(0).map((worker) => worker.end("SIGKILL"))),
    stop,
  };
}

export type Parts = {
  db: Database;
  door: FrontDoor;
  google: Google;
  notion: Notion;
  sql: pg.Pool;
  key: string;
};

async function startGoogle(children: Child[]): Promise<Google> {
  const sandbox = startChild("sandbox/main", { SANDBOX_PORT: "0" });
  children.push(sandbox);
  await sandbox.says('"listening"');
  const port = /"listening":(\d+)/.exec(sandbox.output())?.[1];
  return googleAt(`http://127.0.0.1:${port}`);
}

async function untilReady(api: Child, port: number): Promise<void> {
  for (const end = Date.now() + 60_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    if (api.ended() || Date.now() > end)
      throw new Error(`the API did not come up:\n${api.output().slice(-4_000)}`);
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    if (ready?.ok) return;
  }
}

export const apiKey = "sk_test_0123456789abcdef0123456789abcdef";
export const apiIsThere = existsSync(new URL("../../api/main.ts", import.meta.url));

/** Schedules live in the Temporal server that all stacks share: nobody's worker serves them any more. */
async function forgetSchedules(
  client: ReturnType<typeof connectTemporal>["client"],
  name: string,
): Promise<void> {
  const ids = [
    "sweep",
    "watch",
    "renew-channels",
    "clean-up",
    "bookings",
    "poll:google-calendar",
    "poll:notion",
    "poll:kiotviet",
    "poll:employes",
  ];
  const gone = ids.map((id) =>
    client.schedule
      .getHandle(`standing:${name}:${id}`)
      .delete()
      .catch(() => undefined),
  );
  await Promise.all(gone);
}
