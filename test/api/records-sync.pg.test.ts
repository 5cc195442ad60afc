import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createMemoryRecords, createRecordsStore } from "../../connectors/memory/records.ts";
import { createRegistry } from "../../connectors/registry.ts";
import { recordsEngineAt } from "../support/records-engine.ts";
import { type Company, registry, send, startApi, type TestApi } from "./harness.ts";

type Shop = Awaited<ReturnType<ReturnType<typeof recordsEngineAt>["connect"]>>;

let api: TestApi;
let company: Company;
let key: string;
let shop: Shop;

beforeAll(async () => {
  const shapes = createMemoryRecords(createRecordsStore());
  api = await startApi({ registry: createRegistry([...registry().list(), shapes]) });
});
beforeEach(async () => {
  company = await api.company();
  key = company.keys.admin;
  shop = await recordsEngineAt(api.databaseUrl).connect({ companyId: company.id });
});
afterAll(() => api.stop());

const ask = (method: string, path: string, body?: object, as = key) =>
  send(api, method, path, { key: as, ...(body && { body }) });
const address = () => `/api/connections/${shop.connectionId}`;
const read = async () => (await ask("GET", address())).body;
const sync = (body?: object) => ask("POST", `${address()}/sync`, body);
const fill = (count: number) => {
  for (let at = 1; at <= count; at++) {
    shop.store.put(String(at), { name: `item ${at}` });
    shop.store.setParts(String(at), { [`p${at}`]: { size: at } });
  }
};

describe("a connection to business data", () => {
  test("shows what it has, stream by stream", async () => {
    fill(3);
    await shop.session();
    expect(await read()).toMatchObject({
      kind: "records",
      settings: { in: "memory" },
      calendarId: null,
      direction: "in",
      state: "idle",
      fresh: true,
      counters: { links: 0, records: 6, recordsSetAside: 0, heldPlans: 0 },
      streams: [
        {
          name: "items",
          of: null,
          records: 3,
          waiting: 0,
          listing: false,
          lastPassAt: expect.any(String) as string,
          lastListedAt: expect.any(String) as string,
        },
        { name: "parts", of: "items", records: 3, lastPassAt: null },
      ],
    });
    const [listed] = (await ask("GET", "/api/calendar/integrations")).body[
      "data"
    ] as unknown as object[];
    expect(listed).toBeDefined();
  });

  test("is late by the longest pause of its most frequent schedule, and never without one", async () => {
    await shop.session();
    const passed = (ago: string) =>
      api.sql("update connections set last_complete_pass_at = now() - $2::interval where id = $1", [
        shop.connectionId,
        ago,
      ]);
    await passed("3 years");
    expect(await read()).toMatchObject({ state: "idle", fresh: true, pollIntervalMs: 86_400_000 });
    const schedule = (cadence: object) =>
      ask("POST", "/api/schedules", { connectionId: shop.connectionId, cadence });
    await schedule({ everyHours: 168 });
    const { body } = await schedule({ dailyAt: ["06:00", "12:00", "16:00"] });
    await passed("27 hours");
    expect(await read()).toMatchObject({
      state: "idle",
      fresh: true,
      pollIntervalMs: 14 * 3_600_000,
      nextRunAt: "2026-01-01T00:00:00.000Z",
    });
    await passed("29 hours");
    expect(await read()).toMatchObject({
      state: "failing",
      fresh: false,
      nextStep: expect.stringContaining("two runs of its schedule") as string,
    });
    await ask("PATCH", `/api/schedules/${String(body["id"])}`, {
      enabled: false,
      pausedReason: "stocktaking",
    });
    expect(await read()).toMatchObject({ fresh: true, pollIntervalMs: 168 * 3_600_000 });
  });

  test("says until when it waits for quota", async () => {
    await api.sql(
      "update connections set wait_until = '2099-05-01T04:05:30Z', wait_reason = 'quota' where id = $1",
      [shop.connectionId],
    );
    expect(await read()).toMatchObject({
      state: "waiting",
      status: "waiting for quota until 2099-05-01 04:05 UTC",
      waitReason: "quota",
    });
  });

  test("is changed by what it has, and by nothing of a calendar's", async () => {
    for (const body of [{ policy: "ours" }, { direction: "both" }, { remoteCalendarId: "x" }]) {
      const answer = await ask("PATCH", address(), body);
      expect([answer.status, answer.body["errors"]]).toMatchObject([
        400,
        [{ pointer: `/${Object.keys(body)[0]}` }],
      ]);
    }
    expect((await ask("PATCH", address(), { enabled: false })).body).toMatchObject({
      state: "paused",
    });
    const google = `/api/connections/${company.connectionId}`;
    expect((await ask("PATCH", google, { settings: { in: "x" } })).status).toBe(400);
  });
});

