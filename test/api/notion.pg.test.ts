import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createNotion } from "../../connectors/notion/index.ts";
import { type Listening, listen, createSandbox } from "../../sandbox/app.ts";
import { type Notion, notionAt } from "../support/notion.ts";
import { type Company, registry, type Reply, send, startApi, type TestApi } from "./harness.ts";

let sandbox: Listening;
let notion: Notion;
let api: TestApi;
let company: Company;
let key: string;

const usual = {
  Date: "date",
  Description: "rich_text",
  Location: "rich_text",
  Notes: "rich_text",
};
const redirectUri = "http://127.0.0.1:3000/api/oauth/notion/callback";

beforeAll(async () => {
  sandbox = await listen(createSandbox());
  notion = notionAt(sandbox.url);
  const oauth = { clientId: "client", clientSecret: "secret", redirectUri };
  const connector = createNotion({ apiUrl: sandbox.url, oauth, timeoutMs: 500 });
  api = await startApi({ registry: registry(connector) });
});
beforeEach(async () => {
  company = await api.company();
  key = company.keys.admin;
  api.rings.length = 0;
  await notion.noFaults();
});
afterAll(async () => {
  await api.stop();
  await sandbox.close();
});

async function database(properties: Record<string, string> = usual) {
  const made = await notion.database({ title: "Team", properties });
  return { id: made.id, table: made.dataSources[0]?.id ?? "" };
}
const columns = async (table: string) =>
  (await notion.databases())
    .flatMap(({ dataSources }) => dataSources)
    .find(({ id }) => id === table)?.properties ?? {};

const connect = (more: object = {}) =>
  send(api, "POST", "/api/connections", {
    key,
    body: { provider: "notion", calendarId: company.calendarId, ...more },
  });
const internal = async () => ({ credentials: { accessToken: (await notion.token()).token } });
const read = async (id: string) => (await send(api, "GET", `/api/connections/${id}`, { key })).body;
const patch = (id: string, body: object) =>
  send(api, "PATCH", `/api/connections/${id}`, { key, body });
const propertiesOf = (reply: Reply) => reply.body["properties"] as unknown as object;
const idOf = (reply: Reply) => String(reply.body["id"]);
const settingsOf = async (id: string) =>
  (await api.sql("select settings, credentials from connections where id = $1", [id]))[0];
const count = async () =>
  (
    await api.sql("select id from connections where company_id = $1 and provider = 'notion'", [
      company.id,
    ])
  ).length;

/** A person who lets the connection in, or does not; answers the page that they end on. */
async function consent(url: unknown, decision: "allow" | "deny" = "allow"): Promise<Reply> {
  const asked = await fetch(`${String(url)}&sandbox_auto=${decision}`, { redirect: "manual" });
  const back = new URL(asked.headers.get("location") ?? "");
  return send(api, "GET", `${back.pathname}${back.search}`);
}
const again = async (id: string) =>
  (await send(api, "POST", `/api/connections/${id}/consent`, { key })).body["consentUrl"];

