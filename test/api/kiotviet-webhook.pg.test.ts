import { createHmac, randomUUID } from "node:crypto";
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { channelSecret } from "../../db/channels.ts";
import { seal, sha256 } from "../../db/secrets.ts";
import { type Company, keyRing, startApi } from "./harness.ts";
import { startWithProviders } from "./providers.ts";

type Api = Awaited<ReturnType<typeof startWithProviders>>;

let api: Api;
let company: Company;
let connectionId: string;
let channelId: string;
const secret = "bWFkZS11cC1zZWNyZXQ=";

beforeAll(async () => {
  api = await startWithProviders();
});
beforeEach(async () => {
  company = await api.company();
  connectionId = randomUUID();
  await api.sql(
    `insert into connections (id, company_id, provider, settings, grant_state, direction)
     values ($1, $2, 'kiotviet', '{"retailer":"demo-shop"}', 'ok', 'in')`,
    [connectionId, company.id],
  );
  channelId = await channel();
  api.rings.length = 0;
  api.signals.length = 0;
});
afterAll(() => api.stop());

async function channel(state = "open", of = connectionId): Promise<string> {
  const id = randomUUID();
  const sealed = seal(keyRing, channelSecret({ id, companyId: company.id }), secret);
  await api.sql(
    `insert into channels (id, company_id, connection_id, resource_id, secret_hash, secret, state, expires_at)
     values ($1, $2, $3, '1,2', $4, $5, $6, now() + interval '1 day')`,
    [id, company.id, of, sha256(secret), sealed, state],
  );
  return id;
}

interface Sent {
  method?: string;
  path?: string;
  body?: string | Buffer;
  headers?: Record<string, string | string[]>;
  at?: string;
}

function send({ method = "POST", path, body = "", headers = {}, at = api.url }: Sent) {
  return new Promise<number | undefined>((resolve, reject) => {
    const to = new URL(at);
    const sent = request(
      {
        host: to.hostname,
        port: to.port,
        path: path ?? `/api/webhooks/kiotviet/${channelId}`,
        method,
        headers: { "content-length": Buffer.byteLength(body), ...headers },
        agent: false,
      },
      (answer) => answer.resume().on("end", () => resolve(answer.statusCode)),
    );
    sent.on("error", reject).end(body);
  });
}

const sign = (body: string, key = secret) =>
  `sha1=${createHmac("sha256", key).update(body).digest("hex")}`;

const message = (action: string, data: unknown[], id: string = randomUUID()) =>
  JSON.stringify({ Id: id, Attempt: 1, Notifications: [{ Action: `${action}.500`, Data: data }] });

const signed = (body: string, more: Sent = {}) =>
  send({ body, headers: { "x-hub-signature": sign(body) }, ...more });

const work = () =>
  api.sql("select stream, remote_id as id from record_work where connection_id = $1 order by 2", [
    connectionId,
  ]);

describe("a message that is signed", () => {
  test("of a product rings for that stream, in the same breath as it is noted", async () => {
    expect(await signed(message("product.update", [{ Id: 7 }]))).toBe(200);
    expect(api.rings).toEqual([
      {
        companyId: company.id,
        connectionId,
        streams: ["products"],
        trigger: "webhook",
        by: "system",
      },
    ]);
    expect(api.signals).toEqual([connectionId]);
    expect(
      await api.sql("select last_message_at is not null as noted from channels where id = $1", [
        channelId,
      ]),
    ).toEqual([{ noted: true }]);
    expect(
      await api.sql("select streams from sync_sessions where connection_id = $1", [connectionId]),
    ).toEqual([{ streams: ["products"] }]);
  });

  test("of stock names its products to be read, and has no list read for it", async () => {
    const data = [{ ProductId: 9001 }, { ProductId: 9002 }, { ProductId: 9001 }];
    expect(await signed(message("stock.update", data))).toBe(200);
    expect(await work()).toEqual([
      { stream: "products", id: "9001" },
      { stream: "products", id: "9002" },
    ]);
    const [ring] = api.rings;
    expect(ring?.streams).toHaveLength(1);
    for (const listed of ["categories", "products", "inventory", "*"])
      expect(ring?.streams).not.toContain(listed);
  });

  test("that comes again is taken once", async () => {
    const body = message("product.update", [{ Id: 7 }]);
    for (let attempt = 0; attempt < 3; attempt++) expect(await signed(body)).toBe(200);
    expect(api.rings).toHaveLength(1);
    expect(await signed(message("product.update", [{ Id: 7 }]))).toBe(200);
    expect(api.rings).toHaveLength(2);
  });

  test("of what is not synced is noted, and rings nobody", async () => {
    expect(await signed(message("order.update", [{ Id: 7 }]))).toBe(200);
    expect(api.rings).toEqual([]);
    expect(
      await api.sql("select last_message_at is not null as noted from channels where id = $1", [
        channelId,
      ]),
    ).toEqual([{ noted: true }]);
  });
});

