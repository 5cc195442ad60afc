import { afterEach, beforeEach, expect, test } from "vitest";
import { type Answer, type Running, start, times } from "./sinks-client.ts";

const HOOK = "/slack/services/T00000001/B00000001/invented";

let now: Running;
beforeEach(async () => void (now = await start()));
afterEach(() => now.listening.close());

const post = (body: object | string, headers?: Record<string, string>): Promise<Answer> =>
  now.send(HOOK, body, headers);

const said = async (answer: Promise<Answer>): Promise<string> => {
  const { status, text } = await answer;
  return `${status} ${text}`;
};

const ALERT = {
  text: "Sync failed",
  blocks: [
    { type: "header", text: { type: "plain_text", text: "Sync failed" } },
    {
      type: "section",
      text: { type: "mrkdwn", text: "*Team calendar*\nAccess was revoked." },
      fields: [{ type: "mrkdwn", text: "*Run*\nrun-42" }],
    },
    {
      type: "actions",
      elements: [
        {
          type: "button",
          text: { type: "plain_text", text: "Reconnect" },
          url: "https://app.example.test/connections/42",
        },
      ],
    },
  ],
};

test("a message is answered with ok and is there to be seen", async () => {
  await now.shiftClock(86_400_000);
  const { status, text, headers } = await post(ALERT);
  expect([status, text]).toEqual([200, "ok"]);
  expect(headers.get("content-type")).toMatch(/^text\/plain/);
  const [message, ...others] = await now.messages("?sink=slack");
  expect(others).toEqual([]);
  expect(message).toMatchObject({
    address: "T00000001/B00000001/invented",
    status: 200,
    accepted: true,
    content: ALERT,
  });
  expect(Date.parse(message?.at ?? "")).toBeGreaterThan(Date.now() + 86_000_000);
});

test("a form with the JSON in its payload is taken too", async () => {
  const form = new URLSearchParams({ payload: '{"text":"Hello"}' }).toString();
  const type = { "content-type": "application/x-www-form-urlencoded" };
  expect(await said(post(form, type))).toBe("200 ok");
  expect(await said(post("text=Hello", type))).toBe("400 invalid_payload");
});

const header = (text: object | undefined): object => ({ blocks: [{ type: "header", text }] });
const plain = (length: number): object => ({ type: "plain_text", text: "é".repeat(length) });
const section = (more: object): object => ({ blocks: [{ type: "section", ...more }] });
const button = (more: object): object => ({
  blocks: [{ type: "actions", elements: [{ type: "button", text: plain(75), ...more }] }],
});

test.each([
  ["what is not JSON", "{", "invalid_payload"],
  ["what is no object", "[]", "invalid_payload"],
  ["a text that is a number", { text: 5 }, "invalid_payload"],
  ["nothing to read", { text: " " }, "no_text"],
  ["nothing at all", {}, "no_text"],
  ["too many attachments", { text: "a", attachments: times(101, {}) }, "too_many_attachments"],
  ["too many blocks", { blocks: times(51, { type: "divider" }) }, "invalid_blocks"],
  ["a block of no known type", { blocks: [{ type: "banner" }] }, "invalid_blocks"],
  ["a header without text", header(undefined), "invalid_blocks"],
  ["a header in mrkdwn", header({ type: "mrkdwn", text: "a" }), "invalid_blocks"],
  ["a long header", header(plain(151)), "invalid_blocks"],
  ["an empty section", section({}), "invalid_blocks"],
  ["a long section", section({ text: plain(3001) }), "invalid_blocks"],
  ["too many fields", section({ fields: times(11, plain(1)) }), "invalid_blocks"],
  ["a long field", section({ fields: [plain(2001)] }), "invalid_blocks"],
  ["a long id", section({ text: plain(1), block_id: "a".repeat(256) }), "invalid_blocks"],
  [
    "too many elements",
    { blocks: [{ type: "actions", elements: times(26, { type: "button", text: plain(1) }) }] },
    "invalid_blocks",
  ],
  ["a long button", button({ text: plain(76) }), "invalid_blocks"],
  ["a long value", button({ value: "a".repeat(2001) }), "invalid_blocks"],
  ["a long address", button({ url: "a".repeat(3001) }), "invalid_blocks"],
  ["a long action id", button({ action_id: "a".repeat(256) }), "invalid_blocks"],
])("%s is refused", async (_what, body, error) => {
  expect(await said(post(body))).toBe(`400 ${error}`);
  expect(await now.messages("?accepted=true")).toEqual([]);
});

test("what just fits is taken, counted by code points", async () => {
  const most = [
    header(plain(150)),
    section({
      text: { type: "mrkdwn", text: "😀".repeat(3000) },
      fields: times(10, plain(2000)),
    }),
    button({ value: "a".repeat(2000), url: "a".repeat(3000), action_id: "a".repeat(255) }),
    { blocks: times(50, { type: "divider" }) },
  ];
  for (const body of most) expect(await said(post(body))).toBe("200 ok");
});

test("a very long text is cut without a word", async () => {
  await post({ text: "a".repeat(50_000) });
  const [message] = await now.messages();
  expect(message?.content["text"]).toHaveLength(40_000);
});

test.each([
  [400, "invalid_payload"],
  [400, "no_text"],
  [400, "invalid_blocks"],
  [400, "too_many_attachments"],
  [400, "user_not_found"],
  [403, "action_prohibited"],
  [403, "invalid_token"],
  [403, "team_disabled"],
  [404, "channel_not_found"],
  [404, "no_service"],
  [404, "no_team"],
  [404, "no_active_hooks"],
  [410, "channel_is_archived"],
  [500, "rollup_error"],
])("%i %s comes on demand, once", async (status, kind) => {
  await now.trouble({ sink: "slack", kind });
  expect(await said(post(ALERT))).toBe(`${status} ${kind}`);
  expect(await said(post(ALERT))).toBe("200 ok");
  expect((await now.messages()).map(({ accepted }) => accepted)).toEqual([false, true]);
});

test("too many requests are told when to come back", async () => {
  await now.trouble({ sink: "slack", kind: "rate_limited", retryAfter: 7, times: 2 });
  for (let turn = 0; turn < 2; turn += 1) {
    const { status, headers } = await post(ALERT);
    expect([status, headers.get("retry-after")]).toEqual([429, "7"]);
  }
  expect((await post(ALERT)).status).toBe(200);
});

test("trouble lasts ten minutes of the sandbox's clock, for one address", async () => {
  await now.trouble({ sink: "slack", status: 503, forMs: 600_000, target: "B00000001" });
  expect(await said(post(ALERT))).toBe("503 Service Unavailable");
  expect((await now.send("/slack/services/T00000001/B00000002/other", ALERT)).status).toBe(200);
  await now.shiftClock(599_000);
  expect((await post(ALERT)).status).toBe(503);
  await now.shiftClock(601_000);
  expect((await post(ALERT)).status).toBe(200);
});
