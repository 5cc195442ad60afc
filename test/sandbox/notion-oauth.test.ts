import { Client } from "@notionhq/client";
import { afterAll, beforeEach, expect, test } from "vitest";
import { clientOf, raw, refusal, type Running, start } from "./notion-client.ts";

const client_id = "syncline";
const client_secret = "shh:with-a-colon";
const redirect_uri = "http://localhost:9999/callback";

let now: Running;
const started: Running[] = [];
beforeEach(async () => {
  now = await start();
  started.push(now);
  await now.notion.client({
    clientId: client_id,
    clientSecret: client_secret,
    redirectUris: [redirect_uri],
  });
});
afterAll(() => Promise.all(started.map(({ listening }) => listening.close())));

const address = (more: Record<string, string> = {}) =>
  `${now.url}/v1/oauth/authorize?${new URLSearchParams({ client_id, redirect_uri, response_type: "code", owner: "user", state: "s1", ...more })}`;
const visit = (more?: Record<string, string>) => fetch(address(more), { redirect: "manual" });
const landing = async (response: Promise<Response>) =>
  new URL((await response).headers.get("location") ?? "").searchParams;
const consent = async (more: Record<string, string> = {}) =>
  (await landing(visit({ sandbox_auto: "allow", ...more }))).get("code") ?? "";

/** The token endpoints as the official client calls them. */
const oauth = () => new Client({ baseUrl: now.url, retry: false, logger: () => undefined }).oauth;
const exchange = (code: string, uri = redirect_uri) =>
  oauth().token({
    client_id,
    client_secret,
    grant_type: "authorization_code",
    code,
    redirect_uri: uri,
  });
const refresh = (token: string) =>
  oauth().token({ client_id, client_secret, grant_type: "refresh_token", refresh_token: token });
const refused = async (call: Promise<unknown>): Promise<unknown> => {
  try {
    await call;
  } catch (error) {
    const { status, body } = error as { status: number; body: string };
    return { status, ...(JSON.parse(body) as object) };
  }
  throw new Error("The call was not refused.");
};

test("a person picks what a client may see, and it sees nothing else", async () => {
  const other = await now.notion.database({ title: "Secret" });
  const form = await (await visit()).text();
  expect(form).toContain("Team");
  expect(form).toContain("Secret");
  const body = new URLSearchParams({
    client_id,
    redirect_uri,
    response_type: "code",
    owner: "user",
    state: "s1",
    decision: "allow",
    shared: now.database.id,
  });
  const back = await landing(
    fetch(`${now.url}/v1/oauth/authorize`, { method: "POST", body, redirect: "manual" }),
  );
  expect(back.get("state")).toBe("s1");
  const token = await exchange(back.get("code") ?? "");
  expect(token).toMatchObject({
    token_type: "bearer",
    workspace_name: "Example",
    owner: { type: "user" },
  });
  expect(token).not.toHaveProperty("expires_in");
  const api = clientOf(now.url, token.access_token);
  expect(await api.databases.retrieve({ database_id: now.database.id })).toMatchObject({
    object: "database",
  });
  expect((await refusal(api.databases.retrieve({ database_id: other.id }))).status).toBe(404);
  expect((await api.users.me({})).id).toBe(token.bot_id);
});

test("a page that is picked gives what hangs below it, a database and its rows too", async () => {
  const { id: page } = await now.notion.loosePage("Plans");
  const { dataSources } = await now.notion.database({ title: "Below", page });
  const table = dataSources[0]?.id ?? "";
  const [row = ""] = await now.notion.seed(table, [{ properties: {} }]);
  const token = await exchange(await consent({ sandbox_share: page }));
  const api = clientOf(now.url, token.access_token);
  expect((await api.pages.retrieve({ page_id: row })).id).toBe(row);
  expect((await refusal(api.databases.retrieve({ database_id: now.database.id }))).status).toBe(
    404,
  );
});

test("a person who says no is sent back with a refusal", async () => {
  expect(Object.fromEntries(await landing(visit({ sandbox_auto: "deny" })))).toEqual({
    error: "access_denied",
    state: "s1",
  });
});

test.each([
  ["an unknown client", { client_id: "other" }],
  ["an address that is not the client's", { redirect_uri: "https://elsewhere.test/" }],
  ["another kind of answer", { response_type: "token" }],
  ["another owner", { owner: "workspace" }],
])("a request with %s goes nowhere", async (_what, more) => {
  expect((await visit(more)).status).toBe(400);
});

test("a code works once, for its client and its address", async () => {
  const code = await consent();
  await exchange(code);
  const invalid = { status: 400, error: "invalid_grant" };
  expect(await refused(exchange(code))).toMatchObject(invalid);
  const next = await consent();
  expect(await refused(exchange(next, "http://localhost:1/"))).toMatchObject(invalid);
  expect(await refused(exchange(next))).toMatchObject(invalid);
});

test("a code grows old", async () => {
  const code = await consent();
  await now.notion.clock(601_000);
  expect(await refused(exchange(code))).toMatchObject({ error: "invalid_grant" });
});

test("a refresh gives a new pair, and the old refresh token is refused from then on", async () => {
  const first = await exchange(await consent());
  await now.notion.expireTokens(first.bot_id);
  expect((await refusal(clientOf(now.url, first.access_token).users.me({}))).status).toBe(401);
  const second = await refresh(first.refresh_token ?? "");
  expect(second.bot_id).toBe(first.bot_id);
  expect(await clientOf(now.url, second.access_token).users.me({})).toMatchObject({
    id: first.bot_id,
  });
  expect(await refused(refresh(first.refresh_token ?? ""))).toMatchObject({
    status: 400,
    error: "invalid_grant",
  });
  expect(await refresh(second.refresh_token ?? "")).toMatchObject({ bot_id: first.bot_id });
});

test("refusals come in the other shape where the setting says so", async () => {
  await now.notion.settings({ oauthErrors: "notion" });
  expect(await refused(exchange("nothing"))).toMatchObject({
    status: 400,
    object: "error",
    code: "invalid_grant",
  });
});

test("a client must give its name and its secret", async () => {
  const body = { grant_type: "refresh_token", refresh_token: "x" };
  for (const authorization of [
    undefined,
    `Basic ${Buffer.from(`${client_id}:wrong`).toString("base64")}`,
  ])
    expect(
      await raw(now, "POST", "/oauth/token", { body, headers: { authorization } }),
    ).toMatchObject({
      status: 401,
      body: { error: "invalid_client" },
    });
});

test("one workspace that installs a client again keeps its bot", async () => {
  const [first, second] = [await exchange(await consent()), await exchange(await consent())];
  expect(second.bot_id).toBe(first.bot_id);
});

test("a token can be looked at and revoked", async () => {
  const { access_token: token, refresh_token: renewal } = await exchange(await consent());
  const look = () => oauth().introspect({ client_id, client_secret, token });
  expect(await look()).toMatchObject({ active: true });
  await oauth().revoke({ client_id, client_secret, token });
  expect(await look()).toMatchObject({ active: false });
  expect((await refusal(clientOf(now.url, token).users.me({}))).status).toBe(401);
  expect(await refused(refresh(renewal ?? ""))).toMatchObject({ error: "invalid_grant" });
});
