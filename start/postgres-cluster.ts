import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { lastLines, logFile, logSize } from "./log-files.ts";
import { describeProcess, endProcess, type Patience } from "./os-process.ts";
import {
  bundledPrograms,
  canReach,
  postgresAccount,
  reachableFolder,
  reachablePrograms,
  type Account,
  type PostgresPrograms,
} from "./postgres-programs.ts";
import { runToEnd } from "./spawn.ts";

/** A data folder of Postgres, and what is needed to run a server on it. */
export interface Cluster {
  readonly dataDir: string;
  readonly password: string;
  readonly account: Account;
  readonly programs: PostgresPrograms;
  readonly log: string;
  readonly durable: boolean;
}

/** SIGINT closes the connections and writes a checkpoint; SIGQUIT leaves the rest to recovery at the next start. */
export const postgresPatience: Patience = [
  ["SIGINT", 20_000],
  ["SIGQUIT", 5_000],
];

export async function prepareCluster(
  dir: string,
  durable: boolean,
  onProgress: (message: string) => void,
): Promise<Cluster> {
  const account = postgresAccount(onProgress);
  const dataDir = chooseDataDir(dir, account, onProgress);
  const programs = reachablePrograms(await bundledPrograms(), dir, account);
  return {
    dataDir,
    password: keptPassword(dir),
    account,
    programs,
    log: logFile(dir, "postgres"),
    durable,
  };
}

/** Where the data of this state folder is: in it, or where its pointer file says. */
export function pointedDataDir(dir: string): string | undefined {
  const pointer = join(dir, "postgres-location");
  return existsSync(pointer) ? readFileSync(pointer, "utf8").trim() : undefined;
}

function chooseDataDir(
  dir: string,
  account: Account,
  onProgress: (message: string) => void,
): string {
  let dataDir = pointedDataDir(dir) ?? join(dir, "postgres");
  if (!canReach(dir, account)) {
    const known = pointedDataDir(dir);
    dataDir = join(reachableFolder(dir, account), "postgres");
    writeFileSync(join(dir, "postgres-location"), `${dataDir}\n`);
    if (known !== dataDir)
      onProgress(
        `the user Postgres runs as cannot get into ${dir}; the data is kept in ${dataDir}`,
      );
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (account.uid !== undefined && account.gid !== undefined)
    chownSync(dataDir, account.uid, account.gid);
  chmodSync(dataDir, 0o700);
  return dataDir;
}

function keptPassword(dir: string): string {
  const file = join(dir, "postgres-password");
  if (!existsSync(file))
    writeFileSync(file, randomBytes(24).toString("base64url"), { mode: 0o600 });
  return readFileSync(file, "utf8").trim();
}

/**
 * After a crash the pid file is still there. Postgres trusts it when some process
 * has that number, so a number given to another program in between has to be
 * told apart here; and a server that outlived its starter is ended first.
 */
export async function clearCrashed(
  dataDir: string,
  onProgress: (message: string) => void,
): Promise<void> {
  const pidFile = join(dataDir, "postmaster.pid");
  if (!existsSync(pidFile)) return;
  const found = describeProcess(Number.parseInt(readFileSync(pidFile, "utf8"), 10));
  if (found?.command.includes(dataDir) === true) {
    onProgress(`ending the Postgres an earlier run left behind (process ${found.pid})`);
    if (!(await endProcess(found, postgresPatience)))
      throw new Error(`Postgres of an earlier run (process ${found.pid}) does not end.`);
  } else {
    onProgress("the last run did not end properly; Postgres recovers");
  }
  rmSync(pidFile, { force: true });
}

/** The mark is written last: a folder without it was left half made, and never held anything. */
export async function ensureInitialised(
  cluster: Cluster,
  onProgress: (message: string) => void,
): Promise<void> {
  const mark = join(cluster.dataDir, "made-by-syncline");
  if (existsSync(mark)) return;
  onProgress("making a new database");
  for (const entry of readdirSync(cluster.dataDir))
    rmSync(join(cluster.dataDir, entry), { recursive: true });
  await initialise(cluster);
  writeFileSync(mark, "");
}

async function initialise(cluster: Cluster): Promise<void> {
  const passwordFile = join(cluster.dataDir, "..", `.pw-${randomBytes(6).toString("hex")}`);
  writeFileSync(passwordFile, cluster.password, { mode: 0o600 });
  const { uid, gid } = cluster.account;
  if (uid !== undefined && gid !== undefined) chownSync(passwordFile, uid, gid);
  const from = logSize(cluster.log);
  try {
    const args = [
      `--pgdata=${cluster.dataDir}`,
      "--username=postgres",
      "--auth=scram-sha-256",
      `--pwfile=${passwordFile}`,
      "--encoding=UTF8",
      // The same order of texts on every machine, whatever locales it has.
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--no-instructions",
      ...(cluster.durable ? [] : ["--no-sync"]),
    ];
    const exit = await runToEnd(cluster.programs.initdb, args, spawnOptions(cluster));
    if (exit.code !== 0)
      throw new Error(
        `Postgres could not make its data folder:\n${lastLines(cluster.log, 8, from).join("\n")}`,
      );
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

export function spawnOptions(
  cluster: Cluster,
): { logFile: string; cwd: string; env: NodeJS.ProcessEnv } & Account {
  // The caller's own PG* settings would otherwise change what this server does.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("PG")),
  );
  return {
    logFile: cluster.log,
    cwd: cluster.dataDir,
    env: { ...env, LC_ALL: "C" },
    ...cluster.account,
  };
}
