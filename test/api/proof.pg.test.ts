import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createMemory } from "../../connectors/memory/index.ts";
import { createMemoryStore, type MemoryStore } from "../../connectors/memory/store.ts";
import { createRegistry, type Registry } from "../../connectors/registry.ts";
import { type Engine, engineAt } from "../support/engine.ts";
import { type Company, send, startApi, type TestApi } from "./harness.ts";

let api: TestApi;
let engine: Engine;
let company: Company;
let key: string;
/** What the API's own look at the provider finds: the store of the test that is running. */
let store: MemoryStore;

beforeAll(async () => {
  const memory = () => createMemory(store);
  const now = () => createRegistry([memory()]);
  const registry: Registry = {
    get: (provider) => now().get(provider),
    calendar: (provider) => now().calendar(provider),
    records: (provider) => now().records(provider),
    list: () => now().list(),
  };
  api = await startApi({ registry });
  engine = engineAt(api.databaseUrl);
});
beforeEach(async () => {
  store = createMemoryStore();
  company = await api.company();
  key = company.keys.admin;
});
afterAll(async () => {
  await engine.stop();
  await api.stop();
});

type Team = Awaited<ReturnType<Engine["connect"]>>;

/** Two events made here, one made there, all in step. */
async function inStep(): Promise<Team> {
  const team = await engine.connect({
    companyId: company.id,
    calendarId: company.calendarId,
    store,
  });
  await team.insert("one");
  await team.insert("two");
  team.put("theirs", { title: "theirs" });
  await team.session();
  await engine.psql(
    "update events set title = 'two, renamed' where title = 'two' and calendar_id = $1",
    [team.calendarId],
  );
  await team.session();
  return team;
}

interface Report {
  verdict: string;
  links: number;
  items: number;
  intents: { kind: string; outcome: string; count: number }[];
  findings: { kind: string; weight: string; words: string; eventId: string; remoteId: string }[];
}
const prove = async (team: Team): Promise<Report> =>
  (await send(api, "GET", `/api/connections/${team.connectionId}/proof`, { key }))
    .body as unknown as Report;
const sql = (team: Team, text: string) => engine.psql(text, [team.connectionId]);
/** Everything that happened so far lies before the last complete pass. */
const longAgo = (team: Team) =>
  sql(
    team,
    "update connections set last_complete_pass_at = now() + interval '10 minutes' where id = $1",
  );

test("a connection in step is proven: every intent has one effect, every link is as it is there", async () => {
  const report = await prove(await inStep());
  expect(report).toMatchObject({ verdict: "proven", links: 3, items: 3, findings: [] });
  expect(report.intents).toEqual([
    { kind: "create", outcome: "landed", count: 2 },
    { kind: "update", outcome: "landed", count: 1 },
  ]);
});

test("it stores nothing", async () => {
  const team = await inStep();
  const state = () =>
    engine.psql(
      "select (select json_agg(l order by l.id) from links l) as links, (select json_agg(e order by e.id) from events e) as events, (select json_agg(c) from cursors c) as cursors",
    );
  const before = await state();
  await prove(team);
  expect(await state()).toEqual(before);
});

describe("what is on its way is waited for", () => {
  test("an edit at the provider, one here, a new item and a deletion there", async () => {
    const team = await inStep();
    team.put("theirs", { title: "theirs, edited" });
    team.put("new", { title: "new" });
    const gone = store.all().find(({ item }) => item?.fields.title === "one");
    store.remove(gone?.id ?? "");
    await engine.psql(
      "update events set location = 'x' where title like 'two%' and calendar_id = $1",
      [team.calendarId],
    );
    const { verdict, findings } = await prove(team);
    expect(verdict).toBe("waiting");
    expect(findings.map(({ kind }) => kind).toSorted()).toEqual([
      "moved",
      "new",
      "not in step",
      "not listed",
    ]);
    await team.session();
    expect((await prove(team)).verdict).toBe("proven");
  });
});

describe("what nobody is on the way to is broken, and named", () => {
  test.each<[string, (team: Team) => Promise<unknown>, RegExp]>([
    [
      "an edit that the last pass should have seen",
      async (team) => {
        team.put("theirs", { title: "edited" });
        await longAgo(team);
      },
      /not taken in: title/,
    ],
    [
      "an item that the last pass should have brought",
      async (team) => {
        team.put("lost", { title: "lost" });
        await longAgo(team);
      },
      /is not here/,
    ],
    [
      "an event changed behind everybody's back",
      (team) =>
        sql(
          team,
          "with quiet as (select set_config('session_replication_role', 'replica', true)) update events e set title = 'x' from quiet, connections c where c.id = $1 and e.calendar_id = c.calendar_id and e.title = 'one'",
        ),
      /differs: title/,
    ],
    [
      "an event whose link and queue row are gone",
      async (team) => {
        await sql(team, "delete from writes where connection_id = $1");
        await sql(team, "delete from links where connection_id = $1 and remote_id = 'theirs'");
      },
      /has no link/,
    ],
    [
      "a write without its trail",
      (team) =>
        sql(
          team,
          "delete from changes where connection_id = $1 and action = 'updated' and side = 'remote'",
        ),
      /1 landed writes of one version, and 0 rows/,
    ],
    [
      "one event that is there twice",
      async () => {
        const made = store.all().find(({ key: its }) => its !== undefined);
        if (made) store.put({ ...made, id: "copy" });
      },
      /twice/,
    ],
  ])("%s", async (_name, breakIt, words) => {
    const team = await inStep();
    await breakIt(team);
    const { verdict, findings } = await prove(team);
    expect(verdict).toBe("broken");
    expect(findings.find(({ weight }) => weight === "broken")?.words).toMatch(words);
  });
});

test("what was set aside for a reason does not stand against the proof", async () => {
  const team = await inStep();
  await sql(
    team,
    "update links set state = 'kept-out', reason = 'it repeats' where connection_id = $1 and remote_id = 'theirs'",
  );
  expect(await prove(team)).toMatchObject({
    verdict: "proven",
    findings: [{ weight: "explained", words: "kept out: it repeats" }],
  });
});
