import { WorkflowFailedError } from "@temporalio/client";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Connected } from "../support/connected.ts";
import { ownerOf } from "../support/http.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";

const day = { start: { date: "2026-12-01" }, end: { date: "2026-12-02" } };

let stack: Stack;
let owner: Awaited<ReturnType<typeof ownerOf>>;

beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    temporalAddress: inject("temporalAddress"),
    api: true,
  });
  owner = await ownerOf(stack);
});
afterAll(() => stack?.stop());

interface Answer {
  id: string;
  cadence: object;
  zone: string;
  enabled: boolean;
  pausedReason: string | null;
  next: string[];
  last: string | null;
}

async function scheduled(
  options: { watchable?: boolean } = {},
): Promise<{ team: Connected; id: string }> {
  const team = await stack.connect({ companyId: owner.companyId, ...options });
  await team.sync();
  const made = await owner.call<Answer>("POST", "/schedules", {
    connectionId: team.connectionId,
    cadence: { dailyAt: ["06:30"] },
    zone: "Europe/Amsterdam",
  });
  expect(made).toMatchObject({ status: 201, body: { enabled: true, zone: "Europe/Amsterdam" } });
  return { team, id: made.body.id };
}

const handleOf = (id: string) => stack.temporal.schedule.getHandle(`schedule:${id}`);

/** Lets a schedule fire now; answers how the run that it started has ended. */
async function fire(id: string): Promise<string> {
  await handleOf(id).trigger();
  const action = await until(
    async () => (await handleOf(id).describe()).info.recentActions.at(-1)?.action.workflow,
  );
  const result: unknown = await stack.temporal.workflow
    .getHandle(action.workflowId, action.firstExecutionRunId)
    .result();
  return String(result);
}

const lastSession = async (team: Connected) =>
  (
    await stack.psql(
      "select trigger, status, error_code, local_created from sync_sessions where connection_id = $1 order by created_at desc limit 1",
      [team.connectionId],
    )
  )[0];

describe("a person's schedule", () => {
  it("is a Temporal Schedule, starts sessions, and its run ends as the session has ended", async () => {
    const { team, id } = await scheduled();
    const { spec } = await handleOf(id).describe();
    expect(spec).toMatchObject({
      timezone: "Europe/Amsterdam",
      calendars: [{ hour: [{ start: 6 }], minute: [{ start: 30 }] }],
    });
    await stack.google.create(team.googleCalendar, { summary: "found by schedule", ...day });
    expect(await fire(id)).toBe("completed");
    expect(await lastSession(team)).toMatchObject({
      trigger: "schedule",
      status: "completed",
      local_created: 1,
    });
    const shown = (await owner.call<Answer>("GET", `/schedules/${id}`)).body;
    expect(shown.last).not.toBeNull();
    expect(shown.next).toHaveLength(5);
    for (const next of shown.next)
      expect(new Date(next).toLocaleTimeString("en-GB", { timeZone: "Europe/Amsterdam" })).toMatch(
        /^06:30/,
      );

    await stack.google.fault({
      match: { path: encodeURIComponent(team.googleCalendar) },
      status: 404,
      reason: "notFound",
    });
    const failure = await fire(id).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(WorkflowFailedError);
    expect((failure as WorkflowFailedError).cause?.message).toBe("events.list: 404 notFound");
    expect(await lastSession(team)).toMatchObject({
      trigger: "schedule",
      status: "error",
      error_code: "collection_missing",
    });
  });

  it("can be changed, paused with a reason that Temporal shows too, and resumed", async () => {
    const { id } = await scheduled();
    const changed = await owner.call<Answer>("PATCH", `/schedules/${id}`, {
      cadence: { everyMinutes: 45 },
      zone: "UTC",
    });
    expect(changed).toMatchObject({
      status: 200,
      body: { cadence: { everyMinutes: 45 }, zone: "UTC" },
    });
    expect((await handleOf(id).describe()).spec).toMatchObject({
      timezone: "UTC",
      intervals: [{ every: 45 * 60_000 }],
    });
    await owner.call("PATCH", `/schedules/${id}`, {
      enabled: false,
      pausedReason: "the office is closed",
    });
    expect((await handleOf(id).describe()).state).toMatchObject({
      paused: true,
      note: "the office is closed",
    });
    expect((await owner.call<Answer>("GET", `/schedules/${id}`)).body).toMatchObject({
      enabled: false,
      pausedReason: "the office is closed",
    });
    await owner.call("PATCH", `/schedules/${id}`, { enabled: true });
    expect((await handleOf(id).describe()).state.paused).toBe(false);
    expect((await owner.call("DELETE", `/schedules/${id}`)).status).toBe(204);
    await expect(handleOf(id).describe()).rejects.toThrow(/not found/i);
  });

  it("is paused and resumed with its connection", async () => {
    const { team, id } = await scheduled();
    const connection = `/connections/${team.connectionId}`;
    await owner.call("PATCH", connection, { enabled: false, pausedReason: "moving house" });
    expect((await handleOf(id).describe()).state).toMatchObject({
      paused: true,
      note: "moving house",
    });
    await owner.call("PATCH", connection, { enabled: true });
    expect((await handleOf(id).describe()).state.paused).toBe(false);
    expect((await owner.call<Answer>("GET", `/schedules/${id}`)).body.enabled).toBe(true);
  });

  it("does nothing for a connection that is paused, and says so", async () => {
    const { team, id } = await scheduled();
    await owner.call("PATCH", `/connections/${team.connectionId}`, { enabled: false });
    const before = await stack.google.requests();
    expect(await fire(id)).toBe("the connection is paused or disconnected: nothing was started");
    expect(
      (await stack.google.requests(before.at(-1)?.seq)).filter(({ path }) =>
        path.includes("/events"),
      ),
    ).toEqual([]);
  });
});

