import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Connected } from "../support/connected.ts";
import { type Proxy, proxyTo } from "../support/proxy.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { day, inStep, insert, strike } from "../support/trouble.ts";
import { until } from "../support/until.ts";

let stack: Stack;
let postgres: Proxy;
let temporal: Proxy;

/** The worker reaches its servers by way of proxies; the test goes straight. */
beforeAll(async () => {
  const options = {
    databaseUrl: inject("databaseUrl"),
    temporalAddress: inject("temporalAddress"),
    workers: 0,
  };
  stack = await startStack(options);
  const database = new URL(stack.databaseUrl);
  postgres = await proxyTo(database.hostname, Number(database.port));
  const [host = "", port] = options.temporalAddress.split(":");
  temporal = await proxyTo(host, Number(port));
  await Promise.all([postgres.cut(), temporal.cut()]);
  database.port = String(postgres.port);
  database.hostname = "127.0.0.1";
  const worker = await stack.startWorker(
    { DATABASE_URL: database.href, TEMPORAL_ADDRESS: `127.0.0.1:${temporal.port}` },
    { mayDie: true },
  );
  await sleep(1_500);
  await temporal.mend();
  await worker.says("worker started");
  await worker.says("cannot listen to the database");
  await postgres.mend();
});
afterAll(async () => {
  await stack?.stop();
  await Promise.all([postgres?.cut(), temporal?.cut()]);
});

const there = async (team: Connected) =>
  (await stack.google.living(team.googleCalendar)).map(({ summary }) => summary).toSorted();
const running = (team: Connected) => stack.temporal.workflow.getHandle(`sync:${team.connectionId}`);

describe("a worker that was started before Temporal and Postgres were there (F12, F5)", () => {
  it("takes up its work when they are", async () => {
    const team = await inStep(stack);
    await insert(stack, team, "ours");
    await team.quiescent();
    expect(await there(team)).toContain("ours");
  });
});

describe("a server that the worker loses for a while", () => {
  it.each([
    ["Temporal", () => temporal],
    ["Postgres", () => postgres],
  ] as const)(
    "is gone on with when it is back, and what came meanwhile is sent once: %s",
    async (_name, proxy) => {
      const team = await inStep(stack);
      await strike(stack, team, {
        match: { method: "POST" },
        kind: "delay",
        delayMs: 500,
        times: 3,
      });
      for (const title of ["a", "b", "c"]) await insert(stack, team, title);
      await sleep(700);
      await proxy().cut();
      await insert(stack, team, "d");
      await sleep(3_000);
      await proxy().mend();
      await team.quiescent();
      expect((await there(team)).filter((title) => title && title.length === 1)).toEqual([
        "a",
        "b",
        "c",
        "d",
      ]);
      expect((await team.sync()).status).toBe("completed");
    },
  );
});

describe("a workflow that somebody ends by hand", () => {
  it("leaves its session to the next one, which ends it", async () => {
    const team = await inStep(stack);
    await stack.google.create(team.googleCalendar, { summary: "after it", ...day });
    await strike(stack, team, {
      match: { method: "GET" },
      status: 503,
      headers: { "Retry-After": "600" },
    });
    const { sessionId } = await team.ring();
    await until(
      async () =>
        (
          await stack.psql("select 1 from connections where id = $1 and wait_until is not null", [
            team.connectionId,
          ])
        )[0],
    );
    await running(team).terminate("by hand");
    await stack.psql("update connections set wait_until = null where id = $1", [team.connectionId]);
    await stack.psql("update buckets set blocked_until = null");
    await team.quiescent();
    expect(
      await stack.psql("select status, local_created from sync_sessions where id = $1", [
        sessionId,
      ]),
    ).toEqual([{ status: "completed", local_created: 1 }]);
  });
});
