import { createHmac } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { controlOf } from "./sandbox-client.ts";
import { type Answer, type Running, start } from "./sinks-client.ts";

const KEY = Buffer.from("an invented key of 32 bytes.....");
const SECRET = `whsec_${KEY.toString("base64")}`;
const SLACK = "/slack/services/T1/B1/invented";

let now: Running;
beforeEach(async () => void (now = await start()));
afterEach(() => now.listening.close());

const signed = (body: string, seconds = Math.floor(Date.now() / 1000)): Record<string, string> => {
  const mac = createHmac("sha256", KEY).update(`msg_1.${seconds}.${body}`).digest("base64");
  return {
    "webhook-id": "msg_1",
    "webhook-timestamp": String(seconds),
    "webhook-signature": `v1,${mac}`,
  };
};

const post = (body: string, headers?: Record<string, string>): Promise<Answer> =>
  now.send("/webhook/alerts", body, headers);

test("a webhook keeps headers and the body to the letter", async () => {
  const body = '{ "event":  "run.failed" }\n';
  expect((await post(body, { "x-run": "42" })).status).toBe(200);
  expect(await now.messages("?sink=webhook")).toMatchObject([
    { address: "alerts", content: { body, headers: { "x-run": "42" }, signature: "not checked" } },
  ]);
});

test("signatures are checked once the secret is known", async () => {
  await now.control("POST", "/webhook/secret", { name: "alerts", secret: SECRET });
  const right = signed("{}");
  const both = `v1,AAAA ${right["webhook-signature"]}`;
  expect((await post("{}", right)).status).toBe(200);
  expect((await post("{}", { ...right, "webhook-signature": both })).status).toBe(200);
  const long = Math.floor(Date.now() / 1000) - 301;
  for (const headers of [
    {},
    signed("{ }"),
    { ...right, "webhook-id": "msg_2" },
    { ...right, "webhook-signature": both.replaceAll("v1,", "v2,") },
    signed("{}", long),
  ])
    expect((await post("{}", headers)).status).toBe(401);
  const verdicts = (await now.messages()).map(({ content }) => content["signature"]);
  expect(verdicts).toEqual(["valid", "valid", "unsigned", "wrong", "wrong", "wrong", "too old"]);
  expect((await now.send("/webhook/other", "{}")).status).toBe(200);
  await now.control("POST", "/webhook/secret", { name: "alerts", secret: null });
  expect((await post("{}")).status).toBe(200);
});

test("a webhook fails on demand", async () => {
  await now.trouble({ sink: "webhook", kind: "gone" });
  await now.trouble({ sink: "webhook", status: 429, retryAfter: 3 });
  expect((await post("{}")).status).toBe(410);
  const limited = await post("{}");
  expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "3"]);
  expect((await post("{}")).status).toBe(200);
});

test("everything is told in the order in which it came, and is forgotten by sink or at once", async () => {
  await now.send(SLACK, { text: "one" });
  await post("two");
  await now.send("/discord/api/webhooks/1/invented", { content: "three" });
  const order = async (): Promise<string[]> => (await now.messages()).map(({ sink }) => sink);
  expect(await order()).toEqual(["slack", "webhook", "discord"]);
  await now.control("DELETE", "/messages?sink=webhook");
  expect(await order()).toEqual(["slack", "discord"]);
  await now.control("DELETE", "/messages");
  expect(await order()).toEqual([]);
});

test("troubles are listed, taken back and judged", async () => {
  await now.trouble({ sink: "slack", kind: "no_service", times: 3 });
  await now.trouble({ sink: "slack", status: 500, forMs: 1000 });
  await now.send(SLACK, { text: "a" });
  const listed = await now.control<{ troubles: object[] }>("GET", "/trouble");
  expect(listed.troubles).toMatchObject([
    { id: 1, kind: "no_service", left: 2, given: 1 },
    { id: 2, status: 500, left: null, given: 0 },
  ]);
  await now.control("DELETE", "/trouble/1");
  expect((await now.send(SLACK, { text: "a" })).status).toBe(500);
  await now.control("DELETE", "/trouble");
  expect((await now.send(SLACK, { text: "a" })).status).toBe(200);
  for (const body of [
    { sink: "slack" },
    { sink: "slack", kind: "no_service", status: 500 },
    { sink: "slack", kind: "greylisted" },
    { sink: "pager", status: 500 },
  ])
    await expect(now.trouble(body)).rejects.toThrow("400");
});

test.each(["/sinks/reset", "/reset"])("%s forgets messages, troubles and secrets", async (path) => {
  await now.control("POST", "/webhook/secret", { name: "alerts", secret: SECRET });
  await now.trouble({ sink: "slack", kind: "no_service" });
  await post("{}");
  await controlOf(now.url)("POST", path);
  expect(await now.messages()).toEqual([]);
  expect((await now.send(SLACK, { text: "a" })).status).toBe(200);
  expect((await post("{}")).status).toBe(200);
});

test("faults of the sandbox reach the sinks, and may take away an answer", async () => {
  const fault = { match: { path: "/sinks/slack" }, kind: "reset", phase: "after" };
  await controlOf(now.url)("POST", "/faults", fault);
  await expect(now.send(SLACK, { text: "a" })).rejects.toThrow();
  expect(await now.messages("?accepted=true")).toHaveLength(1);
});

test("a person sees what arrived, the newest first and nothing of it as markup", async () => {
  const evil = "<script>alert(1)</script>";
  await now.send(SLACK, { text: `Slack ${evil} &lt;b&gt; <https://app.example.test/42|open>` });
  await now.send("/discord/api/webhooks/1/invented", {
    embeds: [{ title: `Discord ${evil}`, url: "javascript:alert(1)", description: evil }],
  });
  await post(`Webhook ${evil}`, { "x-evil": evil });
  const page = await (await fetch(`${now.url}/sinks`)).text();
  expect(page).not.toContain("<script>alert");
  expect(page).not.toContain('href="javascript');
  expect(page).not.toContain("invented");
  expect(page).toContain('<a href="https://app.example.test/42" rel="noreferrer">open</a>');
  expect(page).toContain("&lt;b&gt;");
  const places = ["Webhook &lt;script", "Discord &lt;script", "Slack &lt;script"].map((text) =>
    page.indexOf(text),
  );
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places[0]).toBeGreaterThan(0);
  const rows = await (await fetch(`${now.url}/sinks/list`)).text();
  expect(page.replaceAll(/\s+/g, " ")).toContain(rows.replaceAll(/\s+/g, " ").trim());
});
