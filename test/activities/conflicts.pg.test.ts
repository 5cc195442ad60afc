import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { readAnew } from "../../db/cursors.ts";
import { type Engine, plain, startEngine } from "../support/engine.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(inject("databaseUrl"));
});
afterAll(() => engine?.stop());

type Team = Awaited<ReturnType<Engine["connect"]>>;

const conflicts = (team: Team) =>
  engine.psql<{ field: string; state: string }>(
    "select field, state, local, remote from conflicts where connection_id = $1 order by field",
    [team.connectionId],
  );
const here = (team: Team, set: string) =>
  engine.psql(`update events set ${set} where calendar_id = $1`, [team.calendarId]);
const there = (team: Team, fields: object) =>
  team.store.put({ id: "e", item: { fields: { ...plain, ...fields } } });
const both = async (team: Team) => [
  await engine.psql("select title, location from events where calendar_id = $1", [team.calendarId]),
  team.store.get("e")?.item?.fields,
];

/** Two fields were edited on both sides, and nobody has decided. */
async function asking(): Promise<Team> {
  const team = await engine.connect({ policy: "ask" });
  there(team, { title: "base", location: "base" });
  await team.session();
  await here(team, "title = 'ours', location = 'ours'");
  there(team, { title: "theirs", location: "theirs" });
  await team.session();
  expect(await conflicts(team)).toMatchObject([
    { field: "location", state: "open" },
    { field: "title", state: "open" },
  ]);
  return team;
}

describe("a conflict that waits for a person", () => {
  it("is over, field by field, when both sides say the same: whoever has moved", async () => {
    const team = await asking();
    await here(team, "title = 'theirs'");
    await team.session();
    expect(await conflicts(team)).toMatchObject([
      { field: "location", state: "open", local: "ours", remote: "theirs" },
      { field: "title", state: "settled" },
    ]);
    there(team, { title: "theirs", location: "ours" });
    await team.session();
    expect(await conflicts(team)).toMatchObject([{ state: "settled" }, { state: "settled" }]);
  });

  it("is over when the item is deleted on both sides", async () => {
    const team = await asking();
    await engine.psql("delete from events where calendar_id = $1", [team.calendarId]);
    team.store.remove("e");
    await team.session();
    expect(await conflicts(team)).toMatchObject([{ state: "settled" }, { state: "settled" }]);
  });

  it("is decided by another policy, once the connection reads anew", async () => {
    const team = await asking();
    await engine.psql("update connections set policy = 'theirs' where id = $1", [
      team.connectionId,
    ]);
    // An edit that travels meanwhile agrees to nothing.
    await here(team, "title = 'ours again'");
    await team.session();
    expect(team.store.get("e")?.item?.fields).toMatchObject({
      title: "theirs",
      location: "theirs",
    });
    await engine.db.withCompany(team.companyId, (tx) => readAnew(tx, team.connectionId));
    await team.session();
    expect(await both(team)).toMatchObject([
      [{ title: "theirs", location: "theirs" }],
      { title: "theirs", location: "theirs" },
    ]);
    expect((await conflicts(team)).map(({ state }) => state)).not.toContain("open");
  });
});