describe("a push channel that a person asks for", () => {
  it("replaces the one there is, new before old: the API may have moved", async () => {
    const { team } = await scheduled({ watchable: true });
    await team.sync();
    const channels = async () =>
      (await stack.google.channels()).filter(({ resource }) => resource === team.googleCalendar);
    const [old] = await until(async () => {
      const found = await channels();
      return found.length > 0 && found;
    });
    const put = { integrationId: team.connectionId };
    expect((await owner.call("PUT", "/calendar/webhooks/google", put)).status).toBe(202);
    await until(async () => (await channels()).some(({ id }) => id !== old?.id));
    expect(
      await until(async () => {
        const states = await stack.psql(
          "select id, state from channels where connection_id = $1 and state <> 'opening'",
          [team.connectionId],
        );
        return states.length === 2 && states;
      }),
    ).toContainEqual({ id: old?.id, state: "superseded" });
  });
});

describe("a connection that is deleted", () => {
  it("takes its schedules, channel, grant and secrets along, and leaves events and trail (F47)", async () => {
    const { team, id } = await scheduled({ watchable: true });
    await stack.google.create(team.googleCalendar, { summary: "stays here", ...day });
    await team.sync();
    const channels = async () =>
      (await stack.google.channels()).filter(({ resource }) => resource === team.googleCalendar);
    await until(async () => (await channels()).length === 1);
    expect(await owner.call("DELETE", `/connections/${team.connectionId}`)).toMatchObject({
      status: 202,
    });

    await expect(handleOf(id).describe()).rejects.toThrow(/not found/i);
    expect((await owner.call("GET", `/schedules/${id}`)).status).toBe(404);
    await until(
      async () =>
        (
          await stack.psql("select 1 from connections where id = $1 and credentials is null", [
            team.connectionId,
          ])
        ).length > 0,
    );
    expect(await channels()).toEqual([]);
    expect(
      await stack.psql("select state from channels where connection_id = $1", [team.connectionId]),
    ).toEqual([{ state: "closed" }]);
    expect((await refreshAtGoogle(team.tokens.refreshToken)).error).toBe("invalid_grant");
    expect(
      await stack.psql("select title from events where calendar_id = $1 and deleted_at is null", [
        team.calendarId,
      ]),
    ).toEqual([{ title: "stays here" }]);
    expect(
      await stack.psql("select action from changes where connection_id = $1", [team.connectionId]),
    ).toEqual([{ action: "created" }]);
    expect(await stack.google.living(team.googleCalendar)).toHaveLength(1);

    const seen = (await stack.google.requests()).at(-1)?.seq ?? 0;
    await stack.psql("update events set title = 'edited after' where calendar_id = $1", [
      team.calendarId,
    ]);
    await team.ring();
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    expect(
      (await stack.google.requests(seen)).filter(({ path }) =>
        path.includes(encodeURIComponent(team.googleCalendar)),
      ),
    ).toEqual([]);
  });
});

async function refreshAtGoogle(refreshToken: string): Promise<{ error?: string }> {
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    refresh_token: refreshToken,
    client_id: "sandbox",
    client_secret: "sandbox",
  });
  const response = await fetch(`${stack.google.url}/token`, { method: "POST", body: form });
  return (await response.json()) as { error?: string };
}
