import { temporal } from "@temporalio/proto";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Connected } from "../support/connected.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { asText, lengthOf } from "../support/temporal-histories.ts";
import { until } from "../support/until.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    temporalAddress: inject("temporalAddress"),
    env: {
      // As in production: a hundred rings are over before the next session may begin, and no sweep finds
      // a session in its midst, whose signal would be counted with it.
      SESSION_SPACING_MIN_MS: "1000",
      SESSION_SPACING_MAX_MS: "30000",
      SWEEP_INTERVAL_MS: "600000",
    },
  });
});
afterAll(() => stack?.stop());

/** The run that served a session, when it has ended. */
async function runOf(team: Connected, runId: string) {
  const handle = stack.temporal.workflow.getHandle(`sync:${team.connectionId}`, runId);
  await until(async () => (await handle.describe()).status.name === "COMPLETED");
  return { description: await handle.describe(), history: await handle.fetchHistory() };
}

/** Imports so many events, in pages of fifty. */
async function importOf(count: number) {
  const team = await stack.connect();
  await stack.google.bulk(team.googleCalendar, { count });
  const session = await team.sync();
  expect(session).toMatchObject({ status: "completed", local_created: count });
  expect(session.provider_calls).toBeGreaterThanOrEqual(count / 50);
  return { team, session };
}

describe("the history of a sync", () => {
  it("does not grow with the pages of a first import: 5,000 events in a hundred pages", async () => {
    await stack.google.settings({ pageSizeCap: 50 });
    const small = await importOf(100);
    const large = await importOf(5_000);
    const [few, many] = [
      await runOf(small.team, small.session.run_id),
      await runOf(large.team, large.session.run_id),
    ].map(({ history }) => lengthOf(history));
    console.info(`history events: ${few} for 2 pages, ${many} for 100 pages`);
    // A longer import needs another activity every twenty seconds, whatever the pages; on a busy machine a few.
    expect(many ?? Infinity).toBeLessThanOrEqual((few ?? 0) + 20);
    expect(many ?? Infinity).toBeLessThanOrEqual(60);
  });

  it("has at most twenty events and one call to the provider where nothing has changed", async () => {
    const team = await stack.connect();
    await stack.google.bulk(team.googleCalendar, { count: 5 });
    const first = await team.sync();
    await runOf(team, first.run_id);
    const seen = (await stack.google.requests()).at(-1)?.seq ?? 0;
    const session = await team.sync();
    const { history } = await runOf(team, session.run_id);
    console.info(`history events of an unchanged session: ${lengthOf(history)}`);
    expect(session).toMatchObject({ status: "completed", provider_calls: 1 });
    expect((await stack.google.requests(seen)).map(({ method }) => method)).toEqual(["GET"]);
    expect(lengthOf(history)).toBeLessThanOrEqual(20);
  });

  it("can be read by a person: what it is, its steps in words, whose it is, and how it ended", async () => {
    const team = await stack.connect();
    const session = await team.sync();
    const { description, history } = await runOf(team, session.run_id);
    expect(await description.staticSummary()).toBe("keeps one connection in step");
    const { searchAttributes } = description;
    expect(searchAttributes).toMatchObject({
      SyncCompanyId: [team.companyId],
      SyncConnectionId: [team.connectionId],
      SyncProvider: ["google-calendar"],
      SyncTrigger: ["manual"],
      SyncOutcome: ["completed"],
    });
    const text = asText(history);
    for (const summary of ["delta: events", "snapshot: events", "push"])
      expect(text).toContain(`"${summary}\\"`);
    expect(text).toContain("0 created, 0 updated, 0 deleted, 0 unchanged, 0 failed");
    const { EventType } = temporal.api.enums.v1;
    const kinds = history.events?.map(({ eventType }) => eventType);
    expect(kinds).not.toContain(EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED);
  });
});

describe("a hundred rings at once", () => {
  it("start one run, and one session more at the most", async () => {
    const team = await stack.connect();
    await team.sync();
    const before = await sessionsOf(team);
    const rings = await Promise.all(Array.from({ length: 100 }, () => team.ring()));
    await team.quiescent();
    const sessions = (await sessionsOf(team)).slice(before.length);
    expect(sessions.length).toBeLessThanOrEqual(2);
    expect(new Set(sessions.map(({ run_id }) => run_id)).size).toBe(1);
    expect(new Set(rings.map(({ sessionId }) => sessionId))).toEqual(
      new Set(sessions.map(({ id }) => id)),
    );
    const ends = sessions.map(({ completed_at }) => completed_at.getTime());
    for (const [at, { started_at }] of sessions.entries())
      expect(started_at.getTime()).toBeGreaterThanOrEqual(ends[at - 1] ?? 0);
  });
});

const sessionsOf = (team: Connected) =>
  stack.psql<{ id: string; run_id: string; started_at: Date; completed_at: Date }>(
    "select id, run_id, started_at, completed_at from sync_sessions where connection_id = $1 order by created_at",
    [team.connectionId],
  );
