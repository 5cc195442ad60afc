import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type PlannedItem, storeItems } from "../../db/plan-items.ts";
import { markReady } from "../../db/plan-states.ts";
import { type Company, meeting, send, startApi, type TestApi } from "./harness.ts";

let api: TestApi;
let company: Company;
let key: string;

beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  company = await api.company();
  key = company.keys.admin;
  api.signals.length = 0;
});
afterAll(() => api.stop());

const post = (path: string) => send(api, "POST", path, { key });
const get = async (path: string) => (await send(api, "GET", path, { key })).body;
const ask = async (): Promise<string> => {
  const asked = await post(`/api/connections/${company.connectionId}/preview`);
  return (asked.body["plan"] as unknown as { id: string }).id;
};
const connection = () => get(`/api/connections/${company.connectionId}`);

const line = (at: number, more: Partial<PlannedItem> = {}): PlannedItem => ({
  eventId: null,
  linkId: null,
  remoteId: `r${at}`,
  side: "local",
  action: "created",
  fields: { title: { after: `title ${at}` } },
  rule: "write local",
  held: false,
  version: null,
  revision: null,
  ...more,
});

/** As a session would have drawn it up. */
async function ready(items: PlannedItem[]): Promise<string> {
  const planId = await ask();
  await api.database.withCompany(company.id, async (tx) => {
    await storeItems(tx, { companyId: company.id, planId }, items);
    await markReady(tx, planId, { items: items.length, summary: {}, holdMs: 60_000 });
  });
  return planId;
}

describe("a preview", () => {
  test("is asked for: a plan, a session of its own, and a ring that the sweep would find", async () => {
    const asked = await post(`/api/connections/${company.connectionId}/preview`);
    expect(asked.status).toBe(202);
    expect(asked.body).toMatchObject({
      plan: { kind: "preview", state: "asked", askedBy: "admin", moved: [], side: null },
      session: { kind: "preview", status: "queued" },
    });
    const { plan, session } = asked.body as unknown as {
      plan: { id: string; sessionId: string };
      session: { id: string; planId: string };
    };
    expect([plan.sessionId, plan.id]).toEqual([session.id, session.planId]);
    expect(asked.headers.get("location")).toBe(`/api/plans/${plan.id}`);
    expect(api.signals).toEqual([company.connectionId]);
    expect(
      await api.sql("select rung > served as rung from rings where connection_id = $1", [
        company.connectionId,
      ]),
    ).toEqual([{ rung: true }]);
  });

  test("is one at a time, and none of a connection that is paused", async () => {
    await ask();
    const path = `/api/connections/${company.connectionId}/preview`;
    expect(await post(path)).toMatchObject({ status: 409, body: { code: "plan_under_way" } });
    await api.sql("update connections set enabled = false where id = $1", [company.connectionId]);
    expect(await post(path)).toMatchObject({ status: 409, body: { code: "not_connected" } });
  });

  test("is read line by line, in pages, by side and by action", async () => {
    const edit = { title: { before: "old", after: "new" } };
    const planId = await ready([
      line(0),
      line(1),
      line(2, { side: "remote", action: "updated", fields: edit }),
      line(3, { action: "deleted", fields: {}, held: true }),
    ]);
    const first = await get(`/api/plans/${planId}/items?limit=3`);
    expect(first["data"]).toMatchObject([
      { seq: 0, title: "title 0", remoteId: "r0", state: "planned", guestsMailed: 0 },
      { seq: 1 },
      { seq: 2, fields: edit, side: "remote" },
    ]);
    const next = await get(`/api/plans/${planId}/items?cursor=${String(first["nextCursor"])}`);
    expect(next).toMatchObject({ data: [{ seq: 3, held: true, fields: {} }], nextCursor: null });
    expect((await get(`/api/plans/${planId}/items?side=remote`))["data"]).toHaveLength(1);
    expect((await get(`/api/plans/${planId}/items?action=created`))["data"]).toHaveLength(2);
    expect((await get("/api/plans?kind=preview&state=ready"))["data"]).toMatchObject([
      { id: planId, items: 4 },
    ]);
    expect((await get("/api/plans?kind=deletions"))["data"]).toEqual([]);
  });

  test("keeps its connection held, with what to do in words, until it is decided", async () => {
    const planId = await ready([]);
    expect(await connection()).toMatchObject({
      state: "held",
      nextStep: expect.stringContaining("apply or discard"),
    });
    expect(await post(`/api/plans/${planId}/discard`)).toMatchObject({
      status: 200,
      body: { state: "discarded", settledBy: "admin" },
    });
    expect(await connection()).toMatchObject({ state: "queued" });
    expect(await post(`/api/plans/${planId}/discard`)).toMatchObject({ status: 409 });
    expect(await post(`/api/plans/${planId}/apply`)).toMatchObject({
      status: 409,
      body: { code: "already_settled" },
    });
  });

  test("holds nothing when its time is over", async () => {
    const planId = await ready([]);
    await api.sql("update plans set waits_until = now() where id = $1", [planId]);
    expect(await connection()).toMatchObject({ state: "queued" });
    expect(await post(`/api/plans/${planId}/apply`)).toMatchObject({ status: 409 });
  });

  test("is applied once it is ready, and not before, by a session of its own", async () => {
    const early = await ask();
    expect(await post(`/api/plans/${early}/apply`)).toMatchObject({
      status: 409,
      body: { code: "plan_under_way" },
    });
    await post(`/api/plans/${early}/discard`);
    const planId = await ready([]);
    api.signals.length = 0;
    const applied = await post(`/api/plans/${planId}/apply`);
    expect(applied).toMatchObject({
      status: 202,
      body: { plan: { state: "applying" }, session: { kind: "apply", planId } },
    });
    expect(api.signals).toEqual([company.connectionId]);
    const { id } = applied.body["session"] as unknown as { id: string };
    expect(await get(`/api/sessions/${id}`)).toMatchObject({ kind: "apply", planId });
  });

  test("goes with its connection", async () => {
    const planId = await ready([]);
    await send(api, "DELETE", `/api/connections/${company.connectionId}`, { key });
    expect(await get(`/api/plans/${planId}`)).toMatchObject({
      state: "discarded",
      settledBy: "system",
    });
  });

  test("that has moved says which lines, as they were and as they are", async () => {
    const planId = await ready([]);
    const moved = { movedCount: 1, moved: [{ planned: null, now: line(7) }] };
    await api.sql("update plans set state = 'moved', summary = $2 where id = $1", [
      planId,
      JSON.stringify(moved),
    ]);
    expect(await get(`/api/plans/${planId}`)).toMatchObject({
      state: "moved",
      summary: {},
      movedCount: 1,
      moved: [{ planned: null, now: { remoteId: "r7", side: "local", guestsMailed: 0 } }],
    });
  });
});

