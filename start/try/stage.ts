import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { migrate } from "../../db/migrate.ts";
import { childEnvironment, type Found } from "../child-environment.ts";
import { createDatabase, startTestEnvironment, type TestEnvironment } from "../environment.ts";
import { logFile } from "../log-files.ts";
import { startNodeService } from "../node-service.ts";
import { endProcess } from "../os-process.ts";
import { freePort } from "../ports.ts";
import type { Service } from "../processes.ts";
import { livePrograms, refuseNewPrograms } from "../spawn.ts";

/** Everything a trial needs, running. */
export interface Stage {
  readonly databaseUrl: string;
  readonly sandboxUrl: string;
  readonly temporalUiUrl: string;
  readonly encryptionKey: string;
  /** Where the logs are until it is stopped. */
  readonly dir: string;
  stop(): Promise<void>;
}

/** What a program needs of the caller's environment. The rest could point at somebody's real data. */
const passedOn = ["PATH", "HOME", "USER", "LANG", "TMPDIR", "TEMP", "NODE_EXTRA_CA_CERTS"];

/** Sessions follow each other at once, and nobody is asked to wait for the quota of the real Google. */
const atOnce = {
  LINGER_MS: "500",
  SESSION_SPACING_MIN_MS: "20",
  SESSION_SPACING_MAX_MS: "200",
  RETRY_MIN_MS: "200",
  RETRY_MAX_MS: "2000",
  GOOGLE_UNITS_PER_SECOND: "100000",
  GOOGLE_UNITS_BURST: "100000",
};

/** Postgres and Temporal as tests use them, a database of its own, the pretend Google and one worker. */
export async function startStage(
  say: (message: string) => void,
  signal: AbortSignal,
): Promise<Stage> {
  const ending: (() => Promise<unknown>)[] = [];
  const endAll = async (): Promise<void> => {
    for (let end = ending.pop(); end; end = ending.pop()) await end();
  };
  let ended: Promise<void> | undefined;
  const stop = (): Promise<void> => (ended ??= endAll());
  try {
    say("starting Postgres and Temporal");
    const environment = await startEnvironment(signal);
    ending.push(() => environment.stop());
    const dir = mkdtempSync(join(tmpdir(), "syncline-try-"));
    ending.push(async () => rmSync(dir, { recursive: true, force: true }));
    const found = await findParts(environment, dir);
    ending.push(() => dropDatabase(environment.databaseUrl, found.databaseUrl));
    say("starting the pretend Google and a worker");
    await migrate(found.databaseUrl);
    for (const start of [startSandbox, startWorker]) {
      signal.throwIfAborted();
      ending.push(await stopper(start(found)));
    }
    signal.throwIfAborted();
    const { databaseUrl, sandboxUrl, secrets } = found;
    const { temporalUiUrl } = environment;
    return {
      databaseUrl,
      sandboxUrl,
      temporalUiUrl,
      encryptionKey: secrets.encryptionKeys,
      dir,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Making Temporal may take minutes. Until both are up nobody else has joined them, so they can be ended. */
async function startEnvironment(signal: AbortSignal): Promise<TestEnvironment> {
  const end = (): void => {
    refuseNewPrograms();
    for (const program of livePrograms()) void endProcess(program);
  };
  signal.addEventListener("abort", end);
  try {
    return await startTestEnvironment();
  } finally {
    signal.removeEventListener("abort", end);
  }
}

async function stopper(starting: Promise<Service>): Promise<() => Promise<void>> {
  const service = await starting;
  return () => service.stop();
}

async function findParts(
  { databaseUrl, temporalAddress, temporalUiUrl }: TestEnvironment,
  dir: string,
): Promise<Found & { sandboxUrl: string }> {
  return {
    dir,
    databaseUrl: await createDatabase(databaseUrl, `try_${randomBytes(6).toString("hex")}`),
    temporalAddress,
    temporalUiUrl,
    ownTemporal: true,
    port: await freePort(0),
    workerHealthPort: await freePort(0),
    sandboxUrl: `http://127.0.0.1:${await freePort(0)}`,
    secrets: { encryptionKeys: `try:${randomBytes(32).toString("base64")}`, apiKey: "" },
  };
}

async function dropDatabase(serverUrl: string, databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  const name = client.escapeIdentifier(new URL(databaseUrl).pathname.slice(1));
  await client.query(`drop database if exists ${name} with (force)`);
  await client.end();
}

function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(passedOn.map((name) => [name, process.env[name]]));
}

function startSandbox({ dir, sandboxUrl }: Found & { sandboxUrl: string }): Promise<Service> {
  return startNodeService({
    name: "sandbox",
    part: "sandbox/main",
    env: { ...ownEnvironment(), SANDBOX_PORT: new URL(sandboxUrl).port },
    readyText: '"listening"',
    logFile: logFile(dir, "sandbox"),
    onStarted: () => undefined,
  });
}

function startWorker(found: Found): Promise<Service> {
  const { BOOTSTRAP_API_KEY: _none, ...env } = childEnvironment(ownEnvironment(), found);
  const queue = new URL(found.databaseUrl).pathname.slice(1);
  return startNodeService({
    name: "worker",
    part: "worker/main",
    env: { ...env, ...atOnce, TEMPORAL_TASK_QUEUE: queue },
    readyUrl: `http://127.0.0.1:${found.workerHealthPort}/readyz`,
    logFile: logFile(found.dir, "worker"),
    onStarted: () => undefined,
  });
}
