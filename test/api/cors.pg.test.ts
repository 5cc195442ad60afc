import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Company, send, startApi, type TestApi } from "./harness.ts";

const known = "https://app.example.test";
const stranger = "https://evil.example.test";

let api: TestApi;
let company: Company;

beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  company = await api.company();
  api.rings.length = 0;
});
afterAll(() => api.stop());

/** What a browser asks before it sends a POST with a key. */
const preflight = (origin: string, headers = "authorization,content-type,idempotency-key") =>
  send(api, "OPTIONS", "/api/sync", {
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": headers,
    },
  });
const sync = (origin: string, key: string | undefined = company.keys.member) =>
  send(api, "POST", "/api/sync", {
    key,
    body: { connectionId: company.connectionId },
    headers: { origin },
  });

test("a browser of an origin on the list may start a sync with its key", async () => {
  const { status, headers } = await preflight(known);
  expect([status, headers.get("access-control-allow-origin")]).toEqual([204, known]);
  expect(headers.get("access-control-allow-methods")?.split(", ")).toContain("POST");
  const allowed = headers.get("access-control-allow-headers")?.toLowerCase().split(", ");
  expect(allowed).toEqual(
    expect.arrayContaining(["authorization", "content-type", "idempotency-key"]),
  );
  expect(headers.get("vary")).toContain("Origin");
  const answer = await sync(known);
  expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([202, known]);
  expect(answer.headers.get("access-control-expose-headers")).toContain("Location");
  expect(api.rings).toMatchObject([{ trigger: "api", by: "member" }]);
});

test.each([stranger, "null", `${known}.evil.test`, `${known}:8443`, "http://app.example.test"])(
  "one of %s is told nothing that lets it go on",
  async (origin) => {
    const { status, headers } = await preflight(origin);
    expect(status).toBe(204);
    const answer = await sync(origin, undefined);
    for (const told of [headers, answer.headers]) {
      expect(told.get("access-control-allow-origin")).toBeNull();
      expect(told.get("access-control-allow-headers")).toBeNull();
    }
  },
);

test("no cookie is ever asked for, and a refusal can be read by who may", async () => {
  const refused = await sync(known, "no-such-key");
  expect(refused.status).toBe(401);
  expect(refused.headers.get("access-control-allow-origin")).toBe(known);
  for (const { headers } of [refused, await preflight(known)])
    expect(headers.get("access-control-allow-credentials")).toBeNull();
});