describe("connecting a database of Notion's with a token", () => {
  test("its properties are looked up, the one for our key is made, and it is rung", async () => {
    const { id, table } = await database();
    const answer = await connect({
      remoteCalendarId: id.replaceAll("-", ""),
      firstSync: "preview",
      ...(await internal()),
    });
    expect(answer.status).toBe(201);
    const found = await columns(table);
    expect(found["Syncline key"]).toMatchObject({ type: "rich_text" });
    expect(answer.body).toMatchObject({
      state: "queued",
      remoteCalendarId: table,
      firstSync: "preview",
      tokenExpiresAt: null,
      consentUrl: null,
      properties: {
        title: "title",
        date: found["Date"]?.id,
        notes: found["Notes"]?.id,
        key: found["Syncline key"]?.id,
      },
    });
    expect(api.rings).toMatchObject([{ connectionId: answer.body["id"] }]);
    expect(await settingsOf(idOf(answer))).toMatchObject({
      settings: { databaseId: id, zone: "Europe/Amsterdam" },
    });
  });

  test("everything that does not fit is named at once, and nothing is made on either side", async () => {
    const { id, table } = await database({ When: "date", Location: "number", Notes: "rich_text" });
    const answer = await connect({ remoteCalendarId: id, ...(await internal()) });
    expect(answer.body).toMatchObject({ status: 422, code: "misconfigured" });
    for (const name of ["Date", "Description", "Location"])
      expect(answer.body["detail"]).toContain(JSON.stringify(name));
    expect([await count(), Object.keys(await columns(table))]).toEqual([
      0,
      expect.not.arrayContaining(["Syncline key"]),
    ]);
  });

  test("properties may have other names, or be left out, and our key need not be kept", async () => {
    const { id, table } = await database({ When: "date", Where: "rich_text" });
    const answer = await connect({
      remoteCalendarId: id,
      properties: { date: "When", location: "Where", description: "", notes: "" },
      addKeyProperty: false,
      ...(await internal()),
    });
    const found = await columns(table);
    expect([answer.status, answer.body["properties"]]).toEqual([
      201,
      {
        title: "title",
        date: found["When"]?.id,
        location: found["Where"]?.id,
        description: "",
        notes: "",
        key: "",
      },
    ]);
    expect(found).not.toHaveProperty("Syncline key");
  });

  test("a database that is not shared with the connection is told in words", async () => {
    const { id } = await database();
    const { token } = await notion.token({ share: [] });
    const answer = await connect({ remoteCalendarId: id, credentials: { accessToken: token } });
    expect(answer.body).toMatchObject({
      status: 422,
      code: "misconfigured",
      detail: expect.stringContaining("under Connections"),
    });
  });

  test("a token that Notion does not know connects nothing", async () => {
    const { id } = await database();
    const answer = await connect({ remoteCalendarId: id, credentials: { accessToken: "ntn_x" } });
    expect([answer.status, answer.body["code"], await count()]).toEqual([409, "not_connected", 0]);
  });

  test("a Notion that hangs is waited for a bounded time, and nothing is stored", async () => {
    const { id } = await database();
    await notion.fault({ match: { path: "^/v1/" }, kind: "timeout" });
    const began = Date.now();
    const answer = await connect({ remoteCalendarId: id, ...(await internal()) });
    expect([answer.status, await count()]).toEqual([503, 0]);
    expect(Date.now() - began).toBeLessThan(4_000);
  });

  test.each<[string, object]>([
    ["/remoteCalendarId", { remoteCalendarId: "not an id" }],
    ["/properties/title", { remoteCalendarId: "0".repeat(32), properties: { title: "" } }],
    ["/properties/colour", { remoteCalendarId: "0".repeat(32), properties: { colour: "x" } }],
    ["/properties/date", { properties: { date: "When" } }],
    ["/addKeyProperty", { addKeyProperty: true }],
    [
      "/properties/date",
      { provider: "google-calendar", remoteCalendarId: "x", properties: { date: "When" } },
    ],
    [
      "/addKeyProperty",
      { provider: "google-calendar", remoteCalendarId: "x", addKeyProperty: false },
    ],
  ])("what cannot be is pointed at: %s", async (pointer, body) => {
    const answer = await connect({ ...body, ...(await internal()) });
    expect([answer.status, answer.body["errors"]]).toMatchObject([400, [{ pointer }]]);
  });

  test("a table is not connected twice, by whichever id it is named", async () => {
    const { id, table } = await database();
    expect((await connect({ remoteCalendarId: id, ...(await internal()) })).status).toBe(201);
    const twin = await connect({ remoteCalendarId: table, ...(await internal()) });
    expect([twin.status, twin.body["code"]]).toEqual([409, "already_connected"]);
  });
});

