import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Forbidden, Unauthenticated, Unavailable } from "../../connectors/errors.ts";
import { markNeedsReauth, markReconnected } from "../../db/grants.ts";
import { noteFailure, notePass, noteSetback } from "../../db/health.ts";
import { noticesOf, tick } from "../support/alerts.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import { listing } from "../support/otherwise.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(inject("databaseUrl"));
});
afterAll(() => engine?.stop());

type Team = Awaited<ReturnType<Engine["connect"]>>;

const kinds = async (team: Team) => (await noticesOf(engine, team)).map(({ kind }) => kind);
const within = (team: Team, work: Parameters<Team["deps"]["db"]["withCompany"]>[1]) =>
  team.deps.db.withCompany(team.companyId, work);
const fails = (team: Team, code = "forbidden") =>
  within(team, (tx) =>
    noteFailure(tx, team.connectionId, { code, message: `events.list: 403 ${code}`, retryInMs: 1 }),
  );
const passes = (team: Team) => within(team, (tx) => notePass(tx, team.connectionId));
/** Time passes for a connection. */
const older = (team: Team, minutes: number) =>
  Promise.all([
    engine.psql(
      "update connections set last_complete_pass_at = last_complete_pass_at - make_interval(mins => $2) where id = $1",
      [team.connectionId, minutes],
    ),
    engine.psql(
      "update alert_states set watched_from = watched_from - make_interval(mins => $2) where connection_id = $1",
      [team.connectionId, minutes],
    ),
  ]);
/** A connection that is well, and watched. */
async function watched(): Promise<Team> {
  const team = await engine.connect();
  await team.session();
  await tick(team);
  return team;
}

describe("a permanent failure (I16)", () => {
  it("of a session is told once, however often it is met again, and its end once", async () => {
    let refused = false;
    const team = await engine.connect({
      provider: listing((page) => {
        if (refused) throw new Forbidden("events.list: 403 insufficientPermissions");
        return page;
      }),
    });
    await team.session();
    await tick(team);
    refused = true;
    for (let again = 0; again < 3; again++) {
      await team.session();
      await tick(team);
      await tick(team);
    }
    expect(await noticesOf(engine, team)).toMatchObject([
      { kind: "failed", severity: "error", message: expect.stringContaining("forbidden") },
    ]);
    refused = false;
    await team.session();
    await tick(team);
    await tick(team);
    expect(await kinds(team)).toEqual(["failed", "recovered"]);
  });

  it("is not over because a provider that is down hides it", async () => {
    const team = await watched();
    await fails(team);
    await tick(team);
    const down = { code: "provider_unavailable", message: "events.list: 503" };
    await within(team, (tx) => noteSetback(tx, team.connectionId, down));
    await tick(team);
    await older(team, 1_000);
    await tick(team);
    expect(await kinds(team)).toEqual(["failed"]);
    await passes(team);
    await tick(team);
    expect(await kinds(team)).toEqual(["failed", "recovered"]);
  });

  it("is over by a pass that began before anybody had looked at the failure", async () => {
    const team = await watched();
    await fails(team);
    await tick(team);
    await engine.psql(
      `update connections set last_complete_pass_at = last_error_at + interval '1 microsecond', last_error_code = null
       where id = $1`,
      [team.connectionId],
    );
    await tick(team);
    expect(await kinds(team)).toEqual(["failed", "recovered"]);
  });

  it("that becomes another one is told once more", async () => {
    const team = await watched();
    for (const code of ["forbidden", "misconfigured", "misconfigured"]) {
      await fails(team, code);
      await tick(team);
    }
    expect(await kinds(team)).toEqual(["failed", "failed"]);
  });

  it("is told before anybody has watched the connection", async () => {
    const team = await engine.connect();
    await fails(team);
    for (let again = 0; again < 3; again++) await tick(team);
    expect(await kinds(team)).toEqual(["failed"]);
  });

  it("of a write that rests until somebody retries it is one, and its end is told", async () => {
    const team = await watched();
    const eventId = await team.insert("refused");
    await engine.psql("update writes set state = 'failed', error = 'no' where event_id = $1", [
      eventId,
    ]);
    await tick(team);
    await engine.psql("update writes set state = 'completed' where event_id = $1", [eventId]);
    await tick(team);
    expect(await kinds(team)).toEqual(["failed", "recovered"]);
  });
});

