import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { pollDue } from "../../activities/standing.ts";
import { createNotion } from "../../connectors/notion/index.ts";
import { storeGrant } from "../../db/grants.ts";
import { createSandbox, type Listening, listen } from "../../sandbox/app.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import { type Notion, notionAt } from "../support/notion.ts";

let engine: Engine;
let sandbox: Listening;
let notion: Notion;
beforeAll(async () => {
  sandbox = await listen(createSandbox());
  notion = notionAt(sandbox.url);
  engine = await startEngine(inject("databaseUrl"));
});
afterAll(async () => {
  await engine.stop();
  await sandbox.close();
});

const never = new AbortController().signal;
const columns = {
  Date: "date",
  Description: "rich_text",
  Location: "rich_text",
  Notes: "rich_text",
};
const row = (name: string) => ({
  Name: { title: [{ text: { content: name } }] },
  Date: { date: { start: "2026-12-01T10:00:00+01:00" } },
});

/** A calendar in step with a database at the pretend Notion. */
async function inStep() {
  const quota = { unitsPerSecond: 1_000, burst: 1_000 };
  const connector = createNotion({ apiUrl: sandbox.url, quota, settleMs: 50 });
  const table =
    (await notion.database({ title: "Team", properties: columns })).dataSources[0]?.id ?? "";
  const { token } = await notion.token();
  const grant = { accessToken: token, expiresAt: null };
  const open = { grant: async () => grant, renewed: async () => grant, spend: async () => {} };
  const settings = { calendarId: table };
  const remote = connector.open({ settings, ...open, now: Date.now });
  const prepared = await remote.prepare?.(never);
  const team = await engine.connect({ provider: () => ({ ...connector, provider: "memory" }) });
  await engine.psql("update connections set settings = $2 where id = $1", [
    team.connectionId,
    JSON.stringify(prepared),
  ]);
  await engine.db.withCompany(team.companyId, (tx) =>
    storeGrant(tx, team.deps.keys, team.connectionId, grant, 0),
  );
  const rung: string[] = [];
  const poll = async () => {
    rung.length = 0;
    await engine.psql(
      "update connections set next_poll_at = case when id = $1 then now() else 'infinity' end",
      [team.connectionId],
    );
    await pollDue(team.deps, "memory", async ({ connectionId }) => void rung.push(connectionId));
    return rung.length > 0 ? "news" : "nothing";
  };
  return { ...team, table, poll };
}

describe("a poll of rows whose minute has not ended", () => {
  it("finds nothing new in what is known by id and version, and is a complete pass", async () => {
    const team = await inStep();
    const ids = await notion.seed(team.table, [
      { properties: row("kept") },
      { properties: row("trashed") },
      { properties: { Name: row("no date").Name } },
    ]);
    await notion.trash(ids[1] ?? "");
    await team.session();
    expect(await team.here()).toEqual(["kept"]);
    await engine.psql("update connections set last_complete_pass_at = null where id = $1", [
      team.connectionId,
    ]);
    for (let n = 0; n < 3; n++) expect(await team.poll()).toBe("nothing");
    expect(
      await engine.psql(
        "select last_complete_pass_at is not null as passed from connections where id = $1",
        [team.connectionId],
      ),
    ).toEqual([{ passed: true }]);
  });

  it.each<[string, (id: string) => Promise<unknown>]>([
    ["an edit", (id) => notion.edit(id, { Name: row("edited").Name })],
    ["a page in the trash", (id) => notion.trash(id)],
    ["a copy", (id) => notion.duplicate(id)],
    ["a date that is taken away", (id) => notion.edit(id, { Date: { date: null } })],
  ])("finds %s, once", async (_name, act) => {
    const team = await inStep();
    const [id = ""] = await notion.seed(team.table, [{ properties: row("one") }]);
    await team.session();
    expect(await team.poll()).toBe("nothing");
    await act(id);
    expect(await team.poll()).toBe("news");
    await team.session();
    expect(await team.poll()).toBe("nothing");
  });

  it("finds a page that is back from the trash", async () => {
    const team = await inStep();
    const [id = ""] = await notion.seed(team.table, [{ properties: row("one") }]);
    await notion.trash(id);
    await team.session();
    expect(await team.poll()).toBe("nothing");
    await notion.restore(id);
    expect(await team.poll()).toBe("news");
  });

  it("finds no news in our own write", async () => {
    const team = await inStep();
    await team.session();
    await team.insert("ours");
    await team.session();
    expect(await notion.living(team.table)).toHaveLength(1);
    expect(await team.poll()).toBe("nothing");
  });
});

describe("how often a connection is polled", () => {
  const nextIn = async (connectionId: string) =>
    Number(
      (
        await engine.psql<{ s: string }>(
          "select extract(epoch from next_poll_at - now()) as s from connections where id = $1",
          [connectionId],
        )
      )[0]?.s,
    );

  it("is the provider's to say, the connection's before it", async () => {
    const team = await inStep();
    await team.poll();
    expect(await nextIn(team.connectionId)).toBeGreaterThan(80);
    expect(await nextIn(team.connectionId)).toBeLessThan(95);
    await engine.psql("update connections set poll_interval_ms = 600000 where id = $1", [
      team.connectionId,
    ]);
    await team.poll();
    expect(await nextIn(team.connectionId)).toBeGreaterThan(560);
  });

  it("is the installation's where the provider says nothing", async () => {
    const team = await engine.connect();
    await engine.psql("update connections set next_poll_at = 'infinity' where id <> $1", [
      team.connectionId,
    ]);
    await pollDue(team.deps, "memory", async () => undefined);
    expect(await nextIn(team.connectionId)).toBeGreaterThan(850);
  });
});
