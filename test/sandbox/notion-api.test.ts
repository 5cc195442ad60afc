import { afterAll, beforeEach, expect, test } from "vitest";
import {
  change,
  clientOf,
  make,
  raw,
  read,
  refusal,
  type Running,
  start,
  text,
  title,
} from "./notion-client.ts";

let now: Running;
const started: Running[] = [];
beforeEach(async () => {
  now = await start();
  started.push(now);
});
afterAll(() => Promise.all(started.map(({ listening }) => listening.close())));

test("a request without a token, with a wrong one or an expired one is unauthorised", async () => {
  for (const authorization of [undefined, "Bearer nothing", "Basic abc"])
    expect(await raw(now, "GET", "/users/me", { headers: { authorization } })).toMatchObject({
      status: 401,
      body: { object: "error", code: "unauthorized", message: "API token is invalid." },
    });
  await now.notion.expireTokens(now.botId);
  expect(await refusal(now.api.users.me({}))).toMatchObject({ status: 401, code: "unauthorized" });
});

test("a request must say which version of the API it means", async () => {
  const asking = (version?: string) =>
    raw(now, "GET", "/users/me", { headers: { "notion-version": version } });
  expect(await asking()).toMatchObject({ status: 400, body: { code: "missing_version" } });
  expect(await asking("yesterday")).toMatchObject({
    status: 400,
    body: { code: "missing_version" },
  });
  expect(await asking("2022-06-28")).toMatchObject({
    status: 400,
    body: { code: "validation_error" },
  });
  expect(await asking("2025-09-03")).toMatchObject({ status: 200, body: { id: now.botId } });
});

test("the newest version calls nothing archived any more", async () => {
  const { id } = await make(now, { Name: title("a") });
  const ask = (version: string) =>
    raw(now, "GET", `/pages/${id}`, { headers: { "notion-version": version } });
  expect((await ask("2025-09-03")).body).toMatchObject({ archived: false, in_trash: false });
  expect((await ask("2026-03-11")).body).not.toHaveProperty("archived");
  const headers = { "notion-version": "2026-03-11" };
  const body = { archived: true };
  expect((await raw(now, "PATCH", `/pages/${id}`, { body, headers })).status).toBe(400);
});

test("every answer bears an id of its request, refused ones too", async () => {
  for (const path of ["/users/me", "/pages/nothing"]) {
    const { headers, body } = await raw(now, "GET", path);
    expect(headers.get("x-notion-request-id")).toBe(body["request_id"]);
    expect(headers.get("cf-ray")).not.toBeNull();
  }
});

test("ids may be written without their hyphens, and are answered with them", async () => {
  const { id } = await make(now, { Name: title("a") });
  expect((await read(now, id.replaceAll("-", "").toUpperCase())).id).toBe(id);
  expect(await raw(now, "GET", "/pages/not-an-id")).toMatchObject({
    status: 400,
    body: { code: "validation_error" },
  });
});

test("what is no path of the API is an invalid request, and what is no JSON too", async () => {
  expect((await raw(now, "GET", "/calendars")).body).toMatchObject({ code: "invalid_request_url" });
  const broken = await raw(now, "POST", `/data_sources/${now.table}/query`, { body: "{" });
  expect(broken).toMatchObject({ status: 400, body: { code: "invalid_json" } });
});

test("a query without a body is a query for everything", async () => {
  await make(now, { Name: title("a") });
  const { status, body } = await raw(now, "POST", `/data_sources/${now.table}/query`);
  expect([status, (body["results"] as unknown[]).length]).toEqual([200, 1]);
});

test("a body over 500 KB is too large", async () => {
  const body = { parent: { data_source_id: now.table }, filler: "x".repeat(500_001) };
  expect((await raw(now, "POST", "/pages", { body })).status).toBe(413);
});

