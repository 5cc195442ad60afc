import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createMemory } from "../../connectors/memory/index.ts";
import { createRegistry } from "../../connectors/registry.ts";
import type { EventFields } from "../../sync/event.ts";
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

type Team = Awaited<ReturnType<Engine["connect"]>>;
type Policy = "ask" | "newest" | "ours" | "theirs";

/** One event that both sides have edited, in these fields each. */
async function edited(
  policy: Policy,
  ours: Partial<EventFields> & { sql?: string },
  theirs: Partial<EventFields>,
): Promise<Team> {
  const team = await engine.connect({
    companyId: company.id,
    calendarId: company.calendarId,
    policy,
  });
  team.put("e", { title: "base", location: "base" });
  await team.session();
  const { sql, ...fields } = ours;
  const set = [
    sql,
    ...Object.entries(fields).map(([name, value]) => `${name} = '${String(value)}'`),
  ];
  await engine.psql(`update events set ${set.filter(Boolean).join(", ")} where calendar_id = $1`, [
    team.calendarId,
  ]);
  team.put("e", { title: "base", location: "base", ...theirs });
  await team.session();
  return team;
}

const both = { title: "ours", location: "ours" } as const;
const theirs = { title: "theirs", location: "theirs" } as const;

const list = async (query = ""): Promise<Record<string, unknown>[]> =>
  (await send(api, "GET", `/api/conflicts?${query}`, { key })).body["data"] as never;
const idOf = async (field: string) =>
  String((await list()).find((conflict) => conflict["field"] === field)?.["id"]);
const resolve = async (field: string, body: object) =>
  send(api, "POST", `/api/conflicts/${await idOf(field)}/resolve`, { key, body });
const merge = (team: Team, eventId: string, fields: object) =>
  send(api, "POST", `/api/events/${eventId}/conflicts/resolve`, {
    key,
    body: { connectionId: team.connectionId, fields },
  });
const eventId = async (team: Team) =>
  (
    await engine.psql<{ id: string }>("select id from events where calendar_id = $1", [
      team.calendarId,
    ])
  )[0]?.id ?? "";
const here = (team: Team) =>
  engine.psql("select title, location from events where calendar_id = $1 order by title", [
    team.calendarId,
  ]);
const there = (team: Team) => team.store.get("e")?.item?.fields;
const open = () => list("state=open");

describe("a conflict in the inbox", () => {
  test("shows base and both sides, who and when, and what the event is called", async () => {
    const before = Date.now();
    await edited("ask", both, theirs);
    const [conflict] = await open();
    expect(conflict).toMatchObject({
      title: "ours",
      provider: "memory",
      base: "base",
      local: "ours",
      localBy: "app",
      remote: "theirs",
      winner: "nobody",
      choice: null,
    });
    for (const side of ["localAt", "remoteAt"] as const)
      expect(Math.abs(Date.parse(String(conflict?.[side])) - before)).toBeLessThan(30_000);
    expect(
      (await send(api, "GET", `/api/conflicts/${String(conflict?.["id"])}`, { key })).body,
    ).toEqual(conflict);
  });

  test("is settled with ours, which then travels", async () => {
    const team = await edited("ask", both, theirs);
    expect((await resolve("title", { keep: "local" })).status).toBe(200);
    await team.session();
    expect(there(team)).toMatchObject({ title: "ours", location: "theirs" });
    expect(await here(team)).toEqual([{ title: "ours", location: "ours" }]);
    expect((await open()).map(({ field }) => field)).toEqual(["location"]);
  });

  test("is settled with theirs, which is taken over and not sent back", async () => {
    const team = await edited("ask", both, theirs);
    await resolve("title", { keep: "remote" });
    const changes = team.store.changes;
    await team.session();
    expect(await here(team)).toEqual([{ title: "theirs", location: "ours" }]);
    expect(team.store.changes).toBe(changes);
    const trail = await send(api, "GET", `/api/changes?eventId=${await eventId(team)}&limit=1`, {
      key,
    });
    expect(trail.body["data"]).toMatchObject([
      {
        rule: "conflict: remote",
        side: "local",
        by: "member",
        fields: { title: { before: "ours", after: "theirs" } },
      },
    ]);
  });

  test("is merged field by field, each to a side or to a value made of both", async () => {
    const team = await edited("ask", both, theirs);
    const merged = await merge(team, await eventId(team), {
      title: { value: "ours and theirs" },
      location: "remote",
    });
    expect(merged.body).toMatchObject({ event: { title: "ours and theirs", location: "theirs" } });
    await team.session();
    expect(there(team)).toMatchObject({ title: "ours and theirs", location: "theirs" });
    expect(await open()).toEqual([]);
  });

  test("is settled by keeping both: ours stays, and theirs becomes a second event", async () => {
    const team = await edited("ask", { title: "ours" }, { title: "theirs" });
    const answer = await resolve("title", { keep: "both" });
    expect(answer.body["copyEventId"]).toEqual(expect.any(String));
    await team.session();
    expect(await here(team)).toMatchObject([{ title: "ours" }, { title: "theirs" }]);
    expect(team.there()).toEqual(["ours", "theirs"]);
  });

  test("can be chosen anew, again and again, whoever settled it: every choice is reversible (I3)", async () => {
    const team = await edited("ours", { title: "ours" }, { title: "theirs" });
    await team.session();
    for (const keep of ["remote", "local", "remote"] as const) {
      expect((await resolve("title", { keep })).status).toBe(200);
      await team.session();
      const title = keep === "remote" ? "theirs" : "ours";
      expect([await here(team), there(team)]).toMatchObject([[{ title }], { title }]);
    }
    expect((await list())[0]).toMatchObject({
      choice: "remote",
      chosen: "theirs",
      settledBy: "member",
    });
  });

  test("that is chosen anew after the field was edited asks whether this is meant", async () => {
    const team = await edited("ours", { title: "ours" }, { title: "theirs" });
    await engine.psql("update events set title = 'third' where calendar_id = $1", [
      team.calendarId,
    ]);
    const refused = await resolve("title", { keep: "remote" });
    expect([refused.status, refused.body["code"]]).toEqual([409, "conflict"]);
    expect((await resolve("title", { keep: "remote", force: true })).status).toBe(200);
    expect(await here(team)).toMatchObject([{ title: "theirs" }]);
  });
});