describe("sync now", () => {
  const streamsOf = (id: unknown) =>
    api.sql("select streams from sync_sessions where id = $1", [id]);

  test("of everything, and of one stream; the session says which", async () => {
    const one = await sync({ streams: ["items"] });
    expect([one.status, one.body["session"]]).toMatchObject([
      202,
      { trigger: "manual", triggeredBy: "admin", streams: ["items"], progress: null },
    ]);
    expect(await streamsOf(one.body["sessionId"])).toEqual([{ streams: ["items"] }]);
    const all = await sync();
    expect(all.body["session"]).toMatchObject({ id: one.body["sessionId"], streams: [] });
  });

  test("of a stream that is not there is pointed at, here and at the public address", async () => {
    expect((await sync({ streams: ["items", "moons"] })).body["errors"]).toMatchObject([
      { pointer: "/streams/1", message: "is not one of items, parts" },
    ]);
    const named = (type: string) =>
      ask("POST", "/api/sync", { provider: "memory-records", type }, company.keys.member);
    expect((await named("moons")).body["errors"]).toMatchObject([
      { pointer: "/type", message: "is not one of incremental, full, items, parts" },
    ]);
    expect((await named("items")).body["session"]).toMatchObject({
      trigger: "api",
      streams: ["items"],
    });
  });

  test("in full, everything counts as unread: lists, and what is read item by item", async () => {
    fill(2);
    await shop.session();
    const unread = async () => ({
      cursor: (
        await api.sql<{ none: boolean }>(
          "select cursor is null as none from cursors where connection_id = $1",
          [shop.connectionId],
        )
      )[0]?.none,
      work: (
        await api.sql("select 1 from record_work where connection_id = $1", [shop.connectionId])
      ).length,
    });
    await sync();
    expect(await unread()).toEqual({ cursor: false, work: 0 });
    await sync({ full: true, streams: ["parts"] });
    expect(await unread()).toEqual({ cursor: false, work: 2 });
    await ask("POST", "/api/sync", { connectionId: shop.connectionId, type: "full" });
    expect(await unread()).toEqual({ cursor: true, work: 2 });
    await shop.session();
    expect(await unread()).toEqual({ cursor: false, work: 0 });
  });

  test("progress is shown while it runs", async () => {
    const { body } = await sync();
    const progress = { step: "history", stream: "items", done: 3, total: 9 };
    await api.sql("update sync_sessions set progress = $2 where id = $1", [
      body["sessionId"],
      progress,
    ]);
    expect((await ask("GET", `/api/sessions/${String(body["sessionId"])}`)).body).toMatchObject({
      progress,
    });
  });
});