describe("whatever else arrives is answered with 200 and does nothing", () => {
  const genuine = message("product.update", [{ Id: 7 }]);
  const large = "x".repeat(2 * 1_048_576);

  test.each<[string, () => Sent]>([
    ["no signature", () => ({ body: genuine })],
    [
      "another's signature",
      () => ({ body: genuine, headers: { "x-hub-signature": sign(genuine, "other") } }),
    ],
    [
      "two signatures",
      () => ({ body: genuine, headers: { "x-hub-signature": [sign(genuine), sign(genuine)] } }),
    ],
    [
      "a changed body",
      () => ({ body: `${genuine} `, headers: { "x-hub-signature": sign(genuine) } }),
    ],
    ["no JSON", () => ({ body: "{half", headers: { "x-hub-signature": sign("{half") } })],
    ["nothing", () => ({ headers: { "x-hub-signature": sign("") } })],
    ["two megabytes", () => ({ body: large, headers: { "x-hub-signature": sign(large) } })],
    [
      "an unknown channel",
      () => ({ path: `/api/webhooks/kiotviet/${randomUUID()}`, body: genuine }),
    ],
    ["no id", () => ({ path: "/api/webhooks/kiotviet/1;drop", body: genuine })],
    ["no address", () => ({ path: "/api/webhooks/kiotviet", body: genuine })],
    [
      "more of an address",
      () => ({ path: `/api/webhooks/kiotviet/${channelId}/more`, body: genuine }),
    ],
    [
      "an address that cannot be decoded",
      () => ({ path: "/api/webhooks/kiotviet/%zz%", body: genuine }),
    ],
    ["a body of another type", () => ({ body: "<a/>", headers: { "content-type": "text/xml" } })],
    ["a body that is packed", () => ({ body: "zz", headers: { "content-encoding": "br" } })],
    ["a key that nobody has", () => ({ body: "x", headers: { authorization: "Bearer wrong" } })],
    [
      "a browser's question",
      () => ({
        method: "OPTIONS",
        headers: { origin: "https://a.test", "access-control-request-method": "POST" },
      }),
    ],
    ...["GET", "HEAD", "PUT", "PATCH", "DELETE", "PROPFIND"].map((method): [string, () => Sent] => [
      method,
      () => ({ method }),
    ]),
  ])("%s", async (_name, sent) => {
    expect(await send(sent())).toBe(200);
    expect(api.rings).toEqual([]);
    expect(await work()).toEqual([]);
  });

  test("a query, which is nothing to us, changes nothing", async () => {
    expect(await signed(genuine, { path: `/api/webhooks/kiotviet/${channelId}?a=1` })).toBe(200);
    expect(api.rings).toHaveLength(1);
  });

  test("a channel that was replaced, closed or refused; one that is being opened is heard", async () => {
    for (const [state, rings] of [
      ["superseded", 0],
      ["closed", 0],
      ["failed", 0],
      ["opening", 1],
    ] as const) {
      api.rings.length = 0;
      channelId = await channel(state);
      expect(await signed(message("product.update", [{ Id: 1 }]))).toBe(200);
      expect([state, api.rings.length]).toEqual([state, rings]);
    }
  });

  test.each([
    "enabled = false",
    "disconnected_at = now()",
    "grant_state = 'needs_reauth'",
    "provider = 'employes'",
  ])("a connection with %s", async (columns) => {
    await api.sql(`update connections set ${columns} where id = $1`, [connectionId]);
    expect(await signed(message("stock.update", [{ ProductId: 1 }]))).toBe(200);
    expect(api.rings).toEqual([]);
    expect(await work()).toEqual([]);
  });

  test("forty in a row: no limit of keys or addresses is theirs", async () => {
    const own = await startApi({
      registry: api.deps.registry,
      config: { ...api.deps.config, REQUESTS_PER_MINUTE: 1 },
    });
    const statuses = [];
    for (let at = 0; at < 40; at++) statuses.push(await send({ body: "x", at: own.url }));
    expect(new Set(statuses)).toEqual(new Set([200]));
    await own.stop();
  });
});

describe("a message that cannot be stored", () => {
  const failing = (withCompany: Api["database"]["withCompany"]) =>
    startApi({
      registry: api.deps.registry,
      database: { ...api.database, withCompany },
    });

  test("is answered with 503 and comes again; what was not stored is not taken for a repeat", async () => {
    let isDown = true;
    const own = await failing((of, worker, options) =>
      isDown
        ? Promise.reject(Object.assign(new Error("no route"), { code: "ECONNREFUSED" }))
        : api.database.withCompany(of, worker, options),
    );
    const body = message("product.update", [{ Id: 7 }]);
    expect(await signed(body, { at: own.url })).toBe(503);
    isDown = false;
    expect(await signed(body, { at: own.url })).toBe(200);
    expect(own.rings).toHaveLength(1);
    await own.stop();
  });

  test("in time is answered with 503 within five seconds", async () => {
    const own = await failing(async (of, worker, options) => {
      await sleep(6_000);
      return api.database.withCompany(of, worker, options);
    });
    const began = Date.now();
    expect(await signed(message("product.update", [{ Id: 7 }]), { at: own.url })).toBe(503);
    expect(Date.now() - began).toBeLessThan(5_000);
    await own.stop();
  });
});
