import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { type Stack, startStack } from "../support/stack.ts";
import { requestsFor, strike } from "../support/trouble.ts";
import { until } from "../support/until.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    temporalAddress: inject("temporalAddress"),
    env: { RETRY_MAX_MS: "600000" },
  });
});
afterAll(() => stack?.stop());

it("a channel that is refused is not asked for at every session, and opens once it may (F42)", async () => {
  const team = await stack.connect({ watchable: true });
  const reason = "push.webhookUrlNotHttps";
  await strike(stack, team, { match: { path: "events/watch" }, status: 400, reason, times: 9 });
  const asked = async () =>
    (await requestsFor(stack, team)).filter(({ path }) => path.endsWith("/watch")).length;
  await team.sync();
  await until(async () => (await asked()) === 1);
  for (let pass = 0; pass < 2; pass++)
    expect(await team.sync()).toMatchObject({ status: "completed", provider_calls: 1 });
  expect(await asked()).toBe(1);
  await stack.google.noFaults();
  await stack.psql(
    "update channels set created_at = now() - interval '1 hour' where connection_id = $1",
    [team.connectionId],
  );
  await team.sync();
  await until(
    async () =>
      (
        await stack.psql("select 1 from channels where connection_id = $1 and state = 'open'", [
          team.connectionId,
        ])
      ).length === 1,
  );
});
