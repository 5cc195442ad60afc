import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createDatabase } from "../../start/databases.ts";
import { startPostgres, type Postgres } from "../../start/postgres.ts";

let dir: string;
let running: Postgres | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "syncline-postgres-"));
  chmodSync(dir, 0o755);
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  rmSync(dir, { recursive: true, force: true });
});

async function start(durable = false): Promise<Postgres> {
  running = await startPostgres({ dir, port: 0, durable });
  return running;
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

test(
  "is Postgres 18 with fsync on, on this machine only, behind a password nobody else can read",
  { timeout: 60_000 },
  async () => {
    const { url } = await start(true);
    const [row] = await query(
      url,
      "select current_setting('server_version_num')::int / 10000 as version, current_setting('fsync') as fsync, current_setting('listen_addresses') as listens",
    );
    expect(row).toEqual({ version: 18, fsync: "on", listens: "127.0.0.1" });
    expect(statSync(join(dir, "postgres-password")).mode & 0o777).toBe(0o600);
    const wrong = new URL(url);
    wrong.password = "wrong";
    await expect(query(wrong.href, "select 1")).rejects.toThrow("password authentication failed");
  },
);

test(
  "gives a database of its own to each who asks, and the same one twice",
  { timeout: 60_000 },
  async () => {
    const { url } = await start();
    const one = await createDatabase(url, 'one "odd" name');
    expect(await createDatabase(url, 'one "odd" name')).toBe(one);
    await query(one, "create table t ()");
    expect(await query(await createDatabase(url, "two"), "select to_regclass('t') as t")).toEqual([
      { t: null },
    ]);
  },
);

test(
  "keeps data and port over a restart, and comes up after SIGKILL",
  { timeout: 60_000 },
  async () => {
    const first = await start(true);
    await query(first.url, "create table kept (n int); insert into kept values (1)");
    await first.stop();
    running = await startPostgres({ dir });
    expect(running.port).toBe(first.port);
    await query(running.url, "insert into kept values (2)");
    process.kill(running.pid, "SIGKILL");
    await running.exited;
    running = await startPostgres({ dir });
    expect(await query(running.url, "select n from kept order by n")).toEqual([{ n: 1 }, { n: 2 }]);
  },
);

test(
  "a stale pid file whose number now belongs to another program does not hold it up",
  { timeout: 60_000 },
  async () => {
    const first = await start();
    const pidFile = join(dir, "postgres", "postmaster.pid");
    const content = readFileSync(pidFile, "utf8");
    await first.stop();
    writeFileSync(pidFile, content.replace(/^\d+/u, String(process.pid)));
    await start();
  },
);

test("a data folder that was left half made is made anew", { timeout: 60_000 }, async () => {
  await (await start()).stop();
  rmSync(join(dir, "postgres", "made-by-syncline"));
  rmSync(join(dir, "postgres", "global"), { recursive: true });
  const { url } = await start();
  expect(await query(url, "select 1 as one")).toEqual([{ one: 1 }]);
});
