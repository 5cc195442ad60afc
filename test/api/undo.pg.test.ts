import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anEvent } from "../sync/event.ts";
import { type Company, send, startApi, type TestApi } from "./harness.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const ofEvent = anEvent({
  title: "two",
  start: { date: "2026-12-01" },
  end: { date: "2026-12-02" },
});

/** A session that has ended and has renamed so many events of ours, from `one` to `two`. */
async function renamed(company: Company, more: Record<string, unknown> = {}, count = 1) {
  const row = {
    id: randomUUID(),
    kind: "sync",
    status: "completed",
    local_updated: count,
    ...more,
  };
  await api.sql(
    `insert into sync_sessions (id, company_id, connection_id, kind, status, trigger, triggered_by, local_updated)
     values ($1, $2, $3, $4, $5, 'manual', 'test', $6)`,
    [row.id, company.id, company.connectionId, row.kind, row.status, row.local_updated],
  );
  const ids = await Promise.all(Array.from({ length: count }, () => linked(company)));
  for (const eventId of ids) {
    await api.sql(
      `insert into changes (company_id, connection_id, session_id, event_id, side, action, fields, rule, version)
       values ($1, $2, $3, $4, 'local', 'updated', '{"title": {"before": "one", "after": "two"}}', 'write local', 1)`,
      [company.id, company.connectionId, row.id, eventId],
    );
  }
  return { sessionId: row.id, ids };
}

async function linked(company: Company): Promise<string> {
  const id = randomUUID();
  await api.sql(
    `insert into events (id, company_id, calendar_id, title, all_day, start_at, end_at)
     values ($1, $2, $3, 'two', true, '2026-12-01', '2026-12-02')`,
    [id, company.id, company.calendarId],
  );
  await api.sql(
    `insert into links (company_id, connection_id, event_id, state, remote_id, remote, agreed) values ($1, $2, $3, 'live', $4, $5, true)`,
    [company.id, company.connectionId, id, `remote ${id}`, JSON.stringify(ofEvent)],
  );
  return id;
}

const ask = (company: Company, sessionId: string, key = company.keys.admin) =>
  send(api, "POST", `/api/sessions/${sessionId}/undo`, { key });

const items = async (company: Company, planId: unknown) =>
  (await send(api, "GET", `/api/plans/${String(planId)}/items`, { key: company.keys.member })).body[
    "data"
  ] as unknown as {
    state: string;
    fields: object;
    reason: string | null;
    side: string;
    action: string;
  }[];

/** Every row of every table but those of plans. */
const everything = () =>
  api.sql(
    `select table_name, (xpath('//row', query_to_xml(format('select * from %I order by 1::text', table_name), false, false, '')))::text as rows
     from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'
       and table_name not in ('plans', 'plan_items', 'api_keys', 'idempotency_keys') order by 1`,
  );

describe("asking for the undo of a session", () => {
  it("answers a plan that is ready, with what would be done and what is left, and writes nothing else", async () => {
    const company = await api.company();
    const { sessionId, ids } = await renamed(company, {}, 2);
    await api.sql("update events set title = 'three' where id = $1", [ids[1]]);
    const before = await everything();
    expect(JSON.stringify(before)).toContain("three");
    const answer = await ask(company, sessionId);
    expect([answer.status, answer.body]).toMatchObject([
      201,
      {
        kind: "undo",
        state: "ready",
        items: 1,
        undoes: sessionId,
        summary: { local: { updated: 1 }, left: 1 },
      },
    ]);
    expect(await items(company, answer.body["id"])).toMatchObject([
      {
        state: "planned",
        side: "local",
        action: "updated",
        fields: { title: { before: "two", after: "one" } },
        rule: `undo of session ${sessionId}`,
        guestsMailed: 0,
      },
      { state: "left", reason: "it has changed since" },
    ]);
    expect(await everything()).toEqual(before);
  });

  it("is one plan at a time; it is applied by a session of its own, or discarded", async () => {
    const company = await api.company();
    const { sessionId } = await renamed(company);
    const key = company.keys.admin;
    const first = await ask(company, sessionId);
    expect(await ask(company, sessionId)).toMatchObject({
      status: 409,
      body: { code: "plan_under_way" },
    });
    const discarded = await send(api, "POST", `/api/plans/${String(first.body["id"])}/discard`, {
      key,
    });
    expect(discarded.status).toBe(200);
    const second = await ask(company, sessionId);
    const applied = await send(api, "POST", `/api/plans/${String(second.body["id"])}/apply`, {
      key,
    });
    expect(applied).toMatchObject({
      status: 202,
      body: { plan: { state: "applying" }, session: { kind: "undo", status: "queued" } },
    });
    expect(api.signals).toContain(company.connectionId);
  });

  it.each([
    ["a preview", { kind: "preview" }, "preview"],
    ["a session that runs", { status: "running" }, "not ended"],
    ["a session that waits", { status: "queued" }, "not ended"],
    ["a session that wrote nothing", { local_updated: 0 }, "written nothing"],
    ["a session whose trail is gone", { local_updated: 3 }, "not in the trail"],
  ])("is refused for %s, in words", async (_, more: Record<string, unknown>, words) => {
    const company = await api.company();
    const { sessionId } = await renamed(company, more, more["local_updated"] === 0 ? 0 : 1);
    const answer = await ask(company, sessionId);
    expect([answer.status, answer.body["code"]]).toEqual([409, "cannot_undo"]);
    expect(answer.body["detail"]).toContain(words);
  });

  it("is for admins, and for their own company's sessions", async () => {
    const [company, other] = [await api.company(), await api.company("Other")];
    const { sessionId } = await renamed(company);
    expect((await ask(company, sessionId, company.keys.member)).status).toBe(403);
    expect((await ask(other, sessionId)).status).toBe(404);
    expect((await ask(company, randomUUID())).status).toBe(404);
  });
});
