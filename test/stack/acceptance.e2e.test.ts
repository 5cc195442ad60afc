import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { until } from "../support/until.ts";
import type { Connected } from "../support/connected.ts";
import { type Stack, startStack } from "../support/stack.ts";

let stack: Stack;
let team: Connected;

beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    temporalAddress: inject("temporalAddress"),
  });
  team = await stack.connect();
});
afterAll(() => stack?.stop());

const atGoogle = async (summary: string) => {
  const found = (await stack.google.living(team.googleCalendar)).filter(
    (event) => event.summary === summary,
  );
  return found.length === 0 ? null : found;
};
const here = async (title: string) => {
  const found = await stack.psql<{ id: string; deleted_at: Date | null }>(
    "select id, deleted_at from events where title = $1",
    [title],
  );
  return found.length === 0 ? null : found;
};
const meeting = {
  start: { dateTime: "2026-12-01T10:00:00", timeZone: "Europe/Amsterdam" },
  end: { dateTime: "2026-12-01T11:00:00", timeZone: "Europe/Amsterdam" },
};

describe("an event travels both ways (S2.13)", () => {
  it("is made, changed and deleted in Google, and arrives here each time", async () => {
    const made = await stack.google.create(team.googleCalendar, {
      summary: "Planning",
      ...meeting,
    });
    expect((await team.sync()).local_created).toBe(1);
    await stack.google.patch(team.googleCalendar, made.id, { summary: "Planning moved" });
    expect((await team.sync()).local_updated).toBe(1);
    expect(await here("Planning moved")).toHaveLength(1);
    await stack.google.delete(team.googleCalendar, made.id);
    expect((await team.sync()).local_deleted).toBe(1);
    expect((await here("Planning moved"))?.[0]?.deleted_at).not.toBeNull();
  });

  it("is made, changed and deleted with psql, and arrives in Google each time without a ring", async () => {
    await stack.psql(
      "insert into events (company_id, calendar_id, title, start_at, end_at) values ($1, $2, 'Review', '2026-12-02 10:00', '2026-12-02 11:00')",
      [team.companyId, team.calendarId],
    );
    await until(() => atGoogle("Review"));
    await stack.psql("update events set title = 'Review moved' where title = 'Review'");
    await until(() => atGoogle("Review moved"));
    await stack.psql("delete from events where title = 'Review moved'");
    await until(async () => (await atGoogle("Review moved")) === null);
    await team.quiescent();
  });

  it("leaves no two events with one external id, and nothing to do (I2, I4)", async () => {
    const before = await stack.google.counters();
    const last = await team.sync();
    expect((await stack.google.counters()).writes).toBe(before.writes);
    expect(last).toMatchObject({
      status: "completed",
      local_created: 0,
      local_updated: 0,
      remote_created: 0,
      remote_updated: 0,
    });
    const twice = await stack.psql(
      `select connection_id, remote_id from links where remote_id is not null group by 1, 2 having count(*) > 1
       union all select connection_id, event_id::text from links where event_id is not null group by 1, 2 having count(*) > 1`,
    );
    expect(twice).toEqual([]);
  });
});