test("a database names its data sources, of which there may be several, and has no properties", async () => {
  const { id } = await now.notion.database({
    title: "Two",
    dataSources: [{ name: "One" }, { name: "Other", properties: { When: "date" } }],
  });
  const { body } = await raw(now, "GET", `/databases/${id}`);
  expect((body["data_sources"] as { name: string }[]).map(({ name }) => name)).toEqual([
    "One",
    "Other",
  ]);
  expect(body).not.toHaveProperty("properties");
  expect(body).not.toHaveProperty("last_edited_by");
  const parent = { database_id: id };
  expect(
    await refusal(now.api.pages.create({ parent, properties: { Name: title("where?") } })),
  ).toMatchObject({ status: 400, code: "validation_error" });
});

test("a data source shows its properties by name, their ids percent-encoded, the title's being title", async () => {
  const { body } = await raw(now, "GET", `/data_sources/${now.table}`);
  const properties = body["properties"] as Record<string, { id: string; type: string }>;
  expect(properties["Name"]).toMatchObject({ id: "title", type: "title" });
  expect(properties["When"]?.id).toMatch(/^%3A/);
  expect(body["parent"]).toEqual({ type: "database_id", database_id: now.database.id });
});

test("a client adds, renames and removes a property, whose id outlives its name", async () => {
  const alter = async (properties: object) =>
    (await raw(now, "PATCH", `/data_sources/${now.table}`, { body: { properties } })).body[
      "properties"
    ] as Record<string, { id: string }>;
  const added = (await alter({ "Sync id": { rich_text: {} } }))["Sync id"]?.id ?? "";
  const { id } = await make(now, { Name: title("a"), [added]: text("k1") });
  expect((await alter({ [added]: { name: "Key" } }))["Key"]?.id).toBe(added);
  expect((await read(now, id)).properties).toMatchObject({ Key: { id: added } });
  expect(await alter({ Key: null })).not.toHaveProperty("Key");
  expect((await read(now, id)).properties).not.toHaveProperty("Key");
  expect(await refusal(change(now, id, { Key: text("k2") }))).toMatchObject({
    message: "Key is not a property that exists.",
  });
});

test("the title can be neither removed nor doubled", async () => {
  for (const properties of [{ Name: null }, { Second: { title: {} } }, { Name: { rich_text: {} } }])
    expect(
      (await raw(now, "PATCH", `/data_sources/${now.table}`, { body: { properties } })).status,
    ).toBe(400);
});

test("a page is whole, and shows who made and who last edited it", async () => {
  const page = await make(now, { Name: title("Stand-up") });
  expect(page).toMatchObject({
    object: "page",
    created_by: { object: "user", id: now.botId },
    last_edited_by: { object: "user", id: now.botId },
    in_trash: false,
    archived: false,
    is_locked: false,
    parent: { type: "data_source_id", data_source_id: now.table, database_id: now.database.id },
  });
  const [person] = await now.notion.people();
  const edited = await now.notion.edit(page.id, { Name: title("Sit-down") });
  expect(edited.last_edited_by.id).toBe(person?.id);
  expect(edited.created_by.id).toBe(now.botId);
});

test("a write changes only what it names", async () => {
  const { id } = await make(now, { Name: title("a"), Notes: text("kept"), Seats: { number: 4 } });
  const page = await change(now, id, { Seats: { number: 5 } });
  expect(page.properties).toMatchObject({
    Name: { title: [{ plain_text: "a" }] },
    Notes: { rich_text: [{ plain_text: "kept" }] },
    Seats: { number: 5 },
  });
});

test("a page in the trash is still there, is no longer edited, and can be restored", async () => {
  const { id } = await make(now, { Name: title("a") });
  await now.api.pages.update({ page_id: id, in_trash: true });
  expect((await read(now, id)).in_trash).toBe(true);
  for (const change of [{ properties: { Name: title("b") } }, { in_trash: true }])
    expect(await refusal(now.api.pages.update({ page_id: id, ...change }))).toMatchObject({
      status: 400,
      code: "validation_error",
      message: expect.stringContaining("archived") as string,
    });
  await now.api.pages.update({ page_id: id, archived: false });
  expect((await read(now, id)).in_trash).toBe(false);
});

