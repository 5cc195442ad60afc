import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Company, type Reply, send } from "./harness.ts";
import { shop, startWithProviders } from "./providers.ts";

type Api = Awaited<ReturnType<typeof startWithProviders>>;

const firstCompany = "c0de0000-0000-4000-8000-000000000001";

let api: Api;
let company: Company;
let key: string;

beforeAll(async () => {
  api = await startWithProviders();
  await api.control("POST", "/employes/companies", { name: "Second" });
});
beforeEach(async () => {
  company = await api.company();
  key = company.keys.admin;
  api.rings.length = 0;
  api.asked.length = 0;
});
afterAll(() => api.stop());

const connect = (body: object, as = key) =>
  send(api, "POST", "/api/connections", { key: as, body });
const toShop = (more: object = {}) => connect({ provider: "kiotviet", entered: shop, ...more });
const token = async (more: object = {}) =>
  (await api.control<{ token: string }>("POST", "/employes/tokens", more)).token;
const schedulesOf = async (id: unknown) =>
  (await send(api, "GET", `/api/schedules?connectionId=${String(id)}`, { key })).body[
    "data"
  ] as unknown as Record<string, unknown>[];
const pointers = ({ body }: Reply) =>
  ((body["errors"] ?? []) as { pointer: string }[]).map(({ pointer }) => pointer);
const stored = () =>
  api.sql(
    "select provider from connections where company_id = $1 and provider <> 'google-calendar'",
    [company.id],
  );

