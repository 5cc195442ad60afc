import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HOLIDAYS, refusal, type Running, start, TEAM, timed, until } from "./sandbox-client.ts";

interface Message {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let running: Running;
let receiver: Server;
let address: string;
let messages: Message[];
let status: number;

beforeEach(async () => {
  running = await start();
  messages = [];
  status = 200;
  receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += String(part)));
    request.on("end", () => {
      messages.push({ headers: request.headers, body });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});
afterEach(async () => {
  await running.listening.close();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

const watch = async (id: string, body: object = {}) =>
  (
    await running.api.events.watch({
      calendarId: TEAM,
      requestBody: { id, type: "web_hook", address, token: "secret=1", ...body },
    })
  ).data;
const edit = () =>
  running.api.events.insert({
    calendarId: TEAM,
    requestBody: { summary: "x", ...timed("2026-03-02") },
  });
const states = (): unknown[] => messages.map(({ headers }) => headers["x-goog-resource-state"]);
const settle = () => new Promise((resolve) => setTimeout(resolve, 120));

test("the sync message arrives before the watch call is answered, changes after it", async () => {
  const channel = await watch("ch-1");
  expect(states()).toEqual(["sync"]);
  expect(messages[0]?.headers).toMatchObject({
    "x-goog-channel-id": "ch-1",
    "x-goog-message-number": "1",
    "x-goog-resource-id": channel.resourceId,
    "x-goog-channel-token": "secret=1",
    "x-goog-resource-uri": channel.resourceUri,
    "content-length": "0",
  });
  expect(messages[0]?.headers["user-agent"]).toMatch(/^APIs-Google/);
  expect(typeof channel.expiration).toBe("string");
  // Long enough for three edits to be one change, however slow the machine is.
  await running.control("POST", "/settings", { pushDelayMs: 500 });
  await Promise.all([edit(), edit(), edit()]);
  await until(() => messages.length >= 2);
  await settle();
  expect(states()).toEqual(["sync", "exists"]);
  expect(messages[1]?.body).toBe("");
});

test("a server error is tried again, any other refusal loses the message", async () => {
  await running.control("POST", "/settings", { pushRetryMs: 20, pushAttempts: 2 });
  await watch("ch-1");
  status = 503;
  await edit();
  await until(() => messages.length >= 3);
  expect(messages[2]?.headers["x-goog-message-number"]).toBe(
    messages[1]?.headers["x-goog-message-number"],
  );
  const before = messages.length;
  status = 404;
  await edit();
  await until(() => messages.length > before);
  await settle();
  expect(messages.length).toBe(before + 1);
});

test("messages can be dropped, doubled, and held until released", async () => {
  await watch("ch-1");
  await running.control("POST", "/notifications", { mode: "drop", times: 1 });
  await edit();
  await settle();
  expect(messages).toHaveLength(1);
  await running.control("POST", "/notifications", { mode: "duplicate", times: 1 });
  await edit();
  await settle();
  expect(messages).toHaveLength(3);
  await running.control("POST", "/notifications", { mode: "hold" });
  await edit();
  await settle();
  expect(messages).toHaveLength(3);
  await running.control("POST", "/notifications", { mode: "release" });
  await until(() => messages.length === 4);
});

test("a stopped channel is silent, save for a stray message", async () => {
  const { resourceId = "" } = await watch("ch-1");
  expect(
    await refusal(running.api.channels.stop({ requestBody: { id: "ch-1", resourceId: "wrong" } })),
  ).toMatchObject({ status: 404 });
  const answer = await running.api.channels.stop({ requestBody: { id: "ch-1", resourceId } });
  expect(answer.status).toBe(204);
  await edit();
  await settle();
  expect(messages).toHaveLength(1);
  await running.control("POST", "/notifications/send", { channelId: "ch-1", address });
  expect(messages).toHaveLength(2);
});

test("an expired channel is silent", async () => {
  await watch("ch-1", { params: { ttl: "60" } });
  await running.control("POST", "/clock", { offsetMs: 61_000 });
  await running.control("POST", `/google/calendars/${encodeURIComponent(TEAM)}/events`, {
    summary: "x",
    ...timed("2026-03-02"),
  });
  await settle();
  expect(messages).toHaveLength(1);
  expect(await running.control("GET", "/channels")).toEqual({ channels: [] });
});

test("what cannot be watched is refused", async () => {
  const request = { id: "ch-1", type: "web_hook", address };
  const on = (calendarId: string, requestBody: object) =>
    running.api.events.watch({ calendarId, requestBody });
  expect(await refusal(on(HOLIDAYS, request))).toMatchObject({
    status: 400,
    reason: "pushNotSupportedForRequestedResource",
  });
  expect(
    await refusal(on(TEAM, { ...request, address: "http://hooks.example.test/" })),
  ).toMatchObject({ status: 400, reason: "push.webhookUrlNotHttps" });
  await on(TEAM, request);
  expect(await refusal(on(TEAM, request))).toMatchObject({
    status: 400,
    reason: "channelIdNotUnique",
  });
});
