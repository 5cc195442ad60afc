import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
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
  api.rings.length = 0;
  api.asked.length = 0;
});
afterAll(() => api.stop());

const credentials = {
  accessToken: "planted-access",
  refreshToken: "planted-refresh",
  expiresAt: "2030-01-01T00:00:00Z",
};
const connect = (more: object = {}) =>
  send(api, "POST", "/api/connections", {
    key,
    body: { provider: "google-calendar", calendarId: company.calendarId, ...more },
  });
const read = async (id: string) => (await send(api, "GET", `/api/connections/${id}`, { key })).body;

describe("connecting with tokens", () => {
  test("our events are marked for it, it is rung, and no answer repeats a secret", async () => {
    await send(api, "POST", "/api/events", { key, body: meeting });
    api.rings.length = 0;
    const answer = await connect({ remoteCalendarId: "team@example.test", credentials });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      grantState: "ok",
      state: "queued",
      remoteCalendarId: "team@example.test",
      consentUrl: null,
      tokenExpiresAt: "2030-01-01T00:00:00.000Z",
      counters: { pendingWrites: 1 },
      channel: "polling only",
      quiescent: false,
    });
    const id = String(answer.body["id"]);
    expect(api.rings).toMatchObject([{ connectionId: id, trigger: "manual", by: "admin" }]);
    const texts = [
      answer.text,
      ...(await Promise.all(
        ["/api/connections", `/api/connections/${id}`, "/api/calendar/integrations"].map(
          async (path) => (await send(api, "GET", path, { key })).text,
        ),
      )),
    ];
    for (const text of texts) expect(text).not.toMatch(/planted|v1\|/);
  });

  test("the same remote calendar twice is refused, also by two at once", async () => {
    const answers = await Promise.all(
      [1, 2, 3].map(() => connect({ remoteCalendarId: "twice@example.test", credentials })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body["detail"]).toMatch(
      /every event twice/,
    );
  });

  test("settings that the connector refuses are pointed at", async () => {
    const answer = await connect({ remoteCalendarId: "a b", credentials });
    expect([answer.status, answer.body["errors"]]).toMatchObject([
      400,
      [{ pointer: "/remoteCalendarId" }],
    ]);
    expect((await connect({ provider: "fax" })).body["errors"]).toMatchObject([
      { pointer: "/provider" },
    ]);
  });
});

test("duplicates are asked of the rows, and seen when the rules that forbid them are gone", async () => {
  const ask = async (as: string) => {
    const answer = await send(own, "GET", "/api/calendar/duplicates", { key: as });
    return answer.body["data"];
  };
  const own = await startApi();
  const team = await own.company();
  const link = () =>
    own.sql(
      "insert into links (company_id, connection_id, state, remote_id) values ($1, $2, 'live', 'r1')",
      [team.id, team.connectionId],
    );
  await link();
  expect(await ask(team.keys.member)).toEqual([]);
  await own.sql("alter table links drop constraint links_one_per_remote");
  await link();
  expect(await ask(team.keys.member)).toEqual([
    { connectionId: team.connectionId, remoteId: "r1", eventId: null, count: 2 },
  ]);
  expect(await ask((await own.company()).keys.owner)).toEqual([]);
  await own.stop();
});