describe("connecting a database of Notion's by consent", () => {
  test("what was chosen before is looked up once a person has consented", async () => {
    const { id, table } = await database();
    const made = await connect({ remoteCalendarId: id });
    expect(made.body).toMatchObject({ grantState: "pending", remoteCalendarId: id });
    const page = await consent(made.body["consentUrl"]);
    expect([page.status, page.text]).toEqual([200, expect.stringContaining("is being synced")]);
    expect(await read(idOf(made))).toMatchObject({
      grantState: "ok",
      state: "queued",
      remoteCalendarId: table,
      account: expect.any(String),
      properties: { key: expect.stringMatching(/./) },
      tokenExpiresAt: null,
    });
  });

  test("what does not fit is said on the page and on the connection, and nothing is half-written", async () => {
    const { id, table } = await database({
      Date: "date",
      Location: "rich_text",
      Notes: "rich_text",
    });
    const made = await connect({ remoteCalendarId: id });
    const before = await settingsOf(idOf(made));
    const page = await consent(made.body["consentUrl"]);
    expect([page.status, page.text]).toEqual([400, expect.stringContaining("Description")]);
    expect(await settingsOf(idOf(made))).toEqual(before);
    expect(await read(idOf(made))).toMatchObject({
      grantState: "pending",
      account: null,
      lastErrorCode: "misconfigured",
      lastError: expect.stringContaining("Description"),
      nextStep: expect.stringContaining("consent"),
    });
    expect(api.rings).toEqual([]);
    await notion.schema(table, { Description: "rich_text" });
    expect((await consent(await again(idOf(made)))).status).toBe(200);
    expect(await read(idOf(made))).toMatchObject({
      grantState: "ok",
      lastErrorCode: null,
      remoteCalendarId: table,
    });
  });

  test("before consent the choice may be made anew, after it the table is fixed", async () => {
    const [first, second] = [await database(), await database()];
    const made = await connect({ remoteCalendarId: first.id });
    expect((await patch(idOf(made), { remoteCalendarId: second.id })).body).toMatchObject({
      remoteCalendarId: second.id,
    });
    expect((await consent(made.body["consentUrl"])).status).toBe(200);
    expect((await patch(idOf(made), { remoteCalendarId: first.id })).status).toBe(409);
    expect((await patch(idOf(made), { remoteCalendarId: second.id })).body).toMatchObject({
      remoteCalendarId: second.table,
    });
  });

  test("the table is chosen after consent from a list, by two at once only one of two", async () => {
    const [first, second] = [await database(), await database()];
    const made = await connect();
    const page = await consent(made.body["consentUrl"]);
    expect(page.text).toContain("choose the calendar");
    const listed = await send(api, "GET", `/api/connections/${idOf(made)}/collections`, { key });
    expect(listed.body["data"]).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: first.table, writable: true, primary: false }),
        expect.objectContaining({ id: second.table }),
      ]),
    );
    const chosen = await Promise.all(
      [first, second].map(({ table }) => patch(idOf(made), { remoteCalendarId: table })),
    );
    expect(chosen.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  });

  test("another account is refused, the same one is taken again", async () => {
    const made = await connect({ remoteCalendarId: (await database()).id });
    expect((await consent(made.body["consentUrl"])).status).toBe(200);
    expect((await consent(await again(idOf(made)))).status).toBe(200);
    await api.sql("update connections set account = 'another' where id = $1", [idOf(made)]);
    const page = await consent(await again(idOf(made)));
    expect([page.status, page.text]).toEqual([400, expect.stringContaining("another account")]);
  });

  test("one that is not given is told on a page", async () => {
    const made = await connect();
    const denied = await consent(made.body["consentUrl"], "deny");
    expect([denied.status, denied.text]).toEqual([400, expect.stringContaining("not given")]);
  });

  test("without an OAuth client it is refused, and no connection is left behind", async () => {
    const bare = await startApi();
    const team = await bare.company();
    const answer = await send(bare, "POST", "/api/connections", {
      key: team.keys.admin,
      body: { provider: "notion", calendarId: team.calendarId },
    });
    expect([answer.status, answer.body["detail"]]).toEqual([
      409,
      expect.stringContaining("connect with credentials"),
    ]);
    expect(await bare.sql("select id from connections where provider = 'notion'")).toEqual([]);
    await bare.stop();
  });
});

