import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ring, takeRings, type Trigger } from "../../db/rings.ts";
import { type Company, startApi, type TestApi } from "../api/harness.ts";

let api: TestApi;
let company: Company;

beforeAll(async () => {
  api = await startApi();
  company = await api.company();
});
afterAll(() => api.stop());

type Asked = [trigger: Trigger, by: string, streams?: string[]];

/** The session that serves all of these rings, as the list has it. */
async function sessionOf(...asked: Asked[]): Promise<unknown[]> {
  const connectionId = randomUUID();
  await api.sql(
    `insert into connections (id, company_id, calendar_id, provider, settings, grant_state)
     values ($1, $2, $3, 'google-calendar', '{"calendarId":"x"}', 'ok')`,
    [connectionId, company.id, company.calendarId],
  );
  const of = { companyId: company.id, connectionId };
  for (const [trigger, by, streams = []] of asked)
    await api.database.withCompany(company.id, (tx) => ring(tx, { ...of, trigger, by, streams }));
  return api.sql(
    "select trigger, triggered_by, streams from sync_sessions where connection_id = $1",
    [connectionId],
  );
}

test.each<[string, Asked[], Trigger, string]>([
  ["the first ring's", [["schedule", "system"]], "schedule", "system"],
  [
    "the first of the system's",
    [
      ["webhook", "system"],
      ["schedule", "system"],
    ],
    "webhook",
    "system",
  ],
  [
    "a person's, who asks as well",
    [
      ["webhook", "system"],
      ["slack", "slack:U1"],
    ],
    "slack",
    "slack:U1",
  ],
  [
    "the first person's",
    [
      ["manual", "anna"],
      ["api", "partner"],
    ],
    "manual",
    "anna",
  ],
  [
    "a person's, whatever the system asks afterwards",
    [
      ["slack", "slack:U1"],
      ["follow-up", "system", ["items"]],
    ],
    "slack",
    "slack:U1",
  ],
])("a session that waits is %s", async (_whose, asked, trigger, triggered_by) => {
  expect(await sessionOf(...asked)).toMatchObject([{ trigger, triggered_by }]);
});

test("what it reads adds up as before", async () => {
  const [session] = await sessionOf(["schedule", "system", ["a"]], ["manual", "anna", ["b", "a"]]);
  expect(session).toEqual({ trigger: "manual", triggered_by: "anna", streams: ["a", "b"] });
});

test("a session that has begun stays whose it is", async () => {
  const { connectionId, id } = company;
  const of = { companyId: id, connectionId };
  const begun = await api.database.withCompany(id, async (tx) => {
    await ring(tx, { ...of, trigger: "schedule", by: "system" });
    return takeRings(tx, connectionId);
  });
  const next = await api.database.withCompany(id, (tx) =>
    ring(tx, { ...of, trigger: "slack", by: "slack:U1" }),
  );
  expect(next.sessionId).not.toBe(begun?.sessionId);
  const rows = await api.sql(
    "select id, triggered_by from sync_sessions where connection_id = $1 order by created_at",
    [connectionId],
  );
  expect(rows).toEqual([
    { id: begun?.sessionId, triggered_by: "system" },
    { id: next.sessionId, triggered_by: "slack:U1" },
  ]);
});
