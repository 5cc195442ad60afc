import { createHmac, randomUUID } from "node:crypto";
import { request } from "node:http";
import pino from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openKeyRing } from "../../db/secrets.ts";
import { offerToken, readToken, rotateTokens } from "../../db/subscriptions.ts";
import { type Company, keyRing, send, startApi, type TestApi } from "./harness.ts";

let api: TestApi;
let company: Company;
let key: string;
let lines = "";

const token = `secret_${"planted".repeat(5)}`;
const dataSource = "d5d50000-0000-4000-8000-000000000001";
const database = "dbdb0000-0000-4000-8000-000000000001";

beforeAll(async () => {
  const log = pino({ level: "trace" }, { write: (line: string) => void (lines += line) });
  api = await startApi({ log });
});
beforeEach(async () => {
  company = await api.company();
  key = company.keys.owner;
  api.rings.length = 0;
  api.signals.length = 0;
});
afterAll(() => api.stop());

const calls = (as = () => key) => ({
  make: () => send(api, "POST", "/api/subscriptions", { key: as(), body: { provider: "notion" } }),
  read: async (id: string) =>
    (await send(api, "GET", `/api/subscriptions/${id}`, { key: as() })).body,
  confirm: (id: string) => send(api, "POST", `/api/subscriptions/${id}/confirm`, { key: as() }),
  remove: (id: string) => send(api, "DELETE", `/api/subscriptions/${id}`, { key: as() }),
});
const { make, read, confirm, remove } = calls();

async function made(): Promise<{ id: string; path: string }> {
  const { body } = await make();
  return { id: String(body["id"]), path: new URL(String(body["address"])).pathname };
}

async function active(): Promise<{ id: string; path: string }> {
  const subscription = await made();
  await post(subscription.path, JSON.stringify({ verification_token: token }));
  expect((await confirm(subscription.id)).status).toBe(200);
  return subscription;
}

function post(
  path: string,
  body: string | Buffer,
  headers: Record<string, string | string[]> = {},
): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const given = { "content-type": "application/json", ...headers };
    const sent = request(
      api.url + path,
      { method: "POST", headers: given, agent: false },
      (answer) => {
        let text = "";
        answer
          .on("data", (part: Buffer) => void (text += part.toString()))
          .on("end", () => resolve({ status: answer.statusCode, text }));
      },
    );
    sent.on("error", reject).end(body);
  });
}

const hmac = (body: string | Buffer, with_ = token) =>
  createHmac("sha256", with_).update(body).digest("hex");
const signed = (path: string, body: string | Buffer, with_ = token) =>
  post(path, body, { "x-notion-signature": `sha256=${hmac(body, with_)}` });

async function connection(settings: object, more: Record<string, unknown> = {}): Promise<string> {
  const id = randomUUID();
  await api.sql(
    `insert into connections (id, company_id, calendar_id, provider, settings, grant_state, enabled)
     values ($1, $2, $3, $4, $5, 'ok', $6)`,
    [
      id,
      more["companyId"] ?? company.id,
      more["calendarId"] ?? company.calendarId,
      more["provider"] ?? "notion",
      JSON.stringify(settings),
      more["enabled"] ?? true,
    ],
  );
  return id;
}

const edited = JSON.stringify({
  id: randomUUID(),
  type: "page.properties_updated",
  authors: [{ id: randomUUID(), type: "person" }],
  entity: { id: randomUUID(), type: "page" },
  data: { parent: { id: database, type: "database", data_source_id: dataSource } },
});
const rung = () => api.rings.map(({ connectionId }) => connectionId);