describe("a shop at KiotViet", () => {
  test("is connected with what was entered, rung at once, and daily from then on", async () => {
    const answer = await toShop();
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      provider: "kiotviet",
      calendarId: null,
      direction: "in",
      grantState: "ok",
      state: "queued",
      consentUrl: null,
      account: "demo-shop/demo-client",
    });
    expect(answer.text).not.toContain(shop.clientSecret);
    const id = answer.body["id"];
    expect(api.rings).toMatchObject([{ connectionId: id, trigger: "manual", by: "admin" }]);
    const due = "select 1 from connections where id = $1 and next_poll_at <= now()";
    expect(await api.sql(due, [id])).toEqual([]);
    const [schedule, ...others] = await schedulesOf(id);
    expect(schedule).toMatchObject({
      cadence: { dailyAt: ["03:00"] },
      zone: "Europe/Amsterdam",
      streams: [],
      nextRunAt: "2026-01-01T00:00:00.000Z",
    });
    expect(others).toEqual([]);
    expect(api.asked).toEqual([`put ${String(schedule?.["id"])}`]);
  });

  test("the same fields are taken inside credentials, and a schedule of one's own, or none", async () => {
    const answer = await connect({
      provider: "kiotviet",
      credentials: shop,
      schedule: { cadence: { everyHours: 4 }, zone: "Asia/Ho_Chi_Minh" },
    });
    expect(answer.status).toBe(201);
    expect(await schedulesOf(answer.body["id"])).toMatchObject([
      { cadence: { everyHours: 4 }, zone: "Asia/Ho_Chi_Minh" },
    ]);
    company = await api.company();
    key = company.keys.admin;
    expect(await schedulesOf((await toShop({ schedule: null })).body["id"])).toEqual([]);
  });

  test.each([
    ["a wrong secret", { ...shop, clientSecret: "wrong" }, "/entered"],
    ["a name that is none", { ...shop, retailer: "no shop" }, "/entered/retailer"],
    ["another shop than the client's", { ...shop, retailer: "elsewhere" }, "/entered"],
  ])("%s is refused with 422, and nothing is stored", async (_name, entered, pointer) => {
    const answer = await connect({ provider: "kiotviet", entered });
    expect([answer.status, answer.body["code"], pointers(answer)]).toEqual([
      422,
      "credentials_refused",
      [pointer],
    ]);
    expect(await stored()).toEqual([]);
    expect(api.rings).toEqual([]);
  });

  test("what is missing, what is not known and what is a calendar's is pointed at", async () => {
    const { clientSecret: _secret, ...rest } = shop;
    expect(pointers(await connect({ provider: "kiotviet", entered: rest }))).toEqual([
      "/entered/clientSecret",
    ]);
    expect(
      pointers(await connect({ provider: "kiotviet", entered: { ...shop, pin: "1" } })),
    ).toEqual(["/entered/pin"]);
    expect(pointers(await connect({ provider: "kiotviet" }))).toEqual(["/entered"]);
    for (const more of [
      { calendarId: company.calendarId },
      { policy: "newest" },
      { firstSync: "preview" },
      { pollIntervalMs: 60_000 },
      { direction: "in" },
    ])
      expect(pointers(await toShop(more))).toEqual([`/${Object.keys(more)[0]}`]);
    expect(pointers(await connect({ provider: "google-calendar", entered: shop }))).toEqual([
      "/entered",
    ]);
    expect(pointers(await connect({ provider: "google-calendar" }))).toEqual(["/calendarId"]);
    expect(await stored()).toEqual([]);
  });

  test("a shop is connected once in a company, also by several at once, and in letters of whichever case", async () => {
    const answers = await Promise.all([
      toShop(),
      toShop(),
      connect({ provider: "kiotviet", entered: shop }),
    ]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
    const again = answers.find(({ status }) => status === 409);
    expect(again?.body["code"]).toBe("already_connected");
    expect(await stored()).toHaveLength(1);
    await api.sql(
      "update connections set settings = $2 where company_id = $1 and provider = 'kiotviet'",
      [company.id, JSON.stringify({ retailer: "Demo-Shop" })],
    );
    expect((await toShop()).status).toBe(409);
    const other = await api.company();
    expect((await connect({ provider: "kiotviet", entered: shop }, other.keys.admin)).status).toBe(
      201,
    );
  });

  test("one that was disconnected is connected anew, as another connection", async () => {
    const first = await toShop();
    await send(api, "DELETE", `/api/connections/${String(first.body["id"])}`, { key });
    const second = await toShop();
    expect(second.status).toBe(201);
    expect(second.body["id"]).not.toBe(first.body["id"]);
  });

  test("a request that is repeated with its key makes one connection and one schedule", async () => {
    const headers = { "idempotency-key": randomUUID() };
    const body = { provider: "kiotviet", entered: shop };
    const replies = [];
    for (let turn = 0; turn < 2; turn++)
      replies.push(await send(api, "POST", "/api/connections", { key, body, headers }));
    expect(replies.map((reply) => reply.body["id"])).toEqual(Array(2).fill(replies[0]?.body["id"]));
    expect(await schedulesOf(replies[0]?.body["id"])).toHaveLength(1);
  });

  test("only admins connect, and members see no secret anywhere", async () => {
    expect(
      (await connect({ provider: "kiotviet", entered: shop }, company.keys.member)).status,
    ).toBe(403);
    const { body } = await toShop();
    const path = `/api/connections/${String(body["id"])}`;
    for (const address of [path, "/api/connections", "/api/calendar/integrations"]) {
      const answer = await send(api, "GET", address, { key: company.keys.member });
      expect(answer.status).toBe(200);
      expect(answer.text).not.toContain(shop.clientSecret);
    }
    expect(
      (
        await send(api, "POST", `${path}/credentials`, {
          key: company.keys.member,
          body: { entered: shop },
        })
      ).status,
    ).toBe(403);
  });
});

