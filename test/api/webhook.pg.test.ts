import { randomUUID } from "node:crypto";
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../../db/secrets.ts";
import { type Company, startApi, type TestApi } from "./harness.ts";

let api: TestApi;
let company: Company;
let channelId: string;
const secret = "A".repeat(43);

beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  company = await api.company();
  channelId = await channel();
  api.rings.length = 0;
});
afterAll(() => api.stop());

async function channel(state = "open", more = "now() + interval '1 day'"): Promise<string> {
  const id = randomUUID();
  await api.sql(
    `insert into channels (id, company_id, connection_id, resource_id, secret_hash, state, expires_at) values ($1, $2, $3, 'resource', $4, $5, ${more})`,
    [id, company.id, company.connectionId, sha256(secret), state],
  );
  return id;
}

const genuine = (number = 1): Record<string, string | string[]> => ({
  "X-Goog-Channel-ID": channelId,
  "X-Goog-Channel-Token": secret,
  "X-Goog-Resource-ID": "resource",
  "X-Goog-Resource-State": "exists",
  "X-Goog-Message-Number": String(number),
});

function notify(
  headers: Record<string, string | string[]>,
  body = "",
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${api.url}/api/calendar/webhooks/google`,
      { method: "POST", headers, agent: false },
      (answer) => {
        answer.resume().on("end", () => resolve(answer.statusCode));
      },
    );
    sent.on("error", reject).end(body);
  });
}

describe("Google's notifications", () => {
  test("a genuine one rings", async () => {
    expect(await notify(genuine())).toBe(200);
    expect(api.rings).toEqual([
      {
        companyId: company.id,
        connectionId: company.connectionId,
        trigger: "webhook",
        by: "system",
      },
    ]);
  });

  test("the handshake is noted and rings nothing; a repeat rings nothing", async () => {
    expect(await notify({ ...genuine(), "X-Goog-Resource-State": "sync" })).toBe(200);
    expect(
      await api.sql("select last_message_at is not null as noted from channels where id = $1", [
        channelId,
      ]),
    ).toEqual([{ noted: true }]);
    expect(await notify(genuine(1))).toBe(200);
    expect(api.rings).toEqual([]);
    await notify(genuine(7));
    await notify(genuine(7));
    expect(api.rings).toHaveLength(1);
  });

  test.each<[string, Record<string, string | string[] | undefined>]>([
    ...[
      "",
      "A",
      "A".repeat(42),
      "A".repeat(63),
      "A".repeat(65),
      "B".repeat(43),
      "é".repeat(43),
      "A".repeat(300),
    ].map(
      (token) =>
        [
          `a token of ${token.length}`,
          { "X-Goog-Channel-Token": Buffer.from(token).toString("latin1") },
        ] as [string, Record<string, string>],
    ),
    ["a token twice", { "X-Goog-Channel-Token": [secret, secret] }],
    ["a token with a comma", { "X-Goog-Channel-Token": `${secret}, ${secret}` }],
    ["no token", { "X-Goog-Channel-Token": undefined }],
    ["another resource", { "X-Goog-Resource-ID": "other" }],
    ["no resource", { "X-Goog-Resource-ID": undefined }],
    ["an unknown channel", { "X-Goog-Channel-ID": randomUUID() }],
    ["a channel that is no id", { "X-Goog-Channel-ID": "1; drop table" }],
    ["a channel twice", { "X-Goog-Channel-ID": [randomUUID(), randomUUID()] }],
    ["a number that is none", { "X-Goog-Message-Number": "-1" }],
    ["a state that is none", { "X-Goog-Resource-State": "burning" }],
    [
      "nothing at all",
      {
        "X-Goog-Channel-ID": undefined,
        "X-Goog-Resource-State": undefined,
        "X-Goog-Message-Number": undefined,
      },
    ],
  ])("%s is answered with 200 and does nothing", async (_name, change) => {
    const headers = Object.fromEntries(
      Object.entries({ ...genuine(), ...change }).filter(
        (entry): entry is [string, string | string[]] => entry[1] !== undefined,
      ),
    );
    expect(await notify(headers)).toBe(200);
    expect(api.rings).toEqual([]);
  });

  test("expired and closed channels are deaf; one that is being opened or replaced hears", async () => {
    for (const [state, expiry, rings] of [
      ["open", "now() - interval '1 second'", 0],
      ["closed", "now() + interval '1 day'", 0],
      ["failed", "null", 0],
      ["superseded", "now() + interval '1 day'", 1],
    ] as const) {
      api.rings.length = 0;
      channelId = await channel(state, expiry);
      expect(await notify(genuine())).toBe(200);
      expect([state, api.rings.length]).toEqual([state, rings]);
    }
    api.rings.length = 0;
    channelId = await channel("opening", "null");
    await api.sql("update channels set resource_id = null where id = $1", [channelId]);
    await notify(genuine());
    expect(api.rings).toHaveLength(1);
  });

  test("the channel of a disconnected connection rings nothing more", async () => {
    await api.sql("update connections set disconnected_at = now() where company_id = $1", [
      company.id,
    ]);
    expect(await notify(genuine())).toBe(200);
    expect(api.rings).toEqual([]);
  });

  test("the body is ignored, whatever it is", async () => {
    expect(await notify({ ...genuine(), "Content-Type": "application/json" }, '{"half')).toBe(200);
    expect(api.rings).toHaveLength(1);
  });

  test("500 within some seconds are all taken, and the last one rings", async () => {
    const sent = Array.from({ length: 500 }, async (_, n) => {
      await sleep(n * 5);
      return notify(genuine(n + 1));
    });
    expect(new Set(await Promise.all(sent))).toEqual(new Set([200]));
    const before = api.rings.length;
    expect(before).toBeGreaterThan(0);
    expect(await notify(genuine(501))).toBe(200);
    expect(api.rings.length).toBe(before + 1);
  });
});
