import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { createDatabase } from "./databases.ts";
import { lastLines, logSize } from "./log-files.ts";
import { endProcess } from "./os-process.ts";
import { freePort, releasePort, rememberedPort } from "./ports.ts";
import {
  clearCrashed,
  ensureInitialised,
  postgresPatience,
  prepareCluster,
  spawnOptions,
  type Cluster,
} from "./postgres-cluster.ts";
import { startProgram, type Exit, type Running } from "./spawn.ts";

export interface PostgresOptions {
  /** The state folder; data, password and log go below it. */
  readonly dir: string;
  readonly port?: number;
  /** False gives up safety against a power cut for speed: for tests only. */
  readonly durable?: boolean;
  readonly onProgress?: (message: string) => void;
}

export interface Postgres {
  readonly url: string;
  readonly pid: number;
  readonly port: number;
  readonly started: boolean;
  readonly logFile: string;
  readonly exited: Promise<Exit>;
  stop(): Promise<void>;
}

const databaseName = "syncline";

/** Starts the bundled Postgres on the data in `dir`, made there first when there is none. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const onProgress = options.onProgress ?? (() => undefined);
  const dir = resolve(options.dir);
  mkdirSync(dir, { recursive: true });
  const cluster = await prepareCluster(dir, options.durable ?? true, onProgress);
  await clearCrashed(cluster.dataDir, onProgress);
  await ensureInitialised(cluster, onProgress);
  const portFile = join(dir, "postgres-port");
  const usual = rememberedPort(portFile) ?? 5432;
  const { running, port } = await startOnFreePort(cluster, options.port ?? usual);
  writeFileSync(portFile, String(port));
  const url = `postgres://postgres:${cluster.password}@127.0.0.1:${port}/${databaseName}`;
  void running.exited.then(() => releasePort(port));
  await createDatabase(url, databaseName);
  const stop = async (): Promise<void> => {
    const ended = await endProcess(running, postgresPatience);
    if (!ended)
      throw new Error(`Postgres (process ${running.pid}) did not end; see ${cluster.log}`);
  };
  return {
    url,
    pid: running.pid,
    port,
    started: true,
    logFile: cluster.log,
    exited: running.exited,
    stop,
  };
}

function serverSettings(durable: boolean): string[] {
  const settings = [
    "listen_addresses=127.0.0.1",
    // A socket file would collide with other servers, and nothing here uses one.
    "unix_socket_directories=",
    "max_connections=300",
    "log_timezone=UTC",
    "timezone=UTC",
    ...(durable ? [] : ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]),
  ];
  return settings.flatMap((setting) => ["-c", setting]);
}

/** Another program may take the port between the look and the start: then the next one. */
async function startOnFreePort(
  cluster: Cluster,
  preferred: number,
): Promise<{ running: Running; port: number }> {
  const from = logSize(cluster.log);
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const port = await freePort(preferred);
    const args = ["-D", cluster.dataDir, "-p", String(port), ...serverSettings(cluster.durable)];
    const running = await startProgram(cluster.programs.postgres, args, spawnOptions(cluster));
    if (
      await answers(running, `postgres://postgres:${cluster.password}@127.0.0.1:${port}/postgres`)
    )
      return { running, port };
    await endProcess(running, postgresPatience);
    if (!lastLines(cluster.log, 20, from).some((line) => /in use|could not create/u.test(line)))
      break;
    // Backends of a killed server hold its shared memory for a moment longer.
    await sleep(500);
  }
  throw new Error(
    `Postgres did not start:\n${lastLines(cluster.log, 12, from).join("\n")}\n(all of it: ${cluster.log})`,
  );
}

/** True once the server takes queries; recovery of a large log may take its time. */
async function answers(running: Running, url: string): Promise<boolean> {
  const deadline = Date.now() + 120_000;
  while (Date.now() < deadline && !running.hasExited()) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.query("select 1");
      return true;
    } catch {
      await sleep(50);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  return false;
}
