import { afterEach, beforeEach, expect, test } from "vitest";
import { type Answer, type Running, start, times } from "./sinks-client.ts";

const HOOK = "/discord/api/webhooks/100000000000000002/invented";

let now: Running;
beforeEach(async () => void (now = await start()));
afterEach(() => now.listening.close());

const post = (body: object | string, query = "?wait=true"): Promise<Answer> =>
  now.send(`${HOOK}${query}`, body);

test("who waits gets the message with its id, who does not gets nothing", async () => {
  const waited = await post({ content: "Sync failed", username: "Sync" });
  expect(waited.status).toBe(200);
  expect(JSON.parse(waited.text)).toMatchObject({
    id: expect.stringMatching(/^\d{17,20}$/),
    content: "Sync failed",
    author: { username: "Sync" },
  });
  const other = await post({ content: "Again" }, "");
  expect([other.status, other.text]).toEqual([204, ""]);
  for (const { headers } of [waited, other])
    for (const name of ["Limit", "Remaining", "Reset", "Reset-After", "Bucket"])
      expect(headers.get(`x-ratelimit-${name}`)).not.toBeNull();
  const messages = await now.messages("?sink=discord&accepted=true");
  expect(messages.map(({ content }) => content["content"])).toEqual(["Sync failed", "Again"]);
});

test("a version may stand in the address", async () => {
  const path = HOOK.replace("/api/", "/api/v10/");
  expect((await now.send(path, { content: "a" })).status).toBe(204);
});

test("text pings everyone unless that is forbidden", async () => {
  const pings = async (more: object): Promise<boolean> =>
    JSON.parse((await post({ content: "Hi @everyone", ...more })).text).mention_everyone as boolean;
  expect(await pings({})).toBe(true);
  expect(await pings({ allowed_mentions: { parse: [] } })).toBe(false);
});

test("a message is lost in silence, unless somebody waits for it", async () => {
  await now.trouble({ sink: "discord", kind: "lost", times: 2 });
  expect((await post({ content: "a" }, "?wait=false")).status).toBe(204);
  expect((await post({ content: "a" })).status).toBe(500);
  expect(await now.messages("?accepted=true")).toEqual([]);
  expect((await now.messages("?accepted=false")).map(({ status }) => status)).toEqual([204, 500]);
});

const long = (length: number): string => "a".repeat(length);
const embed = (more: object): object => ({ embeds: [more] });

test.each([
  ["content", { content: long(2001) }, "content"],
  ["a name", { content: "a", username: long(81) }, "username"],
  ["no name", { content: "a", username: "" }, "username"],
  ["a name of Discord's", { content: "a", username: "My DisCord" }, "username"],
  ["a name of Clyde's", { content: "a", username: "CLYDE" }, "username"],
  ["embeds", { embeds: times(11, { title: "a" }) }, "embeds"],
  ["all texts together", { embeds: times(2, { description: long(3001) }) }, "embeds"],
  ["a title", embed({ title: long(257) }), "embeds.0.title"],
  ["a description", embed({ description: long(4097) }), "embeds.0.description"],
  ["fields", embed({ fields: times(26, { name: "a", value: "b" }) }), "embeds.0.fields"],
  [
    "a field's name",
    embed({ fields: [{ name: long(257), value: "b" }] }),
    "embeds.0.fields.0.name",
  ],
  [
    "a field's value",
    embed({ fields: [{ name: "a", value: long(1025) }] }),
    "embeds.0.fields.0.value",
  ],
  ["a footer", embed({ footer: { text: long(2049) } }), "embeds.0.footer.text"],
  ["an author", embed({ author: { name: long(257) } }), "embeds.0.author.name"],
])("too much of %s is an invalid form", async (_what, body, path) => {
  const { status, text } = await post(body, "");
  const { code, message, errors } = JSON.parse(text) as Record<string, object>;
  expect([status, code, message]).toEqual([400, 50035, "Invalid Form Body"]);
  expect(errors).toHaveProperty(`${path}._errors`, [
    { code: expect.any(String), message: expect.any(String) },
  ]);
});

test("what just fits is taken", async () => {
  const fields = times(25, { name: "a", value: "b" });
  const { status } = await post({
    content: "😀".repeat(2000),
    username: long(80),
    embeds: [{ title: long(256), description: long(4096), footer: { text: long(1598) }, fields }],
  });
  expect(status).toBe(200);
});

test("nothing and what is not JSON are refused by their own numbers", async () => {
  for (const body of [{}, { content: "" }, { content: null }, { embeds: [] }])
    expect(JSON.parse((await post(body)).text)).toEqual({
      code: 50006,
      message: "Cannot send an empty message",
    });
  expect(JSON.parse((await post("{")).text).code).toBe(50109);
});

test.each([
  [400, 50035, "invalid_form_body"],
  [400, 50006, "empty_message"],
  [400, 220001, "forum_thread_missing"],
  [400, 50109, "bad_json"],
  [400, 240000, "blocked_link"],
  [401, 50027, "invalid_webhook_token"],
  [404, 10015, "unknown_webhook"],
])("%i with the code %i comes on demand", async (status, code, kind) => {
  for (const wanted of [kind, code]) {
    await now.trouble({ sink: "discord", kind: wanted });
    const answer = await post({ content: "a" });
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([status, code]);
  }
  expect((await post({ content: "a" })).status).toBe(200);
});

test("too many requests wait a fraction of seconds", async () => {
  await now.trouble({ sink: "discord", kind: "rate_limited" });
  const own = await post({ content: "a" });
  expect(own.status).toBe(429);
  expect(JSON.parse(own.text)).toEqual({
    message: "You are being rate limited.",
    retry_after: 0.529,
    global: false,
  });
  expect(own.headers.get("retry-after")).toBe("1");
  expect(own.headers.get("x-ratelimit-scope")).toBe("user");
  expect(own.headers.get("x-ratelimit-remaining")).toBe("0");
  expect(own.headers.has("x-ratelimit-global")).toBe(false);
  await now.trouble({ sink: "discord", status: 429, retryAfter: 64.57, global: true });
  const all = await post({ content: "a" });
  expect(JSON.parse(all.text)).toMatchObject({ retry_after: 64.57, global: true });
  expect(all.headers.get("retry-after")).toBe("65");
  expect(all.headers.get("x-ratelimit-global")).toBe("true");
});

test("the edge and a failing server do not speak of codes", async () => {
  await now.trouble({ sink: "discord", kind: "blocked_at_edge" });
  const edge = await post({ content: "a" });
  expect(edge.headers.get("content-type")).toMatch(/^text\/html/);
  expect(edge.headers.has("x-ratelimit-limit")).toBe(false);
  await now.trouble({ sink: "discord", status: 502 });
  expect((await post({ content: "a" })).status).toBe(502);
});

test("a message is changed by its id", async () => {
  const { id } = JSON.parse((await post({ content: "Failed", username: "Sync" })).text) as {
    id: string;
  };
  const patch = (of: string, body: object): Promise<Answer> =>
    now.send(`${HOOK}/messages/${of}`, body, {}, "PATCH");
  const edited = await patch(id, { content: "Works again" });
  expect(edited.status).toBe(200);
  expect(JSON.parse(edited.text)).toMatchObject({
    id,
    content: "Works again",
    edited_timestamp: expect.any(String),
  });
  expect(JSON.parse((await patch(id, { content: long(2001) })).text).code).toBe(50035);
  expect((await patch("1", { content: "a" })).status).toBe(404);
  const messages = await now.messages();
  expect(messages.map(({ content }) => content["content"])).toEqual(["Works again"]);
});
