import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Postgres, startPostgres } from "../../start/postgres.ts";
import { startTemporal } from "../../start/temporal.ts";
import type { Temporal } from "../../start/temporal-server.ts";
import { check } from "../support/history/check.ts";
import { begin, performAll, type Played, settle } from "../support/history/play.ts";
import { report } from "../support/history/report.ts";
import { afterwards, before, meanwhile } from "../support/history/two-way.ts";
import { apiKey, type Stack, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";

/** Servers of its own: they are taken away while others run their tests. */
const dir = mkdtempSync(join(tmpdir(), "syncline-outages-"));
let postgres: Postgres;
let temporal: Temporal;
let stack: Stack;

const postgresAgain = async (port: number) => {
  // As safe as in production: what was committed is there after a SIGKILL.
  postgres = await startPostgres({ dir, port });
};
const temporalAgain = async (port: number) => {
  temporal = await startTemporal({ dir, mode: "dev", port, uiPort: 0 });
};

beforeAll(async () => {
  await Promise.all([postgresAgain(0), temporalAgain(0)]);
  stack = await startStack({
    databaseUrl: postgres.url,
    temporalAddress: temporal.address,
    api: true,
    env: { LINGER_MS: "300" },
  });
});
afterAll(async () => {
  await stack?.stop();
  await Promise.all([temporal?.stop(), postgres?.stop()]);
  rmSync(dir, { recursive: true, force: true });
});

const kill = async ({ pid, exited }: Pick<Postgres, "pid" | "exited">) => {
  process.kill(pid, "SIGKILL");
  await exited;
};

/** As after a failover: every connection is lost, and new ones may write or not. */
async function takingWrites(isTaking: boolean): Promise<void> {
  const client = new pg.Client({
    connectionString: stack.databaseUrl,
    options: "-c default_transaction_read_only=off",
  });
  await client.connect();
  await client.query(
    `alter database "${stack.name}" set default_transaction_read_only = ${isTaking ? "off" : "on"}`,
  );
  await client.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()",
    [stack.name],
  );
  await client.end();
}

const ask = (path: string, init: RequestInit = {}) =>
  fetch(stack.apiUrl + path, {
    ...init,
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
    signal: AbortSignal.timeout(10_000),
  });

async function ready(): Promise<Played> {
  const history: Played = {
    ...(await begin(stack, 9_200 + Math.floor(performance.now()))),
    ops: [...before, ...meanwhile, ...afterwards],
  };
  await performAll(history.world, before);
  await performAll(history.world, meanwhile);
  return history;
}

/** Nobody helps: both sides come to the same, and nothing is lost, doubled or deleted. */
async function expectWhole(history: Played): Promise<void> {
  await performAll(history.world, afterwards);
  await settle(history.world);
  const problems = await check(history);
  if (problems.length > 0) problems.push(await report(history));
  expect(problems.join("\n")).toBe("");
}

describe("Postgres", () => {
  it("dies in the midst of a two-way session and comes back: nothing is lost or doubled (F5, I3, I4, I10)", async () => {
    for (const afterMs of [60, 250]) {
      const history = await ready();
      await history.world.connected.ring();
      await sleep(afterMs);
      await kill(postgres);
      const refused = await ask("/api/connections");
      expect(refused.status).toBe(503);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect((await ask("/readyz")).status).toBe(503);
      expect((await ask("/healthz")).status).toBe(200);
      await postgresAgain(postgres.port);
      await until(async () => (await ask("/readyz")).ok, 15_000);
      expect(stack.workers.every((worker) => !worker.ended())).toBe(true);
      await expectWhole(history);
    }
  });

  it("takes no writes for a while: no success is told, and what was due is done afterwards (F7)", async () => {
    const history = await ready();
    await takingWrites(false);
    const { connectionId } = history.world.connected;
    const rung = await ask("/api/sync", { method: "POST", body: JSON.stringify({ connectionId }) });
    expect(rung.status).toBe(503);
    await sleep(1_500);
    await takingWrites(true);
    await expectWhole(history);
  });
});

describe("Temporal", () => {
  it("dies and comes back: rings are taken meanwhile, and each is served (F12)", async () => {
    const history = await ready();
    const { connectionId } = history.world.connected;
    await kill(temporal);
    const rings = await Promise.all(
      Array.from({ length: 5 }, () =>
        stack.door.requestSync({
          companyId: history.world.connected.companyId,
          connectionId,
          trigger: "webhook",
          by: "test",
        }),
      ),
    );
    await temporalAgain(Number(temporal.address.split(":")[1]));
    const sessions = [...new Set(rings.map(({ sessionId }) => sessionId))];
    // The worker may have been about to open one when the server died: that one takes the first of them.
    expect(sessions.length).toBeLessThanOrEqual(2);
    await until(async () => {
      const ended = await stack.psql(
        "select 1 from sync_sessions where id = any($1) and status = 'completed'",
        [sessions],
      );
      return ended.length === sessions.length;
    }, 60_000);
    await expectWhole(history);
  });
});

describe("a worker", () => {
  it("that is told to end finishes what it does, and says so with its exit code (F2)", async () => {
    const history = await ready();
    await stack.startWorker();
    const leaving = stack.workers.splice(0, stack.workers.length - 1);
    await history.world.connected.ring();
    await sleep(100);
    await Promise.all(leaving.map((worker) => worker.end("SIGTERM")));
    expect(leaving.map((worker) => worker.process.exitCode)).toEqual(leaving.map(() => 0));
    await expectWhole(history);
  });
});
