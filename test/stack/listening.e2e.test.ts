import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Stack, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";

let stack: Stack;

beforeAll(async () => {
  const on = { databaseUrl: inject("databaseUrl"), temporalAddress: inject("temporalAddress") };
  stack = await startStack({ ...on, env: { SWEEP_INTERVAL_MS: "600000" } });
});
afterAll(() => stack?.stop());

describe("a ring that was missed", () => {
  it("because the worker did not listen is found as soon as it listens again", async () => {
    const team = await stack.connect();
    await team.sync();
    await team.quiescent();
    await stack.psql(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'syncline-listener' and datname = current_database()",
    );
    await stack.psql(
      "insert into events (company_id, calendar_id, title, start_at, end_at) values ($1, $2, 'Unheard', '2026-12-01 10:00', '2026-12-01 11:00')",
      [team.companyId, team.calendarId],
    );
    await until(
      async () =>
        (await stack.google.living(team.googleCalendar)).some(
          (event) => event.summary === "Unheard",
        ),
      10_000,
    );
    expect((await team.sync()).status).toBe("completed");
  });
});
