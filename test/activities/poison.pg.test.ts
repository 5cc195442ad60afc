import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Engine, plain, startEngine } from "../support/engine.ts";
import { writing } from "../support/otherwise.ts";
import { until } from "../support/until.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(inject("databaseUrl"));
});
afterAll(() => engine?.stop());

/** A provider that cannot make anything of a time that is none. */
const strict = writing(({ normalise }) => ({
  normalise: (item) => {
    const { start } = item.fields;
    if ("local" in start) new Date(`${start.local}Z`).toISOString();
    return normalise(item);
  },
}));

describe("an event with a date that only SQL can hold (I15)", () => {
  it("rests visibly while the rest goes on, and goes when it is mended", async () => {
    const team = await engine.connect({ provider: strict });
    const poison = await team.insert("poison", { start_at: "infinity", end_at: "infinity" });
    await team.insert("beside it");
    expect(await team.session()).toMatchObject({ pushed: { outcome: "done" } });
    expect(await team.writes()).toMatchObject([
      { title: "beside it", state: "completed" },
      { title: "poison", state: "failed", error: "it holds a value that cannot be sent" },
    ]);
    await engine.psql(
      "update events set start_at = '2026-12-01 10:00', end_at = '2026-12-01 11:00' where id = $1",
      [poison],
    );
    await team.session();
    expect(team.there()).toEqual(["beside it", "poison"]);
  });

  it("does not keep the rest of a page from arriving when it is edited at the provider", async () => {
    const team = await engine.connect({ provider: strict });
    team.put("poison", { title: "poison" });
    await team.session();
    await engine.psql(
      "update events set start_at = 'infinity', end_at = 'infinity' where calendar_id = $1",
      [team.calendarId],
    );
    team.store.put({ id: "poison", item: { fields: { ...plain, title: "edited there" } } });
    team.put("beside it", { title: "beside it" });
    expect(await team.session()).toMatchObject({ pulled: { outcome: "done" } });
    expect(await team.here()).toEqual(["beside it", "poison"]);
    expect(
      await engine.psql(
        "select state, reason from links where connection_id = $1 and remote_id = 'poison'",
        [team.connectionId],
      ),
    ).toEqual([
      { state: "set-aside", reason: "it holds, or meets, a value that cannot be understood" },
    ]);
  });
});

describe("an occurrence that somebody else stores at the same moment", () => {
  it("is one event, and nobody's is set aside (I4)", async () => {
    const team = await engine.connect();
    const third = { local: "2026-12-03T10:00:00", zone: "UTC" };
    team.put("m", { title: "series", recurrence: ["RRULE:FREQ=DAILY;COUNT=5"] });
    await team.session();
    const fields = { ...plain, title: "moved", start: third, end: third };
    team.store.put({ id: "m third", item: { fields, master: "m", originalStart: third } });
    const somebody = new pg.Client(engine.url);
    await somebody.connect();
    await somebody.query("begin");
    await somebody.query(
      `insert into events (company_id, calendar_id, title, master_id, original_start, start_at, end_at)
       select company_id, calendar_id, 'moved', id, $2, '2026-12-03 10:00', '2026-12-03 10:00' from events where calendar_id = $1`,
      [team.calendarId, JSON.stringify(third)],
    );
    const session = team.session();
    await until(async () => {
      const [waiting] = await engine.psql<{ count: number }>(
        "select count(*)::int as count from pg_locks where not granted",
      );
      return (waiting?.count ?? 0) > 0;
    });
    await somebody.query("commit");
    await somebody.end();
    await session;
    expect(await team.here()).toEqual(["moved", "series"]);
    expect(
      await engine.psql("select state, reason from links where connection_id = $1", [
        team.connectionId,
      ]),
    ).toEqual([
      { state: "live", reason: null },
      { state: "live", reason: null },
    ]);
  });
});