describe("what only a calendar has", () => {
  test.each([
    ["POST", "preview"],
    ["GET", "proof"],
    ["GET", "conflict-rules"],
  ])("%s %s is refused with a code of its own", async (method, what) => {
    const answer = await ask(method, `${address()}/${what}`);
    expect([answer.status, answer.body["code"]]).toEqual([409, "calendar_only"]);
  });

  test("and so is undoing one of its sessions", async () => {
    fill(1);
    const { sessionId } = await shop.session();
    const answer = await ask("POST", `/api/sessions/${sessionId}/undo`);
    expect([answer.status, answer.body["code"]]).toEqual([409, "calendar_only"]);
  });

  test("what calendars are asked for everywhere else knows it as well, and never breaks", async () => {
    const { connectionId } = shop;
    for (const [method, path, body, status] of [
      ["GET", "/api/conflicts", undefined, 200],
      ["POST", `${address()}/consent`, undefined, 409],
      ["GET", `${address()}/collections`, undefined, 200],
      ["GET", `${address()}/set-aside`, undefined, 200],
      ["GET", `/api/calendar/webhooks/google?integrationId=${connectionId}`, undefined, 200],
      ["PUT", "/api/calendar/webhooks/google", { integrationId: connectionId }, 202],
      ["DELETE", `/api/calendar/webhooks/google?integrationId=${connectionId}`, undefined, 202],
      ["POST", `/api/calendar/integrations/${connectionId}/sync`, undefined, 202],
      ["POST", "/api/calendar/sync/notion/pull", { integrationId: connectionId }, 409],
      ["POST", "/api/calendar/sync/queue", undefined, 202],
    ] as const)
      expect([path, (await ask(method, path, body)).status]).toEqual([path, status]);
  });
});

describe("deletions that are more than usual", () => {
  const held = async () => {
    fill(30);
    await shop.session();
    for (let at = 1; at <= 20; at++) shop.store.remove(String(at));
    await shop.session();
    const plans = (await ask("GET", `/api/plans?connectionId=${shop.connectionId}`)).body[
      "data"
    ] as unknown as { id: string; state: string; items: number }[];
    expect(plans).toMatchObject([{ state: "held", items: 20 }]);
    expect(await read()).toMatchObject({
      state: "held",
      counters: { heldPlans: 1, records: 60 },
      nextStep: expect.stringContaining("/api/plans") as string,
    });
    return plans[0]?.id ?? "";
  };
  const items = async (planId: string) => {
    const all = [];
    for (let path = `/api/plans/${planId}/items?limit=8`; ;) {
      const { body } = await ask("GET", path);
      all.push(...(body["data"] as unknown as object[]));
      if (body["nextCursor"] === null) return all;
      path = `/api/plans/${planId}/items?limit=8&cursor=${String(body["nextCursor"])}`;
    }
  };
  const settle = (planId: string, verb: string) => ask("POST", `/api/plans/${planId}/${verb}`);

  test("are listed record by record, and made once they are approved", async () => {
    const planId = await held();
    const lines = await items(planId);
    expect(lines).toHaveLength(20);
    expect(lines[0]).toMatchObject({
      stream: "items",
      eventId: null,
      side: "local",
      action: "deleted",
      held: true,
    });
    expect((await settle(planId, "apply")).status).toBe(409);
    expect((await settle(planId, "approve")).body).toMatchObject({ state: "approved" });
    expect(await items(planId)).toEqual([]);
    await shop.session();
    expect(Object.keys(await shop.known())).toHaveLength(10);
    expect(await read()).toMatchObject({ state: "idle", counters: { heldPlans: 0, records: 20 } });
    expect((await shop.changes()).filter((change) => change.startsWith("deleted"))).toHaveLength(
      20,
    );
  });

  test("are forgotten once they are rejected: the records stay", async () => {
    const planId = await held();
    expect((await settle(planId, "reject")).body).toMatchObject({ state: "rejected" });
    await shop.session();
    expect(Object.keys(await shop.known())).toHaveLength(30);
    expect(await read()).toMatchObject({ state: "idle", counters: { heldPlans: 0 } });
    expect((await settle(planId, "approve")).status).toBe(409);
  });

  test("are nobody else's to see or to settle", async () => {
    const planId = await held();
    const other = (await api.company()).keys.owner;
    for (const [method, path] of [
      ["GET", `/api/plans/${planId}/items`],
      ["POST", `/api/plans/${planId}/approve`],
      ["POST", `${address()}/sync`],
    ] as const)
      expect((await ask(method, path, undefined, other)).status).toBe(404);
    expect((await ask("GET", `/api/plans/${randomUUID()}/items`)).status).toBe(404);
    expect(
      (await ask("POST", `/api/plans/${planId}/reject`, undefined, company.keys.member)).status,
    ).toBe(403);
  });
});
