import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApp } from "../../api/app.ts";
import { databasePatience } from "../../api/patience.ts";
import { openDatabase } from "../../db/client.ts";
import { createLog } from "../../log.ts";
import { type Proxy, proxyTo } from "../support/proxy.ts";
import { type Company, meeting, type Reply, send, startApi, type TestApi } from "./harness.ts";

const pool = 2;
const log = createLog("test", "silent");
let api: TestApi;
let company: Company;
let proxy: Proxy;

beforeAll(async () => {
  api = await startApi();
  company = await api.company();
  const url = new URL(api.databaseUrl);
  proxy = await proxyTo(url.hostname, Number(url.port));
});
afterAll(async () => {
  await proxy.cut();
  await api.stop();
});

/** The API, with the proxy between it and Postgres. */
async function startBehindProxy(config: Partial<TestApi["deps"]["config"]> = {}) {
  const url = new URL(api.databaseUrl);
  url.port = String(proxy.port);
  const database = openDatabase(url.href, { pool, log, patience: databasePatience });
  const server = createApp({
    ...api.deps,
    database,
    config: { ...api.deps.config, ...config },
    checks: { postgres: () => database.ping() },
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await database.close();
    },
  };
}

const read = (of: { url: string }) =>
  send(of, "GET", "/api/calendars", { key: company.keys.member });
async function timed(answer: Promise<Reply>): Promise<{ status: number; ms: number }> {
  const began = performance.now();
  return { status: (await answer).status, ms: performance.now() - began };
}

test("F8: while Postgres hangs every request is told so within five seconds, and afterwards all is as before", async () => {
  const hung = await startBehindProxy();
  const warm = await Promise.all(Array.from({ length: 4 * pool }, () => read(hung)));
  expect(warm.map(({ status }) => status)).toEqual(warm.map(() => 200));
  proxy.freeze();
  const hook = send(hung, "POST", "/api/calendar/webhooks/google", {
    headers: {
      "x-goog-channel-id": company.connectionId,
      "x-goog-channel-token": "a",
      "x-goog-message-number": "2",
      "x-goog-resource-id": "b",
      "x-goog-resource-state": "exists",
    },
  });
  const asked = [hook, ...Array.from({ length: 4 * pool }, () => read(hung))];
  for (const { status, ms } of await Promise.all(asked.map(timed))) {
    expect(status).toBe(503);
    expect(ms).toBeLessThan(5_000);
  }
  expect((await hook).headers.get("retry-after")).toBe("2");
  expect((await send(hung, "GET", "/readyz")).status).toBe(503);
  proxy.thaw();
  // Every connection of the pool can be used again: none was kept by what had failed on it.
  const after = await Promise.all(Array.from({ length: 4 * pool }, () => read(hung)));
  expect(after.map(({ status }) => status)).toEqual(after.map(() => 200));
  await hung.stop();
});

test("F8: an event that was committed before Postgres hung is answered as made, and pending", async () => {
  const hung = await startBehindProxy({ WRITE_WAIT_MS: 2_000 });
  const made = timed(
    send(hung, "POST", "/api/events", { key: company.keys.member, body: meeting }),
  );
  for (let n = 0; n === 0; await sleep(10)) {
    [{ n } = { n: 0 }] = await api.sql<{ n: number }>("select count(*)::int as n from events");
  }
  await sleep(100);
  proxy.freeze();
  const { status, ms } = await made;
  proxy.thaw();
  expect(status).toBe(201);
  expect(ms).toBeLessThan(10_000);
  await hung.stop();
});

test("F8: a Postgres that goes away in the middle is not waited for twice to let an Idempotency-Key go", async () => {
  let asked = 0;
  const withCompany: TestApi["database"]["withCompany"] = async (...given) => {
    asked += 1;
    if (asked === 2) throw new Error("Connection terminated");
    if (asked > 2) await sleep(10_000, undefined, { ref: false });
    return api.database.withCompany(...given);
  };
  const leaving = await startApi({ database: { ...api.database, withCompany } });
  const made = send(leaving, "POST", "/api/calendars", {
    key: company.keys.admin,
    body: { name: "Team" },
    headers: { "idempotency-key": "once" },
  });
  const { status, ms } = await timed(made);
  expect([status, ms < 2_000]).toEqual([503, true]);
  await leaving.stop();
});

test("F7: a database that takes no writes is told by readiness, and nothing is answered as done", async () => {
  const stale = await startBehindProxy();
  const name = new URL(api.databaseUrl).pathname.slice(1);
  await api.sql(`alter database ${name} set default_transaction_read_only = on`);
  const body = { key: company.keys.member, body: meeting };
  expect((await send(stale, "POST", "/api/events", body)).status).toBe(503);
  const ready = await send(stale, "GET", "/readyz");
  expect([ready.status, ready.text]).toEqual([
    503,
    "process: ok\npostgres: the database takes no writes\n",
  ]);
  await api.sql("set default_transaction_read_only = off");
  await stale.stop();
});
