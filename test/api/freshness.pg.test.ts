import { afterAll, beforeAll, expect, test } from "vitest";
import { type Company, send, startApi, type TestApi } from "./harness.ts";

let api: TestApi;
let company: Company;
beforeAll(async () => {
  api = await startApi();
  company = await api.company();
});
afterAll(() => api.stop());

const patch = (body: object) =>
  send(api, "PATCH", `/api/connections/${company.connectionId}`, { key: company.keys.admin, body });

test("a connection is late when its own target is missed, and the target can be taken back", async () => {
  await api.sql(
    "update connections set last_complete_pass_at = now() - interval '40 minutes' where id = $1",
    [company.connectionId],
  );
  expect((await patch({})).body).toMatchObject({ fresh: false, freshnessTargetMs: null });
  expect((await patch({ freshnessTargetMs: 3_600_000 })).body).toMatchObject({
    fresh: true,
    freshnessTargetMs: 3_600_000,
  });
  expect((await patch({ freshnessTargetMs: null })).body).toMatchObject({ fresh: false });
});

test("a target that no poll can meet is refused, from either side", async () => {
  for (const body of [{ freshnessTargetMs: 60_000 }, { freshnessTargetMs: 1 }])
    expect((await patch(body)).status).toBe(400);
  expect((await patch({ freshnessTargetMs: 120_000, pollIntervalMs: 60_000 })).status).toBe(200);
  expect((await patch({ pollIntervalMs: 600_000 })).body).toMatchObject({
    errors: [{ pointer: "/freshnessTargetMs" }],
  });
});
