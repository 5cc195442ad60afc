import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Stack, startStack } from "../support/stack.ts";
import { inStep, insert, requestsFor, strike } from "../support/trouble.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    temporalAddress: inject("temporalAddress"),
    env: { LOCAL_ACTIVITY_BUDGET_MS: "1" },
  });
});
afterAll(() => stack?.stop());

describe("a worker that is stopped in the middle of its writes, and wakes when another has taken over (F3)", () => {
  it("sends nothing more of them: each is there once, and so is what was edited meanwhile", async () => {
    const team = await inStep(stack);
    const titles = Array.from({ length: 12 }, (_, at) => `ours ${String(at).padStart(2, "0")}`);
    await strike(stack, team, {
      match: { method: "POST" },
      kind: "delay",
      delayMs: 150,
      times: 12,
    });
    for (const title of titles) await insert(stack, team, title);
    const [zombie] = stack.workers;
    await sleep(1_200);
    zombie?.process.kill("SIGSTOP");
    await stack.startWorker();
    await stack.psql(
      "update events set title = title || ', edited' where calendar_id = $1 and title like 'ours %'",
      [team.calendarId],
    );
    // The server still hands tasks to the polls that it left open: each has to time out first.
    await team.quiescent(150_000);
    zombie?.process.kill("SIGCONT");
    await sleep(3_000);
    await team.quiescent();
    const there = (await stack.google.living(team.googleCalendar)).map(({ summary }) => summary);
    expect(there.filter((title) => title?.startsWith("ours")).toSorted()).toEqual(
      titles.map((title) => `${title}, edited`),
    );
    const before = (await requestsFor(stack, team)).filter(({ method }) => method !== "GET").length;
    expect((await team.sync()).status).toBe("completed");
    expect((await requestsFor(stack, team)).filter(({ method }) => method !== "GET")).toHaveLength(
      before,
    );
    expect(
      await stack.psql("select count(*)::int from conflicts where connection_id = $1", [
        team.connectionId,
      ]),
    ).toEqual([{ count: 0 }]);
  });
});