describe("a connection's life", () => {
  const change = (body: object) =>
    send(api, "PATCH", `/api/connections/${company.connectionId}`, { key, body });
  const actOn = (verb: string) =>
    send(api, "POST", `/api/connections/${company.connectionId}/${verb}`, { key });

  test("sync now answers the session, where it can be followed", async () => {
    const answer = await actOn("sync");
    expect(answer.status).toBe(202);
    const session = await send(api, "GET", answer.headers.get("location") ?? "", { key });
    expect(session.body).toMatchObject({
      id: answer.body["sessionId"],
      status: "queued",
      trigger: "manual",
      triggeredBy: "admin",
      local: { created: 0 },
    });
    expect(answer.body["session"]).toEqual(session.body);
    const old = await send(api, "POST", `/api/calendar/integrations/${company.connectionId}/sync`, {
      key,
    });
    expect(old.body["sessionId"]).toBe(answer.body["sessionId"]);
    const any = await send(api, "POST", "/api/sync", {
      key: company.keys.member,
      body: { provider: "google-calendar" },
    });
    expect(any.body["sessionId"]).toBe(answer.body["sessionId"]);
  });

  test("a full sync forgets the cursor and nothing else; an incremental one keeps it", async () => {
    await api.sql(
      `insert into cursors (company_id, connection_id, stream, cursor) values ($1, $2, 'events', '{"syncToken":"t"}')`,
      [company.id, company.connectionId],
    );
    const sync = (type: string) =>
      send(api, "POST", "/api/sync", {
        key: company.keys.member,
        body: { connectionId: company.connectionId, type },
      });
    const cursor = () =>
      api.sql("select cursor from cursors where connection_id = $1", [company.connectionId]);
    expect((await sync("incremental")).status).toBe(202);
    expect(await cursor()).toEqual([{ cursor: { syncToken: "t" } }]);
    expect((await sync("full")).status).toBe(202);
    expect(await cursor()).toEqual([{ cursor: null }]);
  });

  test("a session links to its workflow, in the namespace that Temporal is asked in", async () => {
    const { body } = await actOn("sync");
    await api.sql("update sync_sessions set workflow_id = 'sync:x', run_id = 'r' where id = $1", [
      body["sessionId"],
    ]);
    const session = await send(api, "GET", `/api/sessions/${String(body["sessionId"])}`, { key });
    expect(session.body["temporalUrl"]).toBe(
      "http://127.0.0.1:8233/namespaces/team%20a/workflows/sync%3Ax/r/history",
    );
  });

  test("is up to date only while its last complete pass is younger than two polls (I16)", async () => {
    const passed = async (ago: string) => {
      await api.sql(
        "update connections set last_complete_pass_at = now() - $2::interval where id = $1",
        [company.connectionId, ago],
      );
      return (await send(api, "GET", `/api/connections/${company.connectionId}`, { key })).body;
    };
    expect(await passed("29 minutes")).toMatchObject({
      state: "idle",
      status: "up to date",
      fresh: true,
    });
    expect(await passed("32 minutes")).toMatchObject({
      state: "failing",
      status: "needs attention",
      fresh: false,
      nextStep: expect.stringContaining("No complete pass") as string,
    });
  });

  test("paused it says so and refuses to sync; resumed it is rung", async () => {
    expect((await change({ enabled: false, pausedReason: "holiday" })).body).toMatchObject({
      state: "paused",
      pausedReason: "holiday",
    });
    expect((await actOn("sync")).status).toBe(409);
    expect(api.rings).toEqual([]);
    expect((await change({ enabled: true })).body).toMatchObject({
      state: "queued",
      pausedReason: null,
    });
    expect(api.rings).toHaveLength(1);
  });

  test("disconnecting hides it, tells Temporal, and is final", async () => {
    const schedule = await send(api, "POST", "/api/schedules", {
      key,
      body: {
        connectionId: company.connectionId,
        cadence: { dailyAt: ["06:00"] },
        zone: "Europe/Vilnius",
      },
    });
    expect(schedule.status).toBe(201);
    const id = String(schedule.body["id"]);
    expect(api.asked).toEqual([`put ${id}`]);
    const answer = await send(api, "DELETE", `/api/connections/${company.connectionId}`, { key });
    expect([answer.status, answer.body["status"]]).toEqual([202, "disconnected"]);
    expect(api.asked).toEqual(
      expect.arrayContaining([`disconnect ${company.connectionId}`, `remove ${id}`]),
    );
    expect((await send(api, "GET", "/api/connections", { key })).body["data"]).toEqual([]);
    expect((await change({ enabled: true })).status).toBe(409);
    expect((await actOn("sync")).status).toBe(409);
    expect((await send(api, "GET", `/api/schedules/${id}`, { key })).status).toBe(404);
  });

  test("I16: a session that waits when its connection is disconnected ends and says why", async () => {
    const { body } = await actOn("sync");
    const stream = send(api, "GET", `/api/sessions/${String(body["sessionId"])}/stream`, { key });
    await send(api, "DELETE", `/api/connections/${company.connectionId}`, { key });
    expect((await stream).text).toMatch(/event: end\ndata: {"status":"error"}/);
    const session = await send(api, "GET", `/api/sessions/${String(body["sessionId"])}`, { key });
    expect(session.body).toMatchObject({ status: "error", errorCode: "disconnected" });
    expect(await read(company.connectionId)).toMatchObject({
      quiescent: true,
      nextSessionId: null,
    });
  });

  test("what a session reports is what the state says", async () => {
    const set = async (columns: string) => {
      await api.sql(`update connections set ${columns} where id = $1`, [company.connectionId]);
      const { state, status } = await read(company.connectionId);
      return [state, status];
    };
    expect(await set("failures = 0")).toEqual(["idle", "up to date"]);
    expect(await set("last_error_code = 'x', last_error = 'why'")).toEqual([
      "failing",
      "needs attention",
    ]);
    expect(await set("wait_until = now() + interval '90 seconds'")).toEqual([
      "waiting",
      expect.stringMatching(/^waiting for the provider \((89|90) s\)$/),
    ]);
    expect(await set("grant_state = 'needs_reauth'")).toEqual(["needs_reauth", "disconnected"]);
  });

  test("held deletions are listed, and settled once: rejected, the session that is rung for will keep ours", async () => {
    const event = await send(api, "POST", "/api/events", { key, body: meeting });
    const eventId = (event.body["event"] as unknown as { id: string }).id;
    const at = [company.id, company.connectionId];
    await api.sql(
      "insert into links (company_id, connection_id, event_id, state, remote_id, deletion_seen_at) values ($1, $2, $3, 'live', 'r1', now())",
      [...at, eventId],
    );
    const [plan] = await api.sql<{ id: string }>(
      "insert into plans (company_id, connection_id, session_id, side, reason, items) values ($1, $2, $3, 'local', 'many', 1) returning id",
      [...at, randomUUID()],
    );
    await api.sql("update writes set state = 'completed'");
    await api.sql("update rings set served = rung where connection_id = $1", [
      company.connectionId,
    ]);
    expect(await read(company.connectionId)).toMatchObject({
      state: "held",
      status: "held",
      counters: { heldPlans: 1 },
    });
    expect(
      (await send(api, "POST", `/api/plans/${plan?.id}/reject`, { key: company.keys.member }))
        .status,
    ).toBe(403);
    const settled = await send(api, "POST", `/api/plans/${plan?.id}/reject`, { key });
    expect(settled.body).toMatchObject({ state: "rejected", settledBy: "admin" });
    expect((await send(api, "POST", `/api/plans/${plan?.id}/approve`, { key })).status).toBe(409);
    expect(
      await api.sql("select rung > served as rung from rings where connection_id = $1", [
        company.connectionId,
      ]),
    ).toEqual([{ rung: true }]);
  });

  test("rejected on the other side, what we deleted comes back", async () => {
    const event = await send(api, "POST", "/api/events", { key, body: meeting });
    const eventId = (event.body["event"] as unknown as { id: string }).id;
    const at = [company.id, company.connectionId];
    await api.sql(
      "insert into links (company_id, connection_id, event_id, state, remote_id) values ($1, $2, $3, 'live', 'r1')",
      [...at, eventId],
    );
    await send(api, "DELETE", `/api/events/${eventId}`, { key });
    const [plan] = await api.sql<{ id: string }>(
      "insert into plans (company_id, connection_id, session_id, side, reason, items) values ($1, $2, $3, 'remote', 'many', 1) returning id",
      [...at, randomUUID()],
    );
    const held = await send(api, "GET", `/api/events/${eventId}`, { key });
    expect(held.body["links"]).toMatchObject([
      { state: "held", reason: "the deletion waits for a person's approval" },
    ]);
    expect((await send(api, "POST", `/api/plans/${plan?.id}/reject`, { key })).status).toBe(200);
    expect(
      (await send(api, "GET", `/api/events/${eventId}`, { key })).body["deletedAt"],
    ).toBeNull();
  });
});

describe("the queue, at its older address", () => {
  const path = "/api/calendar/sync/queue";

  test("it counts, drains and forgets", async () => {
    await send(api, "POST", "/api/events", { key, body: meeting });
    expect((await send(api, "GET", path, { key })).body).toMatchObject({
      success: true,
      stats: { PENDING: 1, COMPLETED: 0, FAILED: 0 },
      oldestPendingAge: expect.any(Number),
    });
    await api.sql(
      "update writes set state = 'failed', error = 'refused' where connection_id = $1",
      [company.connectionId],
    );
    expect(
      (await send(api, "GET", `${path}/writes?state=failed`, { key })).body["data"],
    ).toMatchObject([{ state: "failed", error: "refused" }]);
    const drained = await send(api, "POST", path, { key });
    expect([drained.status, drained.body["sessions"]]).toMatchObject([
      202,
      [{ connectionId: company.connectionId }],
    ]);
    await api.sql(
      "update writes set state = 'completed', finished_at = now() - interval '8 days' where connection_id = $1",
      [company.connectionId],
    );
    expect((await send(api, "DELETE", `${path}?olderThan=7`, { key })).body).toEqual({
      success: true,
      deleted: 1,
    });
  });
});
