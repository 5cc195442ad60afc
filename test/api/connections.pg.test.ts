import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readGrant } from "../../db/connections.ts";
import { type Company, keyRing, meeting, send, startApi, type TestApi } from "./harness.ts";

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
const callback = (query: string) => send(api, "GET", `/api/oauth/google/callback?${query}`);
const stateOf = (url: unknown) => new URL(String(url)).searchParams.get("state") ?? "";
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

describe("consent", () => {
  test("it connects, the calendar is chosen after it, and then it syncs", async () => {
    const made = await connect();
    const id = String(made.body["id"]);
    expect(made.body).toMatchObject({ state: "needs_reauth", status: "disconnected" });
    const url = new URL(String(made.body["consentUrl"]));
    expect(url.searchParams.get("code_challenge")).toMatch(/^[\w-]{43}$/);
    const kept = await api.sql<{ text: string }>(
      "select oauth_states::text as text from oauth_states",
    );
    expect(kept.map(({ text }) => text).join()).not.toContain(stateOf(url));
    const page = await callback(`state=${stateOf(url)}&code=code-anna&scope=x`);
    expect([page.status, page.headers.get("content-type")]).toEqual([
      200,
      "text/html; charset=utf-8",
    ]);
    expect(await read(id)).toMatchObject({
      grantState: "ok",
      account: "anna@example.test",
      state: "failing",
      remoteCalendarId: null,
    });
    const collections = await send(api, "GET", `/api/connections/${id}/collections`, { key });
    expect(collections.body["data"]).toMatchObject([
      { id: "anna@example.test", primary: true },
      { id: "team@example.test" },
    ]);
    const chosen = await send(api, "PATCH", `/api/connections/${id}`, {
      key,
      body: { remoteCalendarId: "team@example.test" },
    });
    expect(chosen.body).toMatchObject({ state: "queued", remoteCalendarId: "team@example.test" });
    expect(
      (
        await send(api, "PATCH", `/api/connections/${id}`, {
          key,
          body: { remoteCalendarId: "other@example.test" },
        })
      ).status,
    ).toBe(409);
  });

  test("F47: an account's own calendar is refused under its other name, before consent and after", async () => {
    const consented = async (made: Awaited<ReturnType<typeof connect>>) =>
      callback(`state=${stateOf(made.body["consentUrl"])}&code=code-anna`);
    const first = await connect({ remoteCalendarId: "primary" });
    expect((await consented(first)).status).toBe(200);
    const named = await connect({ remoteCalendarId: "anna@example.test" });
    expect([named.status, named.body["code"]]).toEqual([409, "already_connected"]);
    await send(api, "DELETE", `/api/connections/${String(first.body["id"])}`, { key });
    expect((await consented(await connect({ remoteCalendarId: "anna@example.test" }))).status).toBe(
      200,
    );
    const second = await connect({ remoteCalendarId: "primary" });
    const page = await consented(second);
    expect([page.status, page.text]).toEqual([400, expect.stringContaining("every event twice")]);
    expect(await read(String(second.body["id"]))).toMatchObject({ grantState: "pending" });
  });

  test("what was sealed with a key that is gone is told in words, and never is an error of ours", async () => {
    const made = await connect();
    const state = stateOf(made.body["consentUrl"]);
    const idempotent = () =>
      send(api, "POST", "/api/calendars", {
        key,
        body: { name: "Kept" },
        headers: { "idempotency-key": "sealed" },
      });
    expect((await idempotent()).status).toBe(201);
    await api.sql(
      "update oauth_states set verifier = replace(verifier, 'v1|k1|', 'v1|gone|') where company_id = $1",
      [company.id],
    );
    await api.sql(
      "update idempotency_keys set answer = to_jsonb(replace(answer #>> '{}', 'v1|k1|', 'v1|gone|')) where company_id = $1",
      [company.id],
    );
    const page = await callback(`state=${state}&code=code-anna`);
    expect([page.status, page.text]).toEqual([400, expect.stringContaining("ENCRYPTION_KEYS")]);
    const repeat = await idempotent();
    expect([repeat.status, repeat.body["detail"]]).toEqual([
      409,
      "the encryption key gone is not among ENCRYPTION_KEYS",
    ]);
  });

  test("a state works once", async () => {
    const state = stateOf((await connect()).body["consentUrl"]);
    expect((await callback(`state=${state}&code=code-anna`)).status).toBe(200);
    const again = await callback(`state=${state}&code=code-bert`);
    expect([again.status, again.text]).toEqual([
      400,
      expect.stringContaining("expired, or was used already"),
    ]);
  });

  test.each<[string, (state: string) => Promise<unknown>]>([
    [
      "has expired",
      (state) =>
        api.sql(
          "update oauth_states set expires_at = now() - interval '1 second' where hash = sha256($1::bytea)",
          [state],
        ),
    ],
    [
      "is of another provider",
      (state) =>
        api.sql("update oauth_states set provider = 'notion' where hash = sha256($1::bytea)", [
          state,
        ]),
    ],
    [
      "is of a key that was revoked",
      () => api.sql("update api_keys set revoked_at = now() where company_id = $1", [company.id]),
    ],
    [
      "is of a disconnected connection",
      () =>
        api.sql("update connections set disconnected_at = now() where company_id = $1", [
          company.id,
        ]),
    ],
    [
      "was moved to another company",
      async (state) =>
        api.sql("update oauth_states set company_id = $2 where hash = sha256($1::bytea)", [
          state,
          (await api.company()).id,
        ]),
    ],
  ])("a state that %s connects nothing", async (_name, spoil) => {
    const made = await connect();
    const state = stateOf(made.body["consentUrl"]);
    await spoil(state);
    expect((await callback(`state=${state}&code=code-anna`)).status).toBe(400);
    const [row] = await api.sql("select credentials from connections where id = $1", [
      made.body["id"],
    ]);
    expect(row).toEqual({ credentials: null });
  });

  test.each(["", "code=code-anna", "state=", "state=%00", "state[]=x", "error=access_denied"])(
    "the callback with %s is a page or a 400, and no error of ours",
    async (query) => {
      expect((await callback(query)).status).toBe(400);
    },
  );

  test("a refused or refusing provider is told in words, inert", async () => {
    const state = stateOf((await connect()).body["consentUrl"]);
    const page = await callback(`state=${state}&code=<script>alert(1)</script>`);
    expect([page.status, page.text.includes("<script")]).toEqual([400, false]);
    const again = stateOf((await connect()).body["consentUrl"]);
    const barred = await callback(`state=${again}&code=code-barred`);
    expect([barred.status, barred.headers.get("content-type")]).toEqual([
      400,
      "text/html; charset=utf-8",
    ]);
    expect(barred.text).toContain("the client may not do this");
  });

  test("connecting again as another account is refused, and keeps what was there", async () => {
    const made = await connect();
    const id = String(made.body["id"]);
    await callback(`state=${stateOf(made.body["consentUrl"])}&code=code-anna`);
    const again = await send(api, "POST", `/api/connections/${id}/consent`, { key });
    const page = await callback(`state=${stateOf(again.body["consentUrl"])}&code=code-bert`);
    expect([page.status, page.text]).toEqual([400, expect.stringContaining("another account")]);
    const grant = await api.database.withCompany(company.id, (tx) => readGrant(tx, keyRing, id));
    expect(grant?.grant.accessToken).toBe("token of code-anna");
  });
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