describe("a database whose properties change", () => {
  test("is mended by naming another property; what does not fit changes nothing", async () => {
    const { id, table } = await database({ ...usual, Place: "rich_text", Size: "number" });
    const made = await connect({ remoteCalendarId: id, ...(await internal()) });
    await api.sql(
      `insert into cursors (company_id, connection_id, stream, cursor) values ($1, $2, 'events', '{"since": "x"}')`,
      [company.id, idOf(made)],
    );
    api.rings.length = 0;
    await notion.schema(table, { Location: null });
    const refused = await patch(idOf(made), { properties: { location: "Size" } });
    expect(refused.body).toMatchObject({ status: 422, code: "misconfigured" });
    expect(await read(idOf(made))).toMatchObject({ properties: made.body["properties"] });
    const mended = await patch(idOf(made), { properties: { location: "Place" } });
    const place = (await columns(table))["Place"]?.id;
    expect(mended.body).toMatchObject({
      remoteCalendarId: table,
      properties: { ...propertiesOf(made), location: place },
      hasCursor: false,
    });
    expect(api.rings).toHaveLength(1);
    const same = await patch(idOf(made), { properties: { location: "Place" } });
    expect([same.status, api.rings.length]).toEqual([200, 2]);
  });

  test("a renamed property stays the one that is synced", async () => {
    const { id, table } = await database();
    const made = await connect({ remoteCalendarId: id, ...(await internal()) });
    await notion.schema(table, { Location: { name: "Where" } });
    const answer = await patch(idOf(made), { properties: { notes: "" } });
    expect(answer.body["properties"]).toEqual({
      ...propertiesOf(made),
      notes: "",
    });
  });
});

describe("pulling Notion at the old address", () => {
  const pull = (integrationId: string) =>
    send(api, "POST", "/api/calendar/sync/notion/pull", {
      key: company.keys.member,
      body: { integrationId },
    });

  test("answers the session that will do it", async () => {
    const { id } = await database();
    const made = await connect({ remoteCalendarId: id, ...(await internal()) });
    api.rings.length = 0;
    const answer = await pull(idOf(made));
    expect([answer.status, answer.body["connectionId"]]).toEqual([202, idOf(made)]);
    expect(api.rings).toMatchObject([{ connectionId: idOf(made), trigger: "manual" }]);
  });

  test("is refused for what is not Notion's, not ready, or not the company's (I20)", async () => {
    const waiting = await connect();
    const theirs = (await api.company()).connectionId;
    api.rings.length = 0;
    const refused = [];
    for (const id of [company.connectionId, idOf(waiting), theirs]) {
      const { status, body } = await pull(id);
      refused.push([status, body["code"]]);
    }
    expect(refused).toEqual([
      [409, "conflict"],
      [409, "not_connected"],
      [404, "not_found"],
    ]);
    expect(api.rings).toEqual([]);
  });
});

test("a calendar that is chosen while the connection is paused gets our events once it is resumed", async () => {
  const made = await connect(await internal());
  await send(api, "POST", "/api/events", {
    key,
    body: {
      title: "Ours",
      startDateTime: "2026-03-02T10:00:00Z",
      endDateTime: "2026-03-02T11:00:00Z",
      calendarId: company.calendarId,
    },
  });
  await patch(idOf(made), { enabled: false });
  const chosen = await patch(idOf(made), { remoteCalendarId: (await database()).id });
  expect(chosen.body).toMatchObject({ state: "paused", counters: { pendingWrites: 1 } });
});
