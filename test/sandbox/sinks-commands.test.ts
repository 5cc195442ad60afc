import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Running, start } from "./sinks-client.ts";

const SECRET = "invented-signing-secret";

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Sent {
  readonly id: string;
  readonly answer: { status: number | null; body: string; error?: string; shown: object };
}

let now: Running;
let product: Server;
let url: string;
let received: Received[];
let reply: { status: number; body: string } | undefined;

beforeEach(async () => {
  now = await start();
  received = [];
  reply = { status: 200, body: "" };
  product = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, headers } = request;
      received.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      if (reply !== undefined) response.writeHead(reply.status).end(reply.body);
    });
  });
  await new Promise<void>((resolve) => product.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(product.address() as AddressInfo).port}/slack/commands`;
});

afterEach(async () => {
  product.closeAllConnections();
  product.close();
  await now.listening.close();
});

const command = (more: object = {}): Promise<Sent> =>
  now.control("POST", "/slack/command", { url, secret: SECRET, text: "status", ...more });

const signatureOf = ({ headers, body }: Received): string =>
  `v0=${createHmac("sha256", SECRET)
    .update(`v0:${String(headers["x-slack-request-timestamp"])}:${body}`)
    .digest("hex")}`;

const first = (): Received => received[0] as Received;
const responseUrl = (): string =>
  new URL(new URLSearchParams(first().body).get("response_url") ?? "").pathname.replace(
    "/sinks",
    "",
  );

test("a command is a form, signed over its bytes with the time of now", async () => {
  await command({ command: "/sync", text: "pause “Team” & more", user_name: "bart" });
  const { headers, body, method } = first();
  expect(method).toBe("POST");
  expect(headers["content-type"]).toBe("application/x-www-form-urlencoded");
  expect(headers["x-slack-signature"]).toBe(signatureOf(first()));
  const age = Date.now() / 1000 - Number(headers["x-slack-request-timestamp"]);
  expect(Math.abs(age)).toBeLessThan(5);
  expect(Object.fromEntries(new URLSearchParams(body))).toMatchObject({
    token: expect.any(String),
    command: "/sync",
    text: "pause “Team” & more",
    user_name: "bart",
    trigger_id: expect.any(String),
    response_url: expect.stringContaining(`${now.url}/sinks/slack/commands/`),
  });
  expect(body).not.toContain(SECRET);
});

test("signatures can be wrong, old, missing or anything", async () => {
  await command({ signature: "wrong" });
  expect(received[0]?.headers["x-slack-signature"]).toMatch(/^v0=[0-9a-f]{64}$/);
  expect(received[0]?.headers["x-slack-signature"]).not.toBe(signatureOf(first()));
  const timestamp = Math.floor(Date.now() / 1000) - 301;
  await command({ timestamp });
  const old = received[1] as Received;
  expect(old.headers["x-slack-request-timestamp"]).toBe(String(timestamp));
  expect(old.headers["x-slack-signature"]).toBe(signatureOf(old));
  await command({ signature: null });
  expect(received[2]?.headers["x-slack-signature"]).toBeUndefined();
  await command({ signature: "v0=none" });
  expect(received[3]?.headers["x-slack-signature"]).toBe("v0=none");
});

test("what came back is told, and what the user would see", async () => {
  expect((await command()).answer).toMatchObject({ status: 200, shown: { as: "nothing" } });
  reply = { status: 200, body: "All is well" };
  expect((await command()).answer.shown).toEqual({ as: "ephemeral", text: "All is well" });
  reply = { status: 200, body: '{"text":"Two failed"}' };
  expect((await command()).answer.shown).toEqual({ as: "ephemeral", text: "Two failed" });
  reply = { status: 200, body: '{"response_type":"in_channel","text":"Two failed"}' };
  expect((await command()).answer.shown).toEqual({ as: "in_channel", text: "Two failed" });
  reply = { status: 401, body: "no" };
  expect((await command()).answer).toMatchObject({
    status: 401,
    body: "no",
    shown: { as: "error" },
  });
});

test("an answer after three seconds is none", async () => {
  reply = undefined;
  const started = Date.now();
  const { answer } = await command();
  expect(Date.now() - started).toBeGreaterThanOrEqual(2900);
  expect(answer).toMatchObject({
    status: null,
    error: "operation_timeout",
    shown: { as: "error" },
  });
});

test("the very same request is sent again", async () => {
  const { id } = await command();
  await now.control("POST", `/slack/command/${id}/replay`);
  const [one, other] = received;
  expect(other?.body).toBe(one?.body);
  for (const name of ["x-slack-signature", "x-slack-request-timestamp"])
    expect(other?.headers[name]).toBe(one?.headers[name]);
  await expect(now.control("POST", "/slack/command/99/replay")).rejects.toThrow("404");
});

test("Slack asks whether the address is alive", async () => {
  await command({ sslCheck: "GET" });
  await command({ sslCheck: "POST" });
  expect(received[0]).toMatchObject({ method: "GET", url: "/slack/commands?ssl_check=1" });
  expect(new URLSearchParams(received[1]?.body).get("ssl_check")).toBe("1");
});

test("five later answers are taken and the sixth is refused", async () => {
  await command();
  expect((await now.send(responseUrl(), "{")).status).toBe(400);
  for (let turn = 1; turn <= 5; turn += 1)
    expect((await now.send(responseUrl(), { text: `${turn}` })).text).toBe("ok");
  const sixth = await now.send(responseUrl(), { text: "6" });
  expect([sixth.status, JSON.parse(sixth.text).error]).toEqual([404, "used_url"]);
  const taken = await now.messages("?sink=slack&accepted=true");
  expect(taken.map(({ via, content }) => `${via} ${content["text"]}`)).toEqual(
    [1, 2, 3, 4, 5].map((turn) => `response_url ${turn}`),
  );
});

test("later answers are taken for thirty minutes of the sandbox's clock", async () => {
  await command();
  await now.shiftClock(29 * 60_000);
  expect((await now.send(responseUrl(), { delete_original: true })).status).toBe(200);
  await now.shiftClock(31 * 60_000);
  const late = await now.send(responseUrl(), { text: "late" });
  expect([late.status, JSON.parse(late.text).error]).toEqual([404, "expired_url"]);
  const other = await now.send(`${responseUrl()}0`, { text: "guessed" });
  expect(other.status).toBe(404);
});
