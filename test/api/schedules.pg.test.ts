import { afterAll, beforeAll, expect, test } from "vitest";
import { type Company, meeting, send, startApi, type TestApi } from "./harness.ts";

let api: TestApi;
let company: Company;

beforeAll(async () => {
  api = await startApi();
  company = await api.company();
});
afterAll(() => api.stop());

const make = (more: object) =>
  send(api, "POST", "/api/schedules", {
    key: company.keys.admin,
    body: { connectionId: company.connectionId, ...more },
  });

test("a cadence that Temporal would refuse is refused at once, with what is wrong with it", async () => {
  const answer = await make({ cadence: { cron: "61 * * * *" } });
  expect(answer.status).toBe(400);
  expect(answer.body["errors"]).toEqual([
    {
      in: "body",
      pointer: "/cadence/cron",
      message: 'has no minute from 0 to 59 in "61"',
    },
  ]);
  expect(await api.sql("select 1 from schedules")).toEqual([]);
});

test("a cadence of no form is pointed at as a whole", async () => {
  const answer = await make({ cadence: {} });
  expect(answer.body["errors"]).toMatchObject([{ pointer: "/cadence" }]);
});

test("a zone is kept in its own case, however it was sent", async () => {
  const answer = await make({ cadence: { everyMinutes: 60 }, zone: "europe/amsterdam" });
  expect([answer.status, answer.body["zone"]]).toEqual([201, "Europe/Amsterdam"]);
  const event = await send(api, "POST", "/api/events", {
    key: company.keys.member,
    body: { ...meeting, timeZone: "asia/HO_CHI_MINH" },
  });
  expect(event.body["event"]).toMatchObject({ timeZone: "Asia/Ho_Chi_Minh" });
});