describe("a company at Employes", () => {
  test("the only one that a token reaches is chosen, and synced every six hours", async () => {
    const entered = { token: await token({ companies: [firstCompany] }) };
    const answer = await connect({ provider: "employes", entered });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ state: "queued", grantState: "ok" });
    expect(await schedulesOf(answer.body["id"])).toMatchObject([{ cadence: { everyHours: 6 } }]);
    expect(
      await api.sql("select settings from connections where id = $1", [answer.body["id"]]),
    ).toEqual([{ settings: { companyId: firstCompany } }]);
  });

  test("of several one has to be chosen, once, and then it is rung", async () => {
    const entered = { token: await token() };
    const answer = await connect({ provider: "employes", entered });
    expect([answer.status, answer.body["state"]]).toEqual([201, "failing"]);
    expect(api.rings).toEqual([]);
    const path = `/api/connections/${String(answer.body["id"])}`;
    const collections = await send(api, "GET", `${path}/collections`, { key });
    const found = collections.body["data"] as unknown as { id: string }[];
    expect(found.map(({ id }) => id)).toContain(firstCompany);
    expect(found).toHaveLength(2);
    const choose = (companyId: string) =>
      send(api, "PATCH", path, { key, body: { settings: { companyId } } });
    expect((await choose(randomUUID())).status).toBe(422);
    expect((await choose(firstCompany)).body).toMatchObject({ state: "queued" });
    expect(api.rings).toHaveLength(1);
    expect((await choose(found.find(({ id }) => id !== firstCompany)?.id ?? "")).status).toBe(409);
    expect((await choose(firstCompany)).status).toBe(200);
  });

  test("a company is connected once, whether it was named or chosen later", async () => {
    const entered = { token: await token() };
    const named = { provider: "employes", entered, settings: { companyId: firstCompany } };
    expect((await connect(named)).status).toBe(201);
    expect((await connect(named)).status).toBe(409);
    const later = await connect({ provider: "employes", entered });
    const path = `/api/connections/${String(later.body["id"])}`;
    expect(
      (await send(api, "PATCH", path, { key, body: { settings: { companyId: firstCompany } } }))
        .body["code"],
    ).toBe("already_connected");
  });

  test("a token that the provider does not know is refused, and so is a company out of its reach", async () => {
    const unknown = "e30.e30.e30";
    expect(await connect({ provider: "employes", entered: { token: unknown } })).toMatchObject({
      status: 422,
      body: { code: "credentials_refused" },
    });
    expect(
      pointers(await connect({ provider: "employes", entered: { token: "not a token" } })),
    ).toEqual(["/entered/token"]);
    const answer = await connect({
      provider: "employes",
      entered: { token: await token() },
      settings: { companyId: randomUUID() },
    });
    expect([answer.status, pointers(answer)]).toEqual([422, ["/settings"]]);
    expect(await stored()).toEqual([]);
  });
});

describe("what was entered is replaced", () => {
  const replace = (id: unknown, entered: object) =>
    send(api, "POST", `/api/connections/${String(id)}/credentials`, { key, body: { entered } });

  test("by next year's token: the connection is well again, and rung", async () => {
    const entered = { token: await token({ companies: [firstCompany] }) };
    const { body } = await connect({ provider: "employes", entered });
    await api.sql(
      "update connections set grant_state = 'needs_reauth', last_error_code = 'needs_reauth' where id = $1",
      [body["id"]],
    );
    const shown = await send(api, "GET", `/api/connections/${String(body["id"])}`, { key });
    expect(shown.body["nextStep"]).toMatch(/credentials/);
    api.rings.length = 0;
    const next = await token({ companies: [firstCompany] });
    const answer = await replace(body["id"], { token: next });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ grantState: "ok", state: "queued", lastErrorCode: null });
    expect(answer.text).not.toContain(next);
    expect(api.rings).toHaveLength(1);
  });

  test("but not by those of another shop or company", async () => {
    const { body } = await toShop();
    await api.control("POST", "/kiotviet/shops", { retailer: "elsewhere" }).catch(() => {});
    const other = {
      retailer: "elsewhere",
      clientId: "elsewhere-client",
      clientSecret: "elsewhere-secret",
    };
    expect((await replace(body["id"], other)).status).toBe(409);
    const entered = { token: await token({ companies: [firstCompany] }) };
    const people = await connect({ provider: "employes", entered });
    const [second] = (
      await api.control<{ companies: { id: string }[] }>("GET", "/employes/companies")
    ).companies.filter(({ id }) => id !== firstCompany);
    const strange = await token({ companies: [second?.id] });
    const answer = await replace(people.body["id"], { token: strange });
    expect([answer.status, answer.body["code"]]).toEqual([422, "misconfigured"]);
    expect(
      await api.sql("select credential_version as v from connections where id = any($1)", [
        [body["id"], people.body["id"]],
      ]),
    ).toEqual([{ v: 1 }, { v: 1 }]);
  });

  test("where nothing is entered, there is nothing to replace", async () => {
    expect((await replace(company.connectionId, { token: "x" })).status).toBe(409);
  });
});
