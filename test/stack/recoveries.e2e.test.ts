import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Connected } from "../support/connected.ts";
import type { Fault } from "../support/google.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { day, inStep, insert, requestsFor, strike } from "../support/trouble.ts";
import { until } from "../support/until.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    temporalAddress: inject("temporalAddress"),
  });
});
afterAll(() => stack?.stop());

const here = async (team: Connected) =>
  (
    await stack.psql<{ living: number; versions: number }>(
      "select count(*) filter (where deleted_at is null)::int as living, sum(version)::int as versions from events where calendar_id = $1",
      [team.calendarId],
    )
  )[0];

const row = async (team: Connected) =>
  (
    await stack.psql<{
      grant_state: string;
      last_error_code: string | null;
      failures: number;
      wait_until: Date | null;
      wait_reason: string | null;
    }>("select * from connections where id = $1", [team.connectionId])
  )[0];

describe.concurrent("a provider that limits us (F22, F31)", () => {
  const limits: [name: string, fault: Partial<Fault>][] = [
    ["429", { status: 429 }],
    ["403 rateLimitExceeded", { status: 403, reason: "rateLimitExceeded" }],
    ["403 quotaExceeded", { status: 403, reason: "quotaExceeded" }],
  ];
  it.each(limits)(
    "is not called before the time that it has named, and the session says that it waits: %s",
    async (_name, fault) => {
      const team = await inStep(stack);
      await stack.google.create(team.googleCalendar, { summary: "after the pause", ...day });
      await strike(stack, team, { ...fault, headers: { "Retry-After": "3" } });
      const { sessionId } = await team.ring();
      await until(async () => (await row(team))?.wait_reason === "quota");
      expect(
        await stack.psql("select status from sync_sessions where id = $1", [sessionId]),
      ).toEqual([{ status: "running" }]);
      await team.ring();
      await team.quiescent();
      expect(
        await stack.psql("select status, local_created from sync_sessions where id = $1", [
          sessionId,
        ]),
      ).toEqual([{ status: "completed", local_created: 1 }]);
      const requests = await requestsFor(stack, team);
      const refused = requests.findIndex(({ status }) => status === fault.status);
      const [at, next] = [requests[refused], requests[refused + 1]].map((request) =>
        Date.parse(request?.time ?? ""),
      );
      expect((next ?? 0) - (at ?? 0)).toBeGreaterThanOrEqual(2_900);
      expect(await row(team)).toMatchObject({ wait_until: null, last_error_code: null });
    },
  );

  it("that names no time is called again after the time that is configured for it", async () => {
    const team = await inStep(stack);
    await stack.google.create(team.googleCalendar, { summary: "after the pause", ...day });
    await strike(stack, team, { status: 403, reason: "quotaExceeded" });
    expect(await team.sync(20_000)).toMatchObject({ status: "completed", local_created: 1 });
  });

  it("keeps a write that was limited for the time after the pause, once", async () => {
    const team = await inStep(stack);
    await strike(stack, team, {
      match: { method: "POST" },
      status: 429,
      headers: { "Retry-After": "2" },
    });
    await insert(stack, team, "written after the pause");
    await team.quiescent();
    expect(
      (await stack.google.living(team.googleCalendar)).filter(
        ({ summary }) => summary === "written after the pause",
      ),
    ).toHaveLength(1);
    expect(
      await stack.psql("select state from writes where connection_id = $1", [team.connectionId]),
    ).toMatchObject([{ state: "completed" }]);
  });
});

describe.concurrent("a provider that refuses or fails", () => {
  it.each([
    ["forbidden", { status: 403, reason: "insufficientPermissions" }],
    ["collection_missing", { status: 404, reason: "notFound" }],
    ["provider_unavailable", { status: 503 }],
  ])(
    "ends the session with %s, deletes nothing, and is in step again after it (F23, F25, F32)",
    async (code, fault) => {
      const team = await inStep(stack);
      const before = await here(team);
      await strike(stack, team, { ...fault, match: { method: "GET" }, times: 7 });
      const failed = await team.sync();
      expect(failed).toMatchObject({ status: "error", error_code: code });
      expect(failed.error).toBeTruthy();
      expect(await row(team)).toMatchObject({ grant_state: "ok", last_error_code: code });
      expect(await here(team)).toEqual(before);
      // Nobody has to help: sessions that come later find the fault gone.
      await until(async () => (await team.sync()).status === "completed");
      expect(await here(team)).toEqual(before);
      expect(await row(team)).toMatchObject({ last_error_code: null, failures: 0 });
    },
  );

  it("is waited for within the session where it fails a few times only (F32)", async () => {
    const team = await inStep(stack);
    await stack.google.create(team.googleCalendar, { summary: "after the failures", ...day });
    await strike(stack, team, { match: { method: "GET" }, status: 503, times: 3 });
    expect(await team.sync()).toMatchObject({ status: "completed", local_created: 1 });
    expect(await row(team)).toMatchObject({ failures: 0, wait_until: null, last_error_code: null });
  });

  it("forgets our cursor while events were deleted, edited and made: all is found, nothing wiped (F28, I6)", async () => {
    const team = await inStep(stack, 8);
    const [gone, edited, ...others] = await stack.google.living(team.googleCalendar);
    await stack.google.delete(team.googleCalendar, gone?.id ?? "");
    await stack.google.patch(team.googleCalendar, edited?.id ?? "", {
      summary: "edited in the gap",
    });
    await stack.google.create(team.googleCalendar, { summary: "made in the gap", ...day });
    await stack.google.expireSyncTokens(team.googleCalendar);
    expect(await team.sync()).toMatchObject({
      status: "completed",
      local_deleted: 1,
      local_updated: 1,
      local_created: 1,
    });
    const kept = await stack.psql<{ title: string; version: string }>(
      "select title, version from events where calendar_id = $1 and deleted_at is null order by version, title",
      [team.calendarId],
    );
    const untouched = others.map(({ summary }) => ({ title: summary ?? "", version: "1" }));
    expect(kept.toSorted(byTitle)).toEqual(
      [
        ...untouched,
        { title: "made in the gap", version: "1" },
        { title: "edited in the gap", version: "2" },
      ].toSorted(byTitle),
    );
  });
});

const byTitle = (a: { title: string }, b: { title: string }) => (a.title < b.title ? -1 : 1);
