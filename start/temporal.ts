import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { startCluster } from "./cluster.ts";
import { logFile, logSize } from "./log-files.ts";
import { freePort } from "./ports.ts";
import type { Progress } from "./programs.ts";
import { startProgram } from "./spawn.ts";
import { findTemporal } from "./temporal-program.ts";
import { asTemporal, endLeftBehind, readyOrExplain, type Temporal } from "./temporal-server.ts";

export interface TemporalOptions {
  readonly dir: string;
  /** `dev` is the development server on SQLite, `cluster` the real server on Postgres. */
  readonly mode: "dev" | "cluster";
  readonly port?: number;
  readonly uiPort?: number;
  /** For `cluster`: a role that may make databases. */
  readonly postgresUrl?: string;
  /** False keeps the development server's state in memory: for tests. */
  readonly durable?: boolean;
  readonly onProgress?: Progress;
}

export async function startTemporal(options: TemporalOptions): Promise<Temporal> {
  const dir = resolve(options.dir);
  mkdirSync(dir, { recursive: true });
  if (options.mode === "dev") return startDevelopmentServer({ ...options, dir });
  if (options.postgresUrl === undefined)
    throw new Error("The real Temporal server needs the address of a Postgres.");
  return startCluster({ ...options, dir, postgresUrl: options.postgresUrl });
}

async function startDevelopmentServer(options: TemporalOptions): Promise<Temporal> {
  const onProgress = options.onProgress ?? (() => undefined);
  const program = await findTemporal(onProgress);
  await endLeftBehind(options.dir, onProgress);
  const port = await freePort(options.port ?? 7233);
  const uiPort = await freePort(options.uiPort ?? 8233);
  const log = logFile(options.dir, "temporal");
  const from = logSize(log);
  const running = await startProgram(program, developmentArguments(options, port, uiPort), {
    logFile: log,
  });
  writeFileSync(join(options.dir, "temporal.pid"), String(running.pid));
  const address = `127.0.0.1:${port}`;
  await readyOrExplain(address, running, log, from);
  return asTemporal({
    running,
    address,
    ports: [port, uiPort],
    uiUrl: `http://127.0.0.1:${uiPort}`,
    logFile: log,
  });
}

function developmentArguments(options: TemporalOptions, port: number, uiPort: number): string[] {
  const durable = options.durable ?? true;
  return [
    "server",
    "start-dev",
    ...(durable ? ["--db-filename", join(options.dir, "temporal.db")] : []),
    "--ip=127.0.0.1",
    `--port=${port}`,
    `--ui-port=${uiPort}`,
    "--headless=false",
    "--log-level=error",
    // A person's own CLI profile must not change what this server does.
    "--disable-config-file",
    "--disable-config-env",
  ];
}
