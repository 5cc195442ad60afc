import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { settlePlan } from "../../db/plans.ts";
import { type Engine, plain, startEngine } from "../support/engine.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(inject("databaseUrl"));
});
afterAll(() => engine?.stop());

type Team = Awaited<ReturnType<Engine["connect"]>>;

const ids = (count: number, prefix = "e") =>
  Array.from({ length: count }, (_, at) => `${prefix}${String(at).padStart(2, "0")}`);

/** In step, with so many events. */
async function inStep(count: number, direction: "both" | "in" | "out" = "both"): Promise<Team> {
  const team = await engine.connect({ direction: direction === "out" ? "both" : direction });
  for (const id of ids(count)) team.put(id, { title: id });
  await team.session();
  await engine.psql("update connections set direction = $2 where id = $1", [
    team.connectionId,
    direction,
  ]);
  return team;
}

const plans = (team: Team) =>
  engine.psql<{ id: string; state: string; items: number }>(
    "select id, state, items from plans where connection_id = $1 order by created_at",
    [team.connectionId],
  );

const settle = async (team: Team, state: "approved" | "rejected") => {
  const held = (await plans(team)).find((plan) => plan.state === "held");
  await engine.db.withCompany(team.companyId, (tx) =>
    settlePlan(tx, held?.id ?? "", { state, by: "a person" }),
  );
};

describe("the brake (I14)", () => {
  it("counts what leaks slowly after a plan was approved, as before it", async () => {
    const team = await inStep(40);
    for (const id of ids(12)) team.store.remove(id);
    await team.session();
    await settle(team, "approved");
    await team.session();
    expect(await team.here()).toHaveLength(28);
    for (const id of ids(20).slice(12)) team.store.remove(id);
    await team.session();
    expect(await team.here()).toHaveLength(20);
    for (const id of ids(28).slice(20)) team.store.remove(id);
    await team.session();
    expect(await team.here()).toHaveLength(20);
    expect(await plans(team)).toMatchObject([{ state: "approved" }, { state: "held", items: 8 }]);
    expect(
      await engine.psql(
        "select rule, count(*)::int from changes where connection_id = $1 and action = 'deleted' group by 1 order by 2",
        [team.connectionId],
      ),
    ).toEqual([
      { rule: "delete local", count: 8 },
      { rule: "delete local (approved)", count: 12 },
    ]);
  });

  it("holds nothing where nothing comes in", async () => {
    const team = await inStep(30, "out");
    for (const id of ids(20)) team.store.remove(id);
    await team.session();
    expect(await plans(team)).toEqual([]);
    expect(await team.here()).toHaveLength(30);
  });

  it("holds nothing where nothing goes out", async () => {
    const team = await inStep(30);
    await engine.psql("delete from events where calendar_id = $1", [team.calendarId]);
    await engine.psql("update connections set direction = 'in' where id = $1", [team.connectionId]);
    await team.session();
    expect(await plans(team)).toEqual([]);
    expect(team.there()).toHaveLength(30);
  });

  it("does not keep what both sides have deleted, and no session comes back for it", async () => {
    const team = await inStep(30);
    for (const id of ids(12)) team.store.remove(id);
    await team.session();
    expect(await plans(team)).toMatchObject([{ state: "held", items: 12 }]);
    await engine.psql("delete from events where calendar_id = $1 and title = 'e00'", [
      team.calendarId,
    ]);
    const { closing } = await team.session();
    expect(closing.retryInMs).toBeNull();
    expect(await team.writes()).toMatchObject([{ title: "e00", state: "completed" }]);
    expect(await plans(team)).toMatchObject([{ state: "held", items: 11 }]);
    expect(await team.here()).toHaveLength(29);
  });
});

describe("a series that is deleted at the provider (I5, I6)", () => {
  const daily = { title: "series", recurrence: ["RRULE:FREQ=DAILY;COUNT=5"] };
  const third = { local: "2026-12-03T10:00:00", zone: "UTC" };
  const cancelled = {
    fields: { ...plain, status: "cancelled" as const, start: third, end: third },
    master: "m",
    originalStart: third,
  };

  it("stays deleted when cancelled occurrences that it left behind are listed later", async () => {
    const team = await engine.connect();
    team.put("m", daily);
    await team.session();
    team.store.remove("m");
    await team.session();
    expect(await team.here()).toEqual([]);
    team.store.put({ id: "m third", item: cancelled });
    await team.session();
    await team.session();
    expect(await team.here()).toEqual([]);
    expect(team.there()).toEqual([""]);
  });

  it("does not have its moved occurrences cancelled by the same news", async () => {
    const team = await inStep(30);
    team.put("m", daily);
    team.store.put({
      id: "m third",
      item: { ...cancelled, fields: { ...plain, title: "moved" } },
    });
    await team.session();
    for (const id of ids(12)) team.store.remove(id);
    team.store.remove("m");
    team.store.put({ id: "m third", item: cancelled });
    await team.session();
    expect(await plans(team)).toMatchObject([{ state: "held", items: 13 }]);
    expect(
      await engine.psql("select status from events where calendar_id = $1 and title = 'moved'", [
        team.calendarId,
      ]),
    ).toEqual([{ status: "confirmed" }]);
  });
});
