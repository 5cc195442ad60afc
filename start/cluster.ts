import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clusterConfig, dynamicConfig, type ClusterPorts } from "./cluster-config.ts";
import { lastLines, logFile, logSize } from "./log-files.ts";
import { freePort } from "./ports.ts";
import { createDatabase } from "./databases.ts";
import { buildWithGo, type Progress } from "./programs.ts";
import { runToEnd, startProgram } from "./spawn.ts";
import { asTemporal, endLeftBehind, readyOrExplain, type Temporal } from "./temporal-server.ts";

export interface ClusterOptions {
  readonly dir: string;
  readonly postgresUrl: string;
  readonly port?: number;
  readonly onProgress?: Progress;
}

/** The newest that Go 1.26.8 takes; its SQL tool carries the schema of the same version. */
const version = "1.32.0";

/** The real Temporal server: every service in one process, state in two databases of that Postgres. */
export async function startCluster(options: ClusterOptions): Promise<Temporal> {
  const onProgress = options.onProgress ?? (() => undefined);
  const { server, sqlTool } = await clusterPrograms(onProgress);
  await endLeftBehind(options.dir, onProgress);
  await prepareSchemas(options, sqlTool);
  const ports = await choosePorts(options.port ?? 7233);
  const configFile = writeConfig(options, ports);
  const log = logFile(options.dir, "temporal");
  const from = logSize(log);
  const running = await startProgram(
    server,
    ["--config-file", configFile, "--allow-no-auth", "start"],
    {
      logFile: log,
      cwd: options.dir,
    },
  );
  writeFileSync(join(options.dir, "temporal.pid"), String(running.pid));
  const address = `127.0.0.1:${ports.frontend}`;
  await readyOrExplain(address, running, log, from, true);
  return asTemporal({
    running,
    address,
    ports: [ports.frontend, ports.frontendHttp, ...ports.members],
    uiUrl: undefined,
    logFile: log,
  });
}

async function clusterPrograms(onProgress: Progress): Promise<{ server: string; sqlTool: string }> {
  const server = await buildWithGo(
    {
      package: `go.temporal.io/server/cmd/server@v${version}`,
      builtAs: "server",
      name: `temporal-server-${version}`,
      usual: "4 to 5 minutes",
    },
    onProgress,
  );
  const sqlTool = await buildWithGo(
    {
      package: `go.temporal.io/server/cmd/tools/sql@v${version}`,
      builtAs: "sql",
      name: `temporal-sql-tool-${version}`,
      usual: "under a minute after the server",
    },
    onProgress,
  );
  return { server, sqlTool };
}

/** All near the usual one: the server keeps its ports in a column that ends at 32767. */
async function choosePorts(preferred: number): Promise<ClusterPorts> {
  const frontend = await freePort(preferred === 0 ? 17_133 : preferred);
  const members: number[] = [];
  for (let index = 0; index < 7; index += 1) members.push(await freePort(17_233));
  return { frontend, frontendHttp: await freePort(17_233), members };
}

async function prepareSchemas(options: ClusterOptions, sqlTool: string): Promise<void> {
  await prepareSchema(options, sqlTool, "temporal", "temporal");
  await prepareSchema(options, sqlTool, "temporal_visibility", "visibility");
}

async function prepareSchema(
  options: ClusterOptions,
  sqlTool: string,
  database: string,
  schema: string,
): Promise<void> {
  await createDatabase(options.postgresUrl, database);
  const url = new URL(options.postgresUrl);
  const log = logFile(options.dir, "temporal-schema");
  const env = {
    ...process.env,
    SQL_PLUGIN: "postgres12_pgx",
    SQL_HOST: url.hostname,
    SQL_PORT: url.port === "" ? "5432" : url.port,
    SQL_USER: decodeURIComponent(url.username),
    // By environment: arguments can be read by every user of the machine.
    SQL_PASSWORD: decodeURIComponent(url.password),
    SQL_DATABASE: database,
  };
  const from = logSize(log);
  for (const step of [
    ["setup-schema", "-v", "0.0"],
    ["update-schema", "--schema-name", `postgresql/v12/${schema}`],
  ]) {
    const exit = await runToEnd(sqlTool, step, { logFile: log, env, cwd: options.dir });
    if (exit.code !== 0)
      throw new Error(
        `The schema of Temporal's database "${database}" failed:\n${lastLines(log, 8, from).join("\n")}`,
      );
  }
}

function writeConfig(options: ClusterOptions, ports: ClusterPorts): string {
  const folder = join(options.dir, "temporal-cluster");
  mkdirSync(folder, { recursive: true });
  const dynamicFile = join(folder, "dynamic.yaml");
  writeFileSync(dynamicFile, dynamicConfig);
  const file = join(folder, "config.yaml");
  writeFileSync(file, clusterConfig({ postgresUrl: options.postgresUrl, ports, dynamicFile }), {
    mode: 0o600,
  });
  // It holds the database's password, and the mode above counts for new files only.
  chmodSync(file, 0o600);
  return file;
}
