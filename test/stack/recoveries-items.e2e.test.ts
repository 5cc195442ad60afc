import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Connected } from "../support/connected.ts";
import type { Fault } from "../support/google.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { day, insert, requestsFor, strike } from "../support/trouble.ts";
import { until } from "../support/until.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    temporalAddress: inject("temporalAddress"),
  });
});
afterAll(() => stack?.stop());

const rename = (team: Connected, from: string, to: string) =>
  stack.psql("update events set title = $3 where calendar_id = $1 and title = $2", [
    team.calendarId,
    from,
    to,
  ]);
const there = async (team: Connected) =>
  (await stack.google.living(team.googleCalendar)).map(({ summary }) => summary).toSorted();
const sessionsOf = (team: Connected) =>
  stack.psql<{ trigger: string; status: string; local_created: number }>(
    "select * from sync_sessions where connection_id = $1 order by created_at",
    [team.connectionId],
  );

describe.concurrent("one event that cannot be synced (I15)", () => {
  it("because Google refuses it rests visibly while the rest goes on, and goes on when it changes", async () => {
    const team = await stack.connect();
    await strike(stack, team, { match: { method: "POST" }, status: 400, reason: "invalid" });
    await insert(stack, team, "refused");
    const queue = () =>
      stack.psql("select state, error from writes where connection_id = $1 order by state desc", [
        team.connectionId,
      ]);
    await until(async () => (await queue()).some(({ state }) => state === "failed"));
    await insert(stack, team, "beside it");
    await team.quiescent();
    expect(await there(team)).toEqual(["beside it"]);
    expect(await queue()).toMatchObject([
      { state: "failed", error: "events.insert: 400 invalid" },
      { state: "completed" },
    ]);
    expect((await sessionsOf(team)).map(({ status }) => status)).not.toContain("error");
    await rename(team, "refused", "accepted");
    await team.quiescent();
    expect(await there(team)).toEqual(["accepted", "beside it"]);
  });

  it("because it is larger than anybody can mean is set aside with a reason while the rest arrives, and arrives when it changes", async () => {
    const team = await stack.connect();
    const poison = await stack.google.create(team.googleCalendar, {
      summary: "poison".repeat(200_000),
      ...day,
    });
    await stack.google.create(team.googleCalendar, { summary: "beside it", ...day });
    expect(await team.sync()).toMatchObject({ status: "completed", local_created: 1 });
    const link = () =>
      stack.psql("select state, reason from links where connection_id = $1 and remote_id = $2", [
        team.connectionId,
        poison.id,
      ]);
    expect(await link()).toEqual([
      { state: "set-aside", reason: "the title is longer than 1048576" },
    ]);
    await stack.google.patch(team.googleCalendar, poison.id, { summary: "cured" });
    expect(await team.sync()).toMatchObject({ status: "completed", local_created: 1 });
    expect(await link()).toMatchObject([{ state: "live" }]);
  });
});

describe.concurrent("a write whose answer never comes, though it was carried out (F32, I4)", () => {
  const lost: Partial<Fault> = { phase: "after", kind: "timeout" };

  it("makes one event of a creation, one edit of an edit, and one deletion of a deletion", async () => {
    const team = await stack.connect();
    await strike(stack, team, { ...lost, match: { method: "POST" } });
    await insert(stack, team, "made");
    await team.quiescent();
    expect(await there(team)).toEqual(["made"]);

    await strike(stack, team, { ...lost, match: { method: "PATCH" } });
    await rename(team, "made", "edited");
    await team.quiescent();
    expect(await there(team)).toEqual(["edited"]);

    await strike(stack, team, { ...lost, match: { method: "DELETE" } });
    await stack.psql("delete from events where calendar_id = $1", [team.calendarId]);
    await team.quiescent();
    const all = await stack.google.dump(team.googleCalendar);
    expect(all).toHaveLength(1);
    expect((await stack.google.counters()).perEvent[all[0]?.id ?? ""]).toBe(3);
    expect(
      await stack.psql(
        "select state, outcome from intents i join writes w using (event_id) where i.connection_id = $1",
        [team.connectionId],
      ),
    ).toEqual(Array.from({ length: 3 }, () => ({ state: "completed", outcome: "landed" })));
  });
});

describe.concurrent("a write of ours (I8)", () => {
  it("comes back as news and makes no write, here or there", async () => {
    const team = await stack.connect();
    await insert(stack, team, "ours");
    await team.quiescent();
    const [made] = await stack.google.living(team.googleCalendar);
    for (let session = 0; session < 3; session++) {
      expect(await team.sync()).toMatchObject({
        status: "completed",
        local_updated: 0,
        remote_updated: 0,
      });
    }
    expect((await stack.google.counters()).perEvent[made?.id ?? ""]).toBe(1);
    expect(
      await stack.psql("select version from events where calendar_id = $1", [team.calendarId]),
    ).toEqual([{ version: "1" }]);
  });
});

