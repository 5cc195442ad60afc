import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { remind } from "../../activities/remind.ts";
import { type Engine, startEngine } from "../support/engine.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(inject("databaseUrl"));
});
afterAll(() => engine?.stop());

type Team = Awaited<ReturnType<Engine["connect"]>>;
const hour = 3_600_000;

/** A conflict that waits for a person. */
async function asking(): Promise<Team> {
  const team = await engine.connect({ policy: "ask" });
  team.put("e", { title: "base" });
  await team.session();
  await engine.psql("update events set title = 'ours' where calendar_id = $1", [team.calendarId]);
  team.put("e", { title: "theirs" });
  await team.session();
  return team;
}

const look = (team: Team) => remind(team.deps, team.companyId);
const notices = (team: Team) =>
  engine.psql<{ kind: string; severity: string; message: string; repeats: number }>(
    "select kind, severity, message, repeats from notices where company_id = $1 order by id",
    [team.companyId],
  );
/** Time passes: everything that was written is so much older. */
const later = async (team: Team, hours: number) => {
  for (const [table, column] of [
    ["conflicts", "opened_at"],
    ["notices", "at"],
  ])
    await engine.psql(
      `update ${table} set ${column} = ${column} - make_interval(hours => $2) where company_id = $1`,
      [team.companyId, hours],
    );
};

describe("reminders", () => {
  it("say nothing before a day, then once, and each time after a longer pause, louder", async () => {
    const team = await asking();
    expect((await look(team)).againInMs).toBeGreaterThan(23 * hour);
    expect(await notices(team)).toEqual([]);
    await later(team, 25);
    for (let again = 0; again < 3; again++) await look(team);
    expect(await notices(team)).toMatchObject([
      {
        kind: "conflict",
        severity: "info",
        message: "1 conflict waits for a person's decision, since 25 hours",
      },
    ]);
    await later(team, 40);
    expect((await look(team)).againInMs).toBeLessThan(9 * hour);
    await later(team, 9);
    await look(team);
    await later(team, 97);
    await look(team);
    expect((await notices(team)).map(({ severity, repeats }) => [severity, repeats])).toEqual([
      ["info", 0],
      ["warn", 1],
      ["warn", 2],
    ]);
  });

  it("end when nothing waits any more, and say so once to those who were reminded", async () => {
    const team = await asking();
    await later(team, 25);
    await look(team);
    await engine.psql("update conflicts set state = 'settled' where company_id = $1", [
      team.companyId,
    ]);
    expect(await look(team)).toEqual({ waiting: 0, againInMs: null });
    expect((await notices(team)).map(({ kind }) => kind)).toEqual([
      "conflict",
      "conflict resolved",
    ]);
    await look(team);
    expect(await notices(team)).toHaveLength(2);
  });

  it("hold counts and ids, and nothing of an event", async () => {
    const team = await asking();
    await later(team, 25);
    await look(team);
    expect(JSON.stringify(await notices(team))).not.toMatch(/\b(ours|theirs|base)\b/);
  });
});

it("while it waits, other fields, other events and further sessions go on, and nothing is sent for it", async () => {
  const team = await asking();
  await engine.psql("update events set location = 'room' where calendar_id = $1", [
    team.calendarId,
  ]);
  await team.insert("another");
  await team.session();
  expect(team.store.get("e")?.item?.fields).toMatchObject({ title: "theirs", location: "room" });
  expect(team.there()).toEqual(["another", "theirs"]);
  const changes = team.store.changes;
  for (let pass = 0; pass < 3; pass++) await team.session();
  expect(team.store.changes).toBe(changes);
  expect((await team.writes()).map(({ state }) => state)).toEqual(["completed", "completed"]);
});