describe("an address for signals", () => {
  test("it is shown once, waits, is pending with the handshake, and active once confirmed", async () => {
    const answer = await make();
    const id = String(answer.body["id"]);
    expect(answer.body["address"]).toMatch(
      /^http:\/\/127.0.0.1:3000\/api\/calendar\/webhooks\/notion\/[\w-]{43}$/,
    );
    const path = new URL(String(answer.body["address"])).pathname;
    expect(await read(id)).toMatchObject({ state: "waiting", lastMessageAt: null });
    expect((await confirm(id)).body).toMatchObject({ status: 409, code: "conflict" });
    const body = JSON.stringify({ verification_token: token });
    expect((await signed(path, body)).status).toBe(200);
    expect(await read(id)).toMatchObject({
      state: "pending",
      nextStep: expect.stringContaining("confirm"),
      lastMessageAt: expect.any(String),
    });
    expect((await confirm(id)).body).toMatchObject({
      state: "active",
      verificationToken: token,
      confirmedBy: "owner",
      nextStep: null,
    });
    const again = await confirm(id);
    expect(again.body).toMatchObject({ status: 409, code: "already_settled" });
    const listed = await send(api, "GET", "/api/subscriptions", { key });
    const [row] = await api.sql<{ text: string }>(
      "select s::text as text from subscriptions s where id = $1",
      [id],
    );
    for (const text of [again.text, listed.text, row?.text, lines]) {
      expect(text).not.toContain(token);
      expect(text).not.toContain(path.split("/").at(-1));
    }
  });

  test("a token that was sent anew before it was confirmed replaces the one before", async () => {
    const { id, path } = await made();
    for (const verification_token of ["first-token", token])
      expect((await post(path, JSON.stringify({ verification_token }))).status).toBe(200);
    expect((await confirm(id)).body).toMatchObject({ verificationToken: token });
  });

  test("a handshake while it is active changes nothing", async () => {
    const { id, path } = await active();
    await connection({ calendarId: dataSource });
    const before = await api.sql("select * from subscriptions where id = $1", [id]);
    const body = JSON.stringify({ verification_token: "another-token" });
    expect((await post(path, body)).status).toBe(401);
    expect((await signed(path, body, "another-token")).status).toBe(401);
    // Confirmed just when the handshake came.
    await api.database.withCompany(company.id, (tx) =>
      offerToken(tx, keyRing, { id, companyId: company.id }, "another-token"),
    );
    expect(await api.sql("select * from subscriptions where id = $1", [id])).toEqual(before);
    expect((await confirm(id)).status).toBe(409);
    expect(rung()).toEqual([]);
    expect((await signed(path, edited)).status).toBe(200);
    expect(rung()).toHaveLength(1);
  });

  test.each([
    "",
    "{",
    "[]",
    "null",
    '"x"',
    '{"verification_token":7}',
    '{"verification_token":""}',
    '{"verification_token":"with a blank"}',
    JSON.stringify({ verification_token: "x".repeat(513) }),
    edited,
  ])("before there is a token, a body like %.40s is refused", async (body) => {
    const { id, path } = await made();
    expect((await signed(path, body)).status).toBe(401);
    expect(await read(id)).toMatchObject({ state: "waiting", lastMessageAt: null });
  });

  test("one that is deleted is unknown from then on", async () => {
    const { id, path } = await active();
    await connection({ calendarId: dataSource });
    expect((await remove(id)).status).toBe(204);
    expect((await signed(path, edited)).status).toBe(404);
    expect(rung()).toEqual([]);
    expect((await remove(id)).status).toBe(404);
  });

  test("another company's owner neither sees, confirms nor deletes it (I20)", async () => {
    const { id, path } = await made();
    await post(path, JSON.stringify({ verification_token: token }));
    const theirs = await api.company();
    const other = calls(() => theirs.keys.owner);
    expect([(await other.confirm(id)).status, (await other.remove(id)).status]).toEqual([404, 404]);
    expect(
      (await send(api, "GET", "/api/subscriptions", { key: theirs.keys.owner })).text,
    ).not.toContain(id);
    expect(await read(id)).toMatchObject({ state: "pending" });
  });

  test("its token is sealed anew with a new encryption key", async () => {
    const { id } = await active();
    const newer = openKeyRing([
      `k2:${Buffer.alloc(32, 8).toString("base64")}`,
      `k1:${Buffer.alloc(32, 7).toString("base64")}`,
    ]);
    const only = openKeyRing([`k2:${Buffer.alloc(32, 8).toString("base64")}`]);
    const of = { id, companyId: company.id };
    const within = <T>(work: Parameters<typeof api.database.withCompany<T>>[1]) =>
      api.database.withCompany(company.id, work);
    expect(await within((tx) => readToken(tx, keyRing, of))).toBe(token);
    expect(await within((tx) => rotateTokens(tx, newer))).toBe(1);
    expect(await within((tx) => rotateTokens(tx, newer))).toBe(0);
    expect(await within((tx) => readToken(tx, only, of))).toBe(token);
  });
});

