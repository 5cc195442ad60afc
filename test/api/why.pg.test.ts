import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createMemory } from "../../connectors/memory/index.ts";
import { createRegistry } from "../../connectors/registry.ts";
import { type Engine, engineAt } from "../support/engine.ts";
import { type Company, send, startApi, type TestApi } from "./harness.ts";

let api: TestApi;
let engine: Engine;
let company: Company;
let key: string;

beforeAll(async () => {
  api = await startApi({ registry: createRegistry([createMemory()]) });
  engine = engineAt(api.databaseUrl);
});
beforeEach(async () => {
  company = await api.company();
  key = company.keys.member;
});
afterAll(async () => {
  await engine.stop();
  await api.stop();
});

const connect = (policy: "ask" | "newest" = "newest") =>
  engine.connect({ companyId: company.id, calendarId: company.calendarId, policy });
type Entry = Record<string, unknown>;
const why = async (id: string) =>
  (await send(api, "GET", `/api/events/${id}/why`, { key })).body as unknown as {
    data: Entry[];
    connections: Entry[];
  };
/** The company of the tests has a connection of another provider, which is none of their matter. */
const inMemory = ({ connections }: Awaited<ReturnType<typeof why>>) =>
  connections.filter(({ provider }) => provider === "memory");
const create = async (title: string) => {
  const made = await send(api, "POST", "/api/events", {
    key,
    body: { title, startDateTime: "2026-12-01T10:00:00Z", endDateTime: "2026-12-01T11:00:00Z" },
  });
  return (made.body["event"] as unknown as { id: string }).id;
};

describe("the trail of an event", () => {
  test("tells who edited it here, what each session did with it, and by which rule", async () => {
    const team = await connect();
    const id = await create("one");
    await team.session();
    await send(api, "PUT", `/api/events/${id}`, { key, body: { title: "two" } });
    await team.session();
    const { data } = await why(id);
    expect(data).toMatchObject([
      {
        side: "remote",
        action: "updated",
        rule: "write remote",
        words: expect.stringContaining("Only our side"),
        fields: { title: { before: "one", after: "two" } },
        provider: "memory",
        session: { trigger: "api", triggeredBy: "member" },
      },
      {
        side: "local",
        action: "updated",
        rule: "edited here",
        by: "member",
        fields: { title: { before: "one", after: "two" } },
        session: null,
      },
      { side: "remote", action: "created", rule: "write remote" },
      { side: "local", action: "created", rule: "edited here", by: "member", version: 1 },
    ]);
  });

  test("tells edits by SQL in the same words, times and deletions included", async () => {
    const id = await create("one");
    await engine.psql(
      "update events set all_day = true, start_at = '2026-12-05', end_at = '2026-12-06', start_zone = null, end_zone = null where id = $1",
      [id],
    );
    await engine.psql("delete from events where id = $1", [id]);
    await engine.psql("update events set deleted_at = null where id = $1", [id]);
    const { data } = await why(id);
    expect(data).toMatchObject([
      { action: "restored", by: null },
      { action: "deleted", by: null },
      {
        action: "updated",
        fields: {
          start: {
            before: { local: "2026-12-01T11:00:00", zone: "Europe/Amsterdam" },
            after: { date: "2026-12-05" },
          },
          end: { after: { date: "2026-12-06" } },
        },
      },
      { action: "created", by: "member" },
    ]);
  });

  test("is read page by page", async () => {
    const id = await create("0");
    for (const title of ["1", "2", "3"])
      await send(api, "PUT", `/api/events/${id}`, { key, body: { title } });
    const read = (cursor = "") =>
      send(api, "GET", `/api/events/${id}/why?limit=3${cursor}`, { key });
    const first = await read();
    expect(first.body["data"]).toHaveLength(3);
    const second = await read(`&cursor=${String(first.body["nextCursor"])}`);
    expect(second.body).toMatchObject({ data: [{ action: "created" }], nextCursor: null });
  });
});

describe("why an event is not in step", () => {
  test("is told for each connection of its calendar, with what to do", async () => {
    const [first, second] = [await connect(), await connect()];
    const id = await create("one");
    await first.session();
    await engine.psql(
      "update connections set enabled = false, paused_reason = 'holiday' where id = $1",
      [second.connectionId],
    );
    const connections = inMemory(await why(id));
    expect(connections).toMatchObject([
      { connectionId: first.connectionId, inStep: true, reason: null },
      {
        connectionId: second.connectionId,
        inStep: false,
        stoppedAt: "the connection is not paused",
        reason: "the connection is paused: holiday",
        whatToDo: "Resume it.",
      },
    ]);
  });

  test("names the fields of an open conflict", async () => {
    const team = await connect("ask");
    team.put("e", { title: "base" });
    await team.session();
    await engine.psql("update events set title = 'ours' where calendar_id = $1", [team.calendarId]);
    team.put("e", { title: "theirs" });
    await team.session();
    const [event] = await engine.psql<{ id: string }>(
      "select id from events where calendar_id = $1",
      [team.calendarId],
    );
    const connections = inMemory(await why(event?.id ?? ""));
    expect(connections).toMatchObject([{ inStep: false, reason: "both sides changed: title" }]);
  });
});