describe("a first sync that is to be shown", () => {
  test("is chosen with the connection and can be chosen anew", async () => {
    const made = await send(api, "POST", "/api/connections", {
      key,
      body: {
        provider: "google-calendar",
        calendarId: company.calendarId,
        firstSync: "preview",
      },
    });
    expect(made.body).toMatchObject({ firstSync: "preview" });
    const path = `/api/connections/${String(made.body["id"])}`;
    await send(api, "PATCH", path, { key, body: { firstSync: "run" } });
    expect(await get(path)).toMatchObject({ firstSync: "run" });
  });

  test("rests where it was discarded, and says what to do", async () => {
    await api.sql(
      "update connections set first_sync = 'preview', last_complete_pass_at = null where id = $1",
      [company.connectionId],
    );
    await post(`/api/plans/${await ready([])}/discard`);
    expect(await connection()).toMatchObject({
      state: "held",
      nextStep: expect.stringContaining("firstSync"),
    });
  });
});

test("a held plan lists what it would delete now, and is neither applied nor discarded", async () => {
  const made = await send(api, "POST", "/api/events", { key, body: meeting });
  const eventId = (made.body["event"] as unknown as { id: string }).id;
  const at = [company.id, company.connectionId];
  await api.sql("update writes set state = 'completed'");
  await api.sql(
    "insert into links (company_id, connection_id, event_id, state, remote_id, deletion_seen_at) values ($1, $2, $3, 'live', 'r1', now())",
    [...at, eventId],
  );
  const [plan] = await api.sql<{ id: string }>(
    "insert into plans (company_id, connection_id, session_id, side, reason, items) values ($1, $2, gen_random_uuid(), 'local', 'many', 1) returning id",
    at,
  );
  const items = `/api/plans/${plan?.id}/items`;
  expect((await get(items))["data"]).toMatchObject([
    { eventId, remoteId: "r1", title: meeting.title, side: "local", action: "deleted", held: true },
  ]);
  expect((await get(`${items}?side=remote`))["data"]).toEqual([]);
  expect(await post(`/api/plans/${plan?.id}/apply`)).toMatchObject({ status: 409 });
  expect(await post(`/api/plans/${plan?.id}/discard`)).toMatchObject({ status: 409 });
  await post(`/api/plans/${plan?.id}/approve`);
  expect((await get(items))["data"]).toEqual([]);
});