test("gone, not shared and never there are told in the same words", async () => {
  const { id } = await make(now, { Name: title("a") });
  const { id: hidden } = await make(now, { Name: title("b") });
  await now.notion.delete(id);
  await now.notion.unshare(hidden);
  const words = async (page: string) => {
    const { status, code, message } = await refusal(read(now, page));
    return [status, code, message.replace(page, "x")];
  };
  const never = "00000000-0000-4000-8000-000000000000";
  expect(await words(id)).toEqual(await words(never));
  expect(await words(hidden)).toEqual(await words(never));
  expect((await words(id)).slice(0, 2)).toEqual([404, "object_not_found"]);
  await now.notion.share(hidden);
  expect((await read(now, hidden)).id).toBe(hidden);
});

test("what is taken away from a connection takes what hangs below it along", async () => {
  const { id } = await make(now, { Name: title("a") });
  await now.notion.databaseAct(now.database.id, "unshare");
  for (const path of [
    `/databases/${now.database.id}`,
    `/data_sources/${now.table}`,
    `/pages/${id}`,
  ])
    expect((await raw(now, "GET", path)).status).toBe(404);
  expect((await raw(now, "POST", `/data_sources/${now.table}/query`)).status).toBe(404);
});

test("a connection does only what it has the capability for", async () => {
  const { id } = await make(now, { Name: title("a") });
  const limited = { status: 403, code: "restricted_resource" };
  await now.notion.capabilities(now.botId, ["update"]);
  expect(await refusal(read(now, id))).toMatchObject(limited);
  expect(await refusal(now.api.dataSources.query({ data_source_id: now.table }))).toMatchObject(
    limited,
  );
  expect(await refusal(make(now, { Name: title("b") }))).toMatchObject(limited);
  await now.notion.capabilities(now.botId, ["read"]);
  expect((await read(now, id)).id).toBe(id);
  expect(await refusal(change(now, id, {}))).toMatchObject(limited);
});

test("a page moves to another table with what both tables have", async () => {
  const other = await now.notion.database({ title: "Other", properties: { Notes: "rich_text" } });
  const table = other.dataSources[0]?.id ?? "";
  const { id } = await make(now, { Name: title("a"), Notes: text("b"), Seats: { number: 1 } });
  await now.api.pages.move({
    page_id: id,
    parent: { type: "data_source_id", data_source_id: table },
  });
  const page = await read(now, id);
  expect(page.parent).toMatchObject({ data_source_id: table });
  expect(page.properties).toMatchObject({ Notes: { rich_text: [{ plain_text: "b" }] } });
  expect(page.properties).not.toHaveProperty("Seats");
});

test("a page has content, which writes of properties leave alone", async () => {
  const { id } = await make(now, { Name: title("a") });
  const children = [{ paragraph: { rich_text: [{ text: { content: "minutes" } }] } }];
  await now.api.blocks.children.append({ block_id: id, children });
  await change(now, id, { Seats: { number: 3 } });
  const { results } = await now.api.blocks.children.list({ block_id: id });
  expect(results).toMatchObject([
    { type: "paragraph", paragraph: { rich_text: [{ plain_text: "minutes" }] } },
  ]);
});

test("users/me is the connection's own bot, and search finds tables and pages by their title", async () => {
  expect(await now.api.users.me({})).toMatchObject({ id: now.botId, type: "bot" });
  await make(now, { Name: title("Team lunch") });
  const { results } = await now.api.search({ query: "team" });
  expect(results.map(({ object }) => object).sort()).toEqual(["data_source", "page"]);
  const other = clientOf(now.url, (await now.notion.token({ share: [] })).token);
  expect((await other.search({})).results).toEqual([]);
});