it("a grant that has ended is told once; connecting again is no recovery before a complete pass", async () => {
  const team = await watched();
  await within(team, (tx) => markNeedsReauth(tx, team.connectionId, "token: invalid_grant"));
  await tick(team);
  await older(team, 3_000);
  await tick(team);
  await engine.psql("update connections set grant_state = 'ok' where id = $1", [team.connectionId]);
  await within(team, (tx) => markReconnected(tx, team.connectionId, null));
  await tick(team);
  expect(await kinds(team)).toEqual(["needs_reauth"]);
  await team.session();
  await tick(team);
  expect(await kinds(team)).toEqual(["needs_reauth", "recovered"]);
});

it("a dead grant that a session meets is one notice", async () => {
  const team = await engine.connect({
    provider: listing(() => {
      throw new Unauthenticated("events.list: 401");
    }),
  });
  await team.session();
  await tick(team);
  await tick(team);
  expect(await kinds(team)).toEqual(["needs_reauth"]);
});

describe("late", () => {
  it("is what a failure that is being retried becomes, with the reason and the next try", async () => {
    const team = await watched();
    await within(team, (tx) =>
      noteSetback(tx, team.connectionId, { code: "provider_unavailable", message: "503" }),
    );
    await tick(team);
    expect(await kinds(team)).toEqual([]);
    await older(team, 32);
    await tick(team);
    await tick(team);
    const [notice, ...others] = await noticesOf(engine, team);
    expect(others).toEqual([]);
    expect(notice).toMatchObject({ kind: "late", severity: "warn" });
    expect(notice?.message).toMatch(
      /^not read completely for 3\d minutes: the provider cannot be reached; tried again at 20\d\d-/,
    );
    await passes(team);
    await tick(team);
    expect(await kinds(team)).toEqual(["late", "recovered"]);
  });

  it.each([
    ["quota", "wait_until = now() + interval '1 hour', wait_reason = 'quota'", "quota is used up"],
    ["nobody polls", "last_error_code = null", "no poll has come through"],
    ["no channel", "watchable = true", "no poll has come through"],
  ])("says why: %s", async (_name, change, words) => {
    const team = await watched();
    await engine.psql(`update connections set ${change} where id = $1`, [team.connectionId]);
    await older(team, 32);
    await tick(team);
    expect((await noticesOf(engine, team))[0]?.message).toContain(words);
  });

  it("follows the connection's own target", async () => {
    const team = await watched();
    await engine.psql("update connections set freshness_target_ms = 7200000 where id = $1", [
      team.connectionId,
    ]);
    await older(team, 100);
    await tick(team);
    expect(await kinds(team)).toEqual([]);
    await older(team, 30);
    await tick(team);
    expect(await kinds(team)).toEqual(["late"]);
  });

  it("is nobody who is paused, and nobody who was resumed a moment ago", async () => {
    const team = await watched();
    await engine.psql("update connections set enabled = false where id = $1", [team.connectionId]);
    await tick(team);
    await older(team, 10_000);
    await tick(team);
    await engine.psql("update connections set enabled = true where id = $1", [team.connectionId]);
    for (let again = 0; again < 3; again++) await tick(team);
    expect(await kinds(team)).toEqual([]);
  });

  it("business data is by its schedules; without one nothing says when it should be read", async () => {
    const team = await watched();
    const at = (cadence: object) =>
      engine.psql(
        "insert into schedules (company_id, connection_id, cadence) values ($1, $2, $3)",
        [team.companyId, team.connectionId, JSON.stringify(cadence)],
      );
    await engine.psql("update connections set calendar_id = null where id = $1", [
      team.connectionId,
    ]);
    await older(team, 60 * 24 * 30);
    await tick(team);
    await at({ cron: "0 0 1 1 *" });
    await tick(team);
    expect(await kinds(team)).toEqual([]);
    await passes(team);
    await at({ everyHours: 2 });
    await older(team, 230);
    await tick(team);
    expect(await kinds(team)).toEqual([]);
    await older(team, 20);
    await tick(team);
    expect(await kinds(team)).toEqual(["late"]);
  });
});

