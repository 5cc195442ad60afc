import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Connected } from "../support/connected.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    temporalAddress: inject("temporalAddress"),
  });
});
afterAll(() => stack?.stop());

const insert = (at: Connected, title: string, more: { recurrence?: string[] } = {}) =>
  stack.psql(
    "insert into events (company_id, calendar_id, title, start_at, end_at, recurrence) values ($1, $2, $3, '2026-12-01 10:00', '2026-12-01 11:00', $4)",
    [at.companyId, at.calendarId, title, more.recurrence ?? []],
  );
const titles = async (at: Connected) =>
  (await stack.google.living(at.googleCalendar)).map((event) => event.summary ?? "").toSorted();
const held = async (at: Connected, side: "local" | "remote") =>
  (
    await stack.psql<{ id: string; items: number }>(
      "select id, items from plans where connection_id = $1 and side = $2 and state = 'held'",
      [at.connectionId, side],
    )
  )[0];
const approve = (id: string) =>
  stack.psql(
    "update plans set state = 'approved', settled_by = 'test', settled_at = now() where id = $1",
    [id],
  );
const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => `Event ${String(index).padStart(2, "0")}`);

describe("a provider in trouble", () => {
  it("is not called before the time that Retry-After names, with a limit and with a failure alike", async () => {
    for (const [status, reason] of [
      [429, "rateLimitExceeded"],
      [503, "backendError"],
    ] as const) {
      const team = await stack.connect();
      await insert(team, `After ${status}`);
      const from = (await stack.google.requests()).at(-1)?.seq ?? 0;
      await stack.google.fault({
        match: { path: team.googleCalendar },
        status,
        reason,
        headers: { "Retry-After": "3" },
      });
      await team.sync();
      const calls = (await stack.google.requests(from)).filter((request) =>
        decodeURIComponent(request.path).includes(team.googleCalendar),
      );
      const limited = calls.findIndex((call) => call.status === status);
      const waited =
        Date.parse(calls[limited + 1]?.time ?? "") - Date.parse(calls[limited]?.time ?? "");
      expect(waited).toBeGreaterThanOrEqual(3_000);
      expect(await titles(team)).toEqual([`After ${status}`]);
    }
  });
});

describe("the brake (I14)", () => {
  it("holds many deletions made here, and what a person approved does not weigh on the next ones", async () => {
    const team = await stack.connect();
    for (const title of numbered(30)) await insert(team, title);
    await team.sync();
    await stack.psql("delete from events where calendar_id = $1 and title < 'Event 12'", [
      team.calendarId,
    ]);
    await insert(team, "Goes on");
    await until(async () => (await titles(team)).includes("Goes on"));
    await team.quiescent();
    expect(await titles(team)).toHaveLength(31);
    const plan = await held(team, "remote");
    expect(plan?.items).toBe(12);
    await approve(plan?.id ?? "");
    await team.sync();
    expect(await titles(team)).toHaveLength(19);
    await stack.psql("delete from events where calendar_id = $1 and title = 'Goes on'", [
      team.calendarId,
    ]);
    await until(async () => !(await titles(team)).includes("Goes on"));
  });

  it("does not hold up an event that is edited here while its deletion waits: an edit beats a delete", async () => {
    const team = await stack.connect();
    await stack.google.bulk(team.googleCalendar, { count: 20 });
    await team.sync();
    const events = await stack.google.living(team.googleCalendar);
    for (const event of events.slice(0, 12))
      await stack.google.delete(team.googleCalendar, event.id);
    await team.sync();
    await stack.psql("update events set title = 'Wanted' where calendar_id = $1 and title = $2", [
      team.calendarId,
      events[0]?.summary,
    ]);
    await until(async () => (await titles(team)).includes("Wanted"));
    await team.quiescent();
    expect((await held(team, "local"))?.items).toBe(11);
  });
});