describe("a standing answer", () => {
  test("decides the field from now on, whatever the policy, and what was waiting as well", async () => {
    const team = await edited("ask", both, theirs);
    await resolve("title", { keep: "remote", always: true });
    await team.session();
    expect(await here(team)).toMatchObject([{ title: "theirs", location: "ours" }]);
    await engine.psql("update events set title = 'ours again' where calendar_id = $1", [
      team.calendarId,
    ]);
    team.put("e", { title: "theirs again", location: "theirs" });
    await team.session();
    expect(await here(team)).toMatchObject([{ title: "theirs again", location: "ours" }]);
    const rules = await send(api, "GET", `/api/connections/${team.connectionId}/conflict-rules`, {
      key,
    });
    expect(rules.body["data"]).toMatchObject([
      { field: "title", keep: "remote", madeBy: "member" },
    ]);
  });

  test("can be taken back", async () => {
    const team = await edited("ask", both, theirs);
    await resolve("title", { keep: "local", always: true });
    const path = `/api/connections/${team.connectionId}/conflict-rules`;
    const [rule] = (await send(api, "GET", path, { key })).body["data"] as unknown as {
      id: string;
    }[];
    expect((await send(api, "DELETE", `/api/conflict-rules/${rule?.id}`, { key })).status).toBe(
      200,
    );
    expect((await send(api, "DELETE", `/api/conflict-rules/${rule?.id}`, { key })).status).toBe(
      404,
    );
  });
});

describe("start and end", () => {
  const moved = {
    start: { local: "2026-12-05T08:00:00", zone: "UTC" },
    end: { local: "2026-12-05T09:00:00", zone: "UTC" },
  } as const;
  const ours = { sql: "start_at = '2026-12-03 15:00', end_at = '2026-12-03 16:00'" };

  test("come from one side: who chooses the one has chosen the other", async () => {
    const team = await edited("ask", ours, moved);
    const answer = await resolve("end", { keep: "remote" });
    expect(answer.body["event"]).toMatchObject({
      startDateTime: "2026-12-05T08:00:00+00:00",
      endDateTime: "2026-12-05T09:00:00+00:00",
    });
    expect(await open()).toEqual([]);
    await team.session();
    expect(there(team)).toMatchObject(moved);
  });

  test("are refused where they are chosen from two sides, or make no event", async () => {
    const team = await edited("ask", ours, moved);
    const id = await eventId(team);
    const mixed = await merge(team, id, { start: "local", end: "remote" });
    expect([mixed.status, mixed.body["code"]]).toEqual([400, "invalid_request"]);
    const reversed = await merge(team, id, {
      start: { value: moved.end },
      end: { value: moved.start },
    });
    expect(reversed.status).toBe(400);
    expect(await open()).toHaveLength(2);
  });
});

test("what is no value of the field is refused with what was expected, and nothing is stored", async () => {
  const team = await edited("ask", both, theirs);
  const refused = await resolve("title", { keep: "merge", value: 7 });
  expect(refused.body["detail"]).toContain("no value of title");
  expect(await open()).toHaveLength(2);
  expect(await here(team)).toEqual([{ title: "ours", location: "ours" }]);
});

test("I20: a conflict of another company is not there", async () => {
  await edited("ask", both, theirs);
  const id = await idOf("title");
  const stranger = await api.company("Other");
  const asked = await send(api, "POST", `/api/conflicts/${id}/resolve`, {
    key: stranger.keys.owner,
    body: { keep: "local" },
  });
  expect(asked.status).toBe(404);
});
