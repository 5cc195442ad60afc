import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { verifyWebhookSignature } from "@notionhq/client";
import { afterAll, beforeEach, expect, test } from "vitest";
import { until } from "../support/until.ts";
import { change, make, type Running, start, title } from "./notion-client.ts";

interface Received {
  readonly text: string;
  readonly signature: string;
  readonly event: {
    id: string;
    type: string;
    timestamp: string;
    verification_token?: string;
    attempt_number: number;
    entity: { id: string; type: string };
    authors: { id: string; type: string }[];
    data: { parent: object; updated_properties?: unknown[] };
  };
}

interface Listener {
  readonly url: string;
  readonly received: Received[];
  readonly server: Server;
  status: number;
}

async function listener(): Promise<Listener> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => (text += String(part)));
    request.on("end", () => {
      const signature = String(request.headers["x-notion-signature"]);
      received.push({ text, signature, event: JSON.parse(text) as Received["event"] });
      response.writeHead(here.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  const here = { url, received, server, status: 200 };
  return here;
}

let now: Running;
let there: Listener;
const opened: { close: () => unknown }[] = [];
beforeEach(async () => {
  now = await start();
  there = await listener();
  opened.push(now.listening, there.server);
});
afterAll(() => Promise.all(opened.map((one) => one.close())));

const types = () => there.received.slice(1).map(({ event }) => event.type);
const received = (count: number) =>
  until(() => Promise.resolve(there.received.length > count), 5000);

test("a new subscription is sent the token with which everything is signed", async () => {
  const { verificationToken, handshakeStatus } = await now.notion.subscribe(there.url);
  expect(handshakeStatus).toBe(200);
  const [handshake] = there.received;
  expect(handshake?.event).toEqual({ verification_token: verificationToken });
  await make(now, { Name: title("a") });
  await received(1);
  for (const { text: body, signature } of there.received)
    expect(await verifyWebhookSignature({ body, signature, verificationToken })).toBe(true);
});

test("an event says what happened to which page and who did it, and nothing of its content", async () => {
  await now.notion.subscribe(there.url, ["page.properties_updated"]);
  const page = await make(now, { Name: title("secret") });
  await change(now, page.id, { Seats: { number: 3 } });
  await received(1);
  const [, sent] = there.received;
  expect(sent?.event).toMatchObject({
    type: "page.properties_updated",
    entity: { id: page.id, type: "page" },
    authors: [{ id: now.botId, type: "bot" }],
    data: {
      parent: { id: now.database.id, type: "database", data_source_id: now.table },
      updated_properties: [page.properties["Seats"]?.id],
    },
  });
  expect(sent?.text).not.toContain("secret");
});

test("changes of one kind within a moment make one event, of all their authors", async () => {
  await now.notion.subscribe(there.url, ["page.properties_updated"]);
  await now.notion.settings({ webhookDelayMs: 150 });
  const { id } = await make(now, {});
  await change(now, id, { Seats: { number: 3 } });
  await now.notion.edit(id, { Done: { checkbox: true } });
  await received(1);
  const [, sent] = there.received;
  expect(sent?.event.authors.map(({ type }) => type)).toEqual(["bot", "person"]);
  expect(sent?.event.data.updated_properties).toHaveLength(2);
  expect(types()).toHaveLength(1);
});

test("the life of a page and of a table's columns is told", async () => {
  await now.notion.subscribe(there.url);
  const { id } = await make(now, {});
  await now.notion.trash(id);
  await now.notion.restore(id);
  await now.notion.schema(now.table, { Extra: "number" });
  await received(4);
  expect(types().sort()).toEqual([
    "data_source.schema_updated",
    "page.created",
    "page.deleted",
    "page.undeleted",
  ]);
  const schema = there.received.find(({ event }) => event.type === "data_source.schema_updated");
  expect(schema?.event.data.updated_properties).toMatchObject([
    { name: "Extra", action: "created" },
  ]);
});

test("an event can come late, after one of a later change", async () => {
  await now.notion.subscribe(there.url);
  await now.notion.webhooks({ mode: "normal", delayMs: 200, times: 1 });
  const { id } = await make(now, {});
  await new Promise((resolve) => setTimeout(resolve, 60));
  await now.notion.trash(id);
  await received(2);
  expect(types()).toEqual(["page.deleted", "page.created"]);
});

test("events can be lost, doubled and held back", async () => {
  await now.notion.subscribe(there.url);
  await now.notion.webhooks({ mode: "drop", times: 1 });
  const { id } = await make(now, {});
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(types()).toEqual([]);
  await now.notion.webhooks({ mode: "duplicate", times: 1 });
  await now.notion.trash(id);
  await received(2);
  expect(new Set(there.received.slice(1).map(({ event }) => event.id)).size).toBe(1);
  await now.notion.webhooks({ mode: "hold" });
  await now.notion.restore(id);
  await new Promise((resolve) => setTimeout(resolve, 60));
  await now.notion.edit(id, { Seats: { number: 1 } });
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(types()).toHaveLength(2);
  await now.notion.webhooks({ mode: "release" });
  await received(4);
  expect(types().slice(2).sort()).toEqual(["page.properties_updated", "page.undeleted"]);
});

test("a wrong signature is a wrong signature", async () => {
  const { verificationToken } = await now.notion.subscribe(there.url);
  await now.notion.webhooks({ mode: "wrongSignature" });
  await make(now, {});
  await received(1);
  const [, sent] = there.received;
  expect(
    await verifyWebhookSignature({
      body: sent?.text ?? "",
      signature: sent?.signature ?? "",
      verificationToken,
    }),
  ).toBe(false);
});

test("an event that is not taken is sent again, under the same id", async () => {
  await now.notion.subscribe(there.url);
  await now.notion.settings({ webhookRetryMs: 10 });
  there.status = 503;
  await make(now, {});
  await received(2);
  there.status = 200;
  const [, first, second] = there.received;
  expect([first?.event.attempt_number, second?.event.attempt_number]).toEqual([1, 2]);
  expect(first?.event.id).toBe(second?.event.id);
});
