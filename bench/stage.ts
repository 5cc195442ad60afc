import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { bootstrapCompany } from "../db/api-keys.ts";
import { type Database, openDatabase } from "../db/client.ts";
import { migrate } from "../db/migrate.ts";
import { type KeyRing, openKeyRing } from "../db/secrets.ts";
import { createLog } from "../log.ts";
import { childEnvironment, keptSecrets } from "../start/child-environment.ts";
import { startNodeService } from "../start/node-service.ts";
import { freePort } from "../start/ports.ts";
import { startPostgres } from "../start/postgres.ts";
import { startTemporal } from "../start/temporal.ts";
import { connectTemporal } from "../temporal/client.ts";
import { createFrontDoor, type FrontDoor } from "../temporal/front-door.ts";
import type { Watched } from "./measure.ts";
import { type RivalProcess, startRivals } from "./rivals/rival.ts";
import { productTable } from "./rivals/product-script.ts";
import { scriptTable } from "./rivals/script.ts";
import { createSandboxControl, type Sandbox } from "./sandbox.ts";

/** Everything that takes part, each in a process of its own. */
export interface Stage {
  readonly sandbox: Sandbox;
  readonly rivals: RivalProcess;
  readonly databaseUrl: string;
  /** As the owner of the tables: for setting the stage and for looking at it. */
  readonly owner: pg.Client;
  readonly db: Database;
  readonly door: FrontDoor;
  readonly temporal: ReturnType<typeof connectTemporal>["client"];
  readonly keys: KeyRing;
  readonly companyId: string;
  readonly watched: Watched;
}

type Undo = () => Promise<unknown> | void;

/** Starts all of it in a folder of its own, works, and leaves nothing behind. */
export async function onStage(
  say: (message: string) => void,
  work: (stage: Stage) => Promise<void>,
): Promise<void> {
  const undo: Undo[] = [];
  try {
    await work(await setUp(say, undo));
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

async function setUp(say: (message: string) => void, undo: Undo[]): Promise<Stage> {
  const dir = mkdtempSync(join(tmpdir(), "syncline-bench-"));
  undo.push(() => rmSync(dir, { recursive: true, force: true }));
  say("starting Postgres (fsync on)");
  const postgres = await startPostgres({ dir, port: 0 });
  undo.push(() => postgres.stop());
  await migrate(postgres.url);
  say("starting the real Temporal server, its state in that Postgres");
  const server = await startTemporal({
    dir,
    mode: "cluster",
    port: 0,
    postgresUrl: postgres.url,
    onProgress: say,
  });
  undo.push(() => server.stop());
  const sandboxPort = await freePort();
  const watched: Record<string, number> = { Postgres: postgres.pid, Temporal: server.pid };
  const part = partStarter(dir, undo, watched);
  await part("sandbox", { ...bare(), SANDBOX_PORT: String(sandboxPort) }, '"listening"');
  const port = await freePort();
  const workerHealthPort = await freePort();
  const secrets = keptSecrets(dir);
  const env = {
    ...childEnvironment(bare(), {
      dir,
      databaseUrl: postgres.url,
      temporalAddress: server.address,
      temporalUiUrl: undefined,
      ownTemporal: true,
      port,
      workerHealthPort,
      sandboxUrl: `http://127.0.0.1:${sandboxPort}`,
      secrets,
    }),
    // What is measured is ours, not how long one waits for a provider's quota.
    GOOGLE_UNITS_PER_SECOND: "1000",
    GOOGLE_UNITS_BURST: "1000",
    KIOTVIET_API_URL: `http://127.0.0.1:${sandboxPort}/kiotviet`,
    KIOTVIET_TOKEN_URL: `http://127.0.0.1:${sandboxPort}/kiotviet/connect/token`,
    KIOTVIET_REQUESTS_PER_HOUR: "1000000",
    LOG_LEVEL: "warn",
  };
  say("starting API, worker and rivals");
  await part("API", env, `http://127.0.0.1:${port}/readyz`);
  await part("worker", env, `http://127.0.0.1:${workerHealthPort}/readyz`);
  const rivals = startRivals();
  undo.push(() => rivals.stop());
  watched["rival"] = rivals.pid;
  watched["bench"] = process.pid;

  const owner = new pg.Client({ connectionString: postgres.url });
  await owner.connect();
  await owner.query(scriptTable);
  await owner.query(productTable);
  const log = createLog("bench", "warn");
  const db = openDatabase(postgres.url, { pool: 4, log });
  const temporal = connectTemporal(server.address);
  undo.push(async () => {
    await owner.end();
    await db.close();
    await temporal.close();
  });
  const key = createHash("sha256").update(secrets.apiKey).digest();
  return {
    sandbox: createSandboxControl(`http://127.0.0.1:${sandboxPort}`),
    rivals,
    databaseUrl: postgres.url,
    owner,
    db,
    door: createFrontDoor({ db, client: temporal.client, taskQueue: "syncline", log }),
    temporal: temporal.client,
    keys: openKeyRing(secrets.encryptionKeys.split(",")),
    companyId: await db.acrossCompanies((tx) => bootstrapCompany(tx, "Bench", key)),
    watched,
  };
}

/** The caller's own settings would change what is measured. */
function bare(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, ...(TMPDIR !== undefined && { TMPDIR }) };
}

function partStarter(dir: string, undo: Undo[], watched: Record<string, number>) {
  return async (name: string, env: NodeJS.ProcessEnv, ready: string): Promise<void> => {
    const service = await startNodeService({
      name,
      part: `${name.toLowerCase()}/main`,
      env,
      logFile: join(dir, "logs", `${name.toLowerCase()}.log`),
      ...(ready.startsWith("http") ? { readyUrl: ready } : { readyText: ready }),
      onStarted: ({ pid }) => {
        watched[name] = pid;
      },
    });
    undo.push(() => service.stop());
  };
}