it("held and undecided are told at once, less loudly, and what is worse comes before them", async () => {
  const team = await watched();
  await engine.psql(
    `insert into plans (company_id, connection_id, session_id, side, reason, items)
     values ($1, $2, gen_random_uuid(), 'local', 'more than usual', 12)`,
    [team.companyId, team.connectionId],
  );
  await tick(team);
  await fails(team);
  await tick(team);
  await passes(team);
  await tick(team);
  await engine.psql("delete from plans where company_id = $1", [team.companyId]);
  await tick(team);
  expect((await noticesOf(engine, team)).map(({ kind, message }) => [kind, message])).toEqual([
    ["held", "a plan is held until a person decides (GET /api/plans)"],
    ["failed", expect.stringContaining("it fails for good (forbidden)")],
    ["held", "it works again; but a plan is held until a person decides (GET /api/plans)"],
    ["recovered", "no plan is held any more"],
  ]);
});

it("a conflict that waits is told at once, to those who want to know everything, and its end", async () => {
  const team = await engine.connect({ policy: "ask" });
  team.put("e", { title: "base" });
  await team.session();
  await tick(team);
  await engine.psql("update events set title = 'ours' where calendar_id = $1", [team.calendarId]);
  team.put("e", { title: "theirs" });
  await team.session();
  await tick(team);
  await engine.psql("update conflicts set state = 'settled' where company_id = $1", [
    team.companyId,
  ]);
  await tick(team);
  expect((await noticesOf(engine, team)).map(({ kind, severity }) => [kind, severity])).toEqual([
    ["undecided", "info"],
    ["recovered", "info"],
  ]);
  expect(JSON.stringify(await noticesOf(engine, team))).not.toMatch(/\b(ours|theirs|base)\b/);
});

it("ticks at the same time tell each change once", async () => {
  const team = await watched();
  const { companyId, calendarId } = team;
  await engine.psql(
    `insert into connections (company_id, calendar_id, provider, settings, grant_state)
     select $1, $2, 'memory', jsonb_build_object('in', n), 'ok' from generate_series(1, 60) n`,
    [companyId, calendarId],
  );
  await tick(team);
  await engine.psql(
    "update connections set last_error_code = 'forbidden', last_error_at = now() where company_id = $1",
    [companyId],
  );
  await Promise.all(Array.from({ length: 5 }, () => tick(team)));
  expect(await kinds(team)).toEqual(Array.from({ length: 61 }, () => "failed"));
});

it("a tick that dies before it has stored what it told has told nothing, and the next tells it", async () => {
  const team = await watched();
  await fails(team);
  await engine.psql(
    `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'gone'; end $$`,
  );
  await engine.psql(
    "create trigger gone before update on alert_states for each row execute function refuse()",
  );
  await tick(team);
  expect(await kinds(team)).toEqual([]);
  await engine.psql("drop trigger gone on alert_states");
  await tick(team);
  expect(await kinds(team)).toEqual(["failed"]);
});

it("a failure that passes by itself within the ordinary is never told", async () => {
  let down = 3;
  const team = await engine.connect({
    provider: listing((page) => {
      if (down-- > 0) throw new Unavailable("events.list: 503");
      return page;
    }),
  });
  await tick(team);
  for (let again = 0; again < 5; again++) {
    await team.session();
    await tick(team);
  }
  expect(await kinds(team)).toEqual([]);
});