/** A series, as a person makes it in Google. */
const nineDays = (team: Connected) =>
  stack.google.create(team.googleCalendar, {
    summary: "series",
    start: { dateTime: "2026-12-01T09:00:00", timeZone: "UTC" },
    end: { dateTime: "2026-12-01T10:00:00", timeZone: "UTC" },
    recurrence: ["RRULE:FREQ=DAILY;COUNT=9"],
  });

describe.concurrent("a series that we delete", () => {
  it("is deleted in Google with one call, however many of its occurrences were changed", async () => {
    const team = await stack.connect();
    const { id } = await nineDays(team);
    for (const at of ["02", "03", "04"])
      await stack.google.patch(team.googleCalendar, `${id}_202612${at}T090000Z`, { summary: at });
    expect((await team.sync()).local_created).toBe(4);
    const since = (await stack.google.requests()).at(-1)?.seq ?? 0;
    await stack.psql("delete from events where calendar_id = $1 and title = 'series'", [
      team.calendarId,
    ]);
    await team.quiescent();
    expect(await there(team)).toEqual([]);
    const deletions = (await requestsFor(stack, team, since)).filter(
      ({ method }) => method === "DELETE",
    );
    expect(deletions.map(({ status }) => status)).toEqual([204]);
  });
});

describe("a series that is deleted in Google", () => {
  it("lives on for an occurrence of it that we were just sending (I3)", async () => {
    const team = await stack.connect();
    const { id } = await nineDays(team);
    await stack.google.patch(team.googleCalendar, `${id}_20261202T090000Z`, { summary: "one" });
    expect((await team.sync()).local_created).toBe(2);
    const since = (await stack.google.requests()).at(-1)?.seq ?? 0;
    await strike(stack, team, { match: { method: "PATCH" }, kind: "delay", delayMs: 1_000 });
    await rename(team, "one", "edited");
    await until(async () =>
      (await stack.google.faults()).some(({ rule, given }) => rule.kind === "delay" && given === 1),
    );
    await stack.google.delete(team.googleCalendar, id);
    await team.quiescent();
    await team.sync();
    await team.quiescent();
    expect(await requestsFor(stack, team, since)).toContainEqual(
      expect.objectContaining({ method: "PATCH", status: 200 }),
    );
    expect(await there(team)).toEqual(["edited", "series"]);
  });
});

describe("news that nobody has told us of (I12)", () => {
  it("waits for the sweep where the signal of a ring was lost", async () => {
    const team = await stack.connect();
    await team.sync();
    await stack.google.create(team.googleCalendar, { summary: "behind a lost signal", ...day });
    const [ring] = await stack.psql<{ session: string }>(
      "select session from ring($1, $2, 'webhook', 'system')",
      [team.companyId, team.connectionId],
    );
    const served = await until(
      async () =>
        (
          await stack.psql("select * from sync_sessions where id = $1 and status = 'completed'", [
            ring?.session,
          ])
        )[0],
    );
    expect(served).toMatchObject({ trigger: "webhook", local_created: 1 });
  });

  it("is found by the poll where notifications are dropped; a poll that finds none stores nothing, and counts as a pass", async () => {
    const team = await stack.connect();
    await team.sync();
    const pass = () =>
      stack.psql<{ at: Date }>(
        "select last_complete_pass_at as at from connections where id = $1",
        [team.connectionId],
      );
    const cursor = () =>
      stack.psql("select * from cursors where connection_id = $1", [team.connectionId]);
    const [before, stored, sessions] = [
      await pass(),
      await cursor(),
      (await sessionsOf(team)).length,
    ];
    const asked = await poll(team);
    await until(async () => (await pass())[0]?.at.getTime() !== before[0]?.at.getTime());
    expect(await asked()).toBe(1);
    expect(await cursor()).toEqual(stored);
    expect(await sessionsOf(team)).toHaveLength(sessions);

    await stack.google.create(team.googleCalendar, { summary: "never notified", ...day });
    await poll(team);
    await until(async () => (await sessionsOf(team)).length > sessions);
    await team.quiescent();
    expect((await sessionsOf(team)).at(-1)).toMatchObject({
      trigger: "schedule",
      status: "completed",
      local_created: 1,
    });
  });
});

/** Lets the poll's schedule tick now, with this connection due and no other. Answers how often Google has been asked since. */
async function poll(team: Connected): Promise<() => Promise<number>> {
  const seen = (await stack.google.requests()).at(-1)?.seq ?? 0;
  await stack.psql(
    "update connections set next_poll_at = now() + case when id = $1 then interval '0' else interval '1 day' end",
    [team.connectionId],
  );
  await stack.temporal.schedule.getHandle(`standing:${stack.name}:poll:google-calendar`).trigger();
  return async () => (await requestsFor(stack, team, seen)).length;
}
