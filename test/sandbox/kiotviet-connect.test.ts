import { afterAll, beforeEach, expect, test } from "vitest";
import { askToken, callAs, DEMO, type Running, start } from "./kiotviet-client.ts";

const HOUR_MS = 3_600_000;

let now: Running;
const opened: Running[] = [];
beforeEach(async () => opened.push((now = await start())));
afterAll(() => Promise.all(opened.map(({ listening }) => listening.close())));

const clock = (offsetMs: number) =>
  fetch(`${now.url}/sandbox/clock`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ offsetMs }),
  });
const refused = (errorCode: string) => ({
  responseStatus: { errorCode, message: expect.any(String), errors: [] },
});

test("a token is given for a day, for scopes in the plural and nothing else", async () => {
  expect(await askToken(now.url, DEMO)).toMatchObject({
    status: 200,
    body: { access_token: expect.any(String), expires_in: 86_400, token_type: "Bearer" },
  });
  const { scopes, ...rest } = DEMO;
  expect(await askToken(now.url, { ...rest, scope: scopes })).toMatchObject({
    status: 400,
    body: { error: "invalid_scope" },
  });
});

test("wrong credentials, another grant and a body of JSON are each refused", async () => {
  const errors = [];
  for (const wrong of [
    { client_secret: "other" },
    { client_id: "nobody" },
    { grant_type: "password" },
    { scopes: "Everything" },
  ])
    errors.push((await askToken(now.url, { ...DEMO, ...wrong })).body);
  const json = await fetch(`${now.url}/kiotviet/connect/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(DEMO),
  });
  expect([...errors, await json.json()]).toEqual([
    { error: "invalid_client" },
    { error: "invalid_client" },
    { error: "unsupported_grant_type" },
    { error: "invalid_scope" },
    { error: "invalid_request" },
  ]);
  expect(json.status).toBe(400);
});

test("a token works for a day by the sandbox's clock", async () => {
  await clock(24 * HOUR_MS - 60_000);
  expect((await now.call("GET", "/branches")).status).toBe(200);
  await clock(24 * HOUR_MS + 60_000);
  expect(await now.call("GET", "/branches")).toMatchObject({
    status: 401,
    body: { responseStatus: { errorCode: "TokenException", message: "Token is invalid" } },
  });
});

test("tokens end before their time when they are made to, and a new one works", async () => {
  await now.control("POST", "/tokens/expire");
  expect(await now.call("GET", "/branches")).toMatchObject({
    status: 401,
    body: refused("TokenException"),
  });
  now.token = (await askToken(now.url, DEMO)).body.access_token;
  expect((await now.call("GET", "/branches")).status).toBe(200);
});

test("a call without the shop's name, or with another's, is refused", async () => {
  for (const retailer of ["", "other-shop"])
    expect(await callAs({ ...now, retailer }, "GET", "/branches")).toMatchObject({
      status: 403,
      body: refused("ForbiddenException"),
    });
});

test("shops know nothing of each other", async () => {
  const other = await now.control("POST", "/shops", { retailer: "other-shop" });
  expect(other).toMatchObject({ retailerId: 501, clientId: "other-shop-client" });
  const { body } = await askToken(now.url, {
    ...DEMO,
    client_id: other.clientId,
    client_secret: other.clientSecret,
  });
  const call = callAs.bind(undefined, { ...now, token: body.access_token, retailer: "other-shop" });
  await now.call("POST", "/products", { name: "Trà sen" });
  expect((await call("GET", "/products")).body.total).toBe(0);
  expect((await call("POST", "/products", { name: "Trà lài" })).body.id).toBe(9001);
  expect((await now.get("/products")).data).toMatchObject([{ name: "Trà sen", retailerId: 500 }]);
});

test("a new secret ends the access of whoever had the old one", async () => {
  await now.control("POST", "/shops/demo-shop/secret", { clientSecret: "new" });
  expect((await now.call("GET", "/branches")).status).toBe(401);
  expect((await askToken(now.url, DEMO)).body).toEqual({ error: "invalid_client" });
  expect((await askToken(now.url, { ...DEMO, client_secret: "new" })).status).toBe(200);
});

test("GETs beyond the limit of an hour are refused until the hour has moved on; writes are not", async () => {
  await now.control("POST", "/settings", { getsPerHour: 3 });
  for (let at = 0; at < 3; at += 1) expect((await now.call("GET", "/branches")).status).toBe(200);
  const { status, body, headers } = await now.call("GET", "/branches");
  expect([status, body, headers.get("retry-after")]).toEqual([
    429,
    refused("TooManyRequestsException"),
    null,
  ]);
  expect((await now.call("POST", "/products", { name: "Trà sen" })).status).toBe(200);
  await now.control("POST", "/settings", { sendRetryAfter: true });
  const wait = Number((await now.call("GET", "/branches")).headers.get("retry-after"));
  expect(wait).toBeGreaterThan(3500);
  expect(wait).toBeLessThanOrEqual(3600);
  await clock(HOUR_MS + 1000);
  expect((await now.call("GET", "/branches")).status).toBe(200);
});

test("what is not there is not found, in the same shape", async () => {
  for (const path of [
    "/nothing",
    "/products/1",
    "/products/x",
    "/categories/1",
    "/products/code/x",
  ])
    expect(await now.call("GET", path)).toMatchObject({
      status: 404,
      body: refused("NotFoundException"),
    });
});

test("faults are worded as KiotViet words them, and a gateway's page is a page", async () => {
  const fault = (rule: object) =>
    fetch(`${now.url}/sandbox/faults`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ match: { path: "/kiotviet/" }, ...rule }),
    });
  await fault({ status: 503 });
  expect(await now.call("GET", "/branches")).toMatchObject({
    status: 503,
    body: refused("Exception"),
  });
  await fault({ status: 401 });
  expect((await now.call("GET", "/branches")).body).toEqual(refused("TokenException"));
  await fault({ status: 400 });
  expect((await askToken(now.url, DEMO)).body).toEqual({ error: "invalid_client" });
  await fault({ kind: "body", body: "html", status: 502 });
  expect((await now.call("GET", "/branches")).body).toContain("<html>");
  await fault({ kind: "body", body: "empty" });
  expect(await now.call("GET", "/branches")).toMatchObject({ status: 200, body: "" });
  await fault({ kind: "body", body: "empty-list", phase: "after" });
  expect(await now.get("/branches")).toMatchObject({ data: [], total: 1 });
});

test("a fault strikes one shop alone where a header says so", async () => {
  const fault = (retailer: string) =>
    fetch(`${now.url}/sandbox/faults`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ match: { headers: { Retailer: retailer } }, status: 502 }),
    });
  await fault("another-shop");
  expect((await now.call("GET", "/branches")).status).toBe(200);
  await fault("demo-shop");
  expect((await now.call("GET", "/branches")).status).toBe(502);
});

test("the demo shop is there after a reset, with nothing in it", async () => {
  await now.call("POST", "/products", { name: "Trà sen" });
  await fetch(`${now.url}/sandbox/reset`, { method: "POST" });
  now.token = (await askToken(now.url, DEMO)).body.access_token;
  expect((await now.get("/products")).total).toBe(0);
  expect(await now.log()).toEqual([]);
});