describe("a signal", () => {
  test("rings for the connections that it names, by data source or database", async () => {
    const { path } = await active();
    const bySource = await connection({ calendarId: dataSource, databaseId: randomUUID() });
    const byDatabase = await connection({
      calendarId: randomUUID(),
      databaseId: database.replaceAll("-", "").toUpperCase(),
    });
    await connection({ calendarId: randomUUID(), databaseId: randomUUID() });
    await connection({ calendarId: dataSource }, { provider: "google-calendar" });
    await connection({ calendarId: dataSource, paused: "yes" }, { enabled: false });
    expect((await signed(path, edited)).status).toBe(200);
    expect(rung().toSorted()).toEqual([bySource, byDatabase].toSorted());
    expect(api.rings).toMatchObject([{ trigger: "webhook", by: "system" }, {}]);
    expect(api.signals.toSorted()).toEqual(rung().toSorted());
  });

  test("that does not say whom it concerns rings for every one of the company's, and no other (I20)", async () => {
    const { path } = await active();
    const theirs = await api.company();
    await connection(
      { calendarId: dataSource },
      { companyId: theirs.id, calendarId: theirs.calendarId },
    );
    const ours = [
      await connection({ calendarId: dataSource }),
      await connection({ calendarId: "x" }),
    ];
    const bodies = [
      JSON.stringify({ type: "page.moved", entity: { id: "p", type: "page" } }),
      Buffer.from([0xff, 0xfe, 0x00]),
      "",
    ];
    for (const body of bodies) {
      api.rings.length = 0;
      expect((await signed(path, body)).status).toBe(200);
      expect(rung().toSorted()).toEqual(ours.toSorted());
    }
  });

  test("that comes again, late or out of order rings again, and harms nothing", async () => {
    const { id, path } = await active();
    const connectionId = await connection({ calendarId: dataSource });
    for (let n = 0; n < 3; n++) expect((await signed(path, edited)).status).toBe(200);
    expect(rung()).toEqual([connectionId, connectionId, connectionId]);
    expect(api.signals).toEqual([connectionId]);
    expect(await read(id)).toMatchObject({ lastMessageAt: expect.any(String) });
  });

  const good = hmac(edited);
  test.each<[string, string | string[] | undefined]>([
    ["none", undefined],
    ["an empty one", ""],
    ["only the name", "sha256="],
    ["one digit", "sha256=a"],
    ["63 digits", `sha256=${good.slice(1)}`],
    ["65 digits", `sha256=${good}0`],
    ["128 digits", `sha256=${good}${good}`],
    ["what is no hex", `sha256=${"g".repeat(64)}`],
    ["multi-byte characters", Buffer.from(`sha256=${"é".repeat(64)}`).toString("latin1")],
    ["another algorithm", `sha1=${good}`],
    ["no algorithm", good],
    ["another's signature", `sha256=${hmac(edited, "another-token")}`],
    ["that of another body", `sha256=${hmac(`${edited} `)}`],
    ["it twice", [`sha256=${good}`, `sha256=${good}`]],
    ["a false one and it", [`sha256=${"0".repeat(64)}`, `sha256=${good}`]],
    ["it with another after a comma", `sha256=${good}, sha256=${good}`],
  ])("with %s for a signature is refused, and rings nothing", async (_name, signature) => {
    const { id, path } = await active();
    await connection({ calendarId: dataSource });
    const before = await read(id);
    const answer = await post(path, edited, {
      ...(signature !== undefined && { "x-notion-signature": signature }),
    });
    expect(answer.status).toBe(401);
    expect(answer.text).not.toContain(token);
    expect(rung()).toEqual([]);
    expect(await read(id)).toEqual(before);
  });

  test("of more than 100 KB is refused, compressed ones too", async () => {
    const { path } = await active();
    const large = JSON.stringify({ type: "x".repeat(120_000) });
    expect((await signed(path, large)).status).toBe(413);
    expect((await post(path, edited, { "content-encoding": "gzip" })).status).toBe(415);
    expect(rung()).toEqual([]);
  });

  test("at an address that nobody made is answered alike, whatever it is, and rings nothing", async () => {
    const { path } = await active();
    await connection({ calendarId: dataSource });
    const secret = path.split("/").at(-1) ?? "";
    const withoutInstance = (text: string) => text.replace(/"instance":"[^"]+"/, "");
    const unknown = ["A".repeat(43), secret.slice(1), `${secret}A`, `${secret.slice(0, 42)}é`];
    const answers = await Promise.all(
      unknown.map((part) =>
        signed(`/api/calendar/webhooks/notion/${encodeURIComponent(part)}`, edited),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]));
    expect(new Set(answers.map(({ text }) => withoutInstance(text))).size).toBe(1);
    expect(rung()).toEqual([]);
    expect(lines).toContain("/api/calendar/webhooks/notion/…");
    expect(lines).not.toContain(secret);
  });
});
