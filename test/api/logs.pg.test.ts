import pino from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLog } from "../../log.ts";
import { type Company, meeting, send, startApi, type TestApi } from "./harness.ts";

let api: TestApi;
let company: Company;
let lines = "";

beforeAll(async () => {
  // The real logger's serializers and redaction, written where the test can read.
  const real = createLog("test", "trace");
  const log = pino(
    { level: "trace", serializers: real[pino.symbols.serializersSym as never] },
    { write: (line: string) => void (lines += line) },
  );
  api = await startApi({ log });
  company = await api.company();
});
afterAll(() => api.stop());

test("no key, token, consent or text of an event is in the log", async () => {
  const key = company.keys.owner;
  await send(api, "POST", "/api/events", {
    key,
    body: { ...meeting, title: "planted title", notes: "planted notes" },
  });
  await send(api, "GET", "/api/events?cursor=planted", { key });
  await send(api, "GET", "/api/oauth/google/callback?state=planted&code=planted");
  await send(api, "POST", "/api/connections", {
    key,
    body: {
      provider: "google-calendar",
      calendarId: company.calendarId,
      remoteCalendarId: "x",
      credentials: { accessToken: "planted", expiresAt: "2030-01-01T00:00:00Z" },
    },
  });
  await send(api, "POST", "/api/events", { key: "planted-wrong-key", body: meeting });
  expect(lines).toContain('"path":"/api/oauth/google/callback"');
  expect(lines).not.toMatch(/planted/);
  expect(lines).not.toContain(key);
});

test("an unexpected error tells the caller nothing, and the log its place", async () => {
  const broken = await startApi({
    log: api.deps.log,
    frontDoor: { ...api.deps.frontDoor, ringIn: () => Promise.reject(new Error("planted inside")) },
  });
  const own = await broken.company();
  const answer = await send(broken, "POST", "/api/events", { key: own.keys.owner, body: meeting });
  expect([answer.status, answer.body["code"]]).toEqual([500, "internal"]);
  expect(answer.text).not.toMatch(/planted|at .*\.ts/);
  expect(await broken.sql("select count(*)::int as n from events")).toEqual([{ n: 0 }]);
  expect(lines).toContain(String(answer.headers.get("x-request-id")));
  await broken.stop();
});
