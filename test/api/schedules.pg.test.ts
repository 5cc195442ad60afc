import { afterAll, beforeAll, describe, expect, test } from "vitest";
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

describe("a schedule", () => {
  test("is for every hour, every so many hours, several times a day, or by cron; a connection may have several", async () => {
    for (const cadence of [
      { everyHours: 1 },
      { everyHours: 168 },
      { dailyAt: ["06:00", "12:30", "18:00"] },
      { cron: "0 7 * * 1-5" },
    ])
      expect(await make({ cadence })).toMatchObject({ status: 201, body: { cadence } });
    for (const cadence of [{ everyHours: 0 }, { everyHours: 169 }, { everyHours: 1.5 }])
      expect((await make({ cadence })).status).toBe(400);
  });

  test("is for some streams, which the connection must have", async () => {
    const answer = await make({ cadence: { everyHours: 4 }, streams: ["events"] });
    expect([answer.status, answer.body["streams"]]).toEqual([201, ["events"]]);
    expect(
      (await make({ cadence: { everyHours: 4 }, streams: ["moons"] })).body["errors"],
    ).toMatchObject([{ pointer: "/streams/0" }]);
    const change = (body: object) =>
      send(api, "PATCH", `/api/schedules/${String(answer.body["id"])}`, {
        key: company.keys.admin,
        body,
      });
    expect((await change({ streams: ["moons"] })).status).toBe(400);
    expect((await change({ streams: [] })).body).toMatchObject({ streams: [] });
  });

  test("shows its next run as Temporal last said, none while it is paused, and its last", async () => {
    const { body } = await make({ cadence: { everyHours: 6 } });
    expect(body).toMatchObject({ nextRunAt: "2026-01-01T00:00:00.000Z", lastRunAt: null });
    const path = `/api/schedules/${String(body["id"])}`;
    const change = async (patch: object) =>
      (await send(api, "PATCH", path, { key: company.keys.admin, body: patch })).body;
    expect(await change({ enabled: false, pausedReason: "moving" })).toMatchObject({
      nextRunAt: null,
      pausedReason: "moving",
    });
    expect(await change({ enabled: true })).toMatchObject({
      nextRunAt: "2026-01-01T00:00:00.000Z",
      pausedReason: null,
    });
    await api.sql("update schedules set last_run_at = '2025-12-31T18:00:00Z' where id = $1", [
      body["id"],
    ]);
    expect((await send(api, "GET", path, { key: company.keys.member })).body).toMatchObject({
      lastRunAt: "2025-12-31T18:00:00.000Z",
    });
  });
});
