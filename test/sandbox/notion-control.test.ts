import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { createSandbox, listen } from "../../sandbox/app.ts";
import { notionAt } from "../support/notion.ts";
import {
  change,
  clientOf,
  full,
  make,
  raw,
  read,
  refusal,
  type Running,
  start,
  text,
  title,
  valueOf,
} from "./notion-client.ts";

let now: Running;
const started: Running[] = [];
beforeEach(async () => {
  now = await start();
  started.push(now);
});
afterAll(() => Promise.all(started.map(({ listening }) => listening.close())));

const seats = (number: number) => ({ Seats: { number } });
const seatsOf = (page: { properties: object }) => valueOf(page, "Seats");

test("a person's edit falls exactly between a client's read and its write", async () => {
  const { id } = await make(now, seats(1));
  await now.notion.hook({
    operation: "pages.retrieve",
    page: id,
    act: { do: "edit", properties: seats(2) },
  });
  expect(seatsOf(await read(now, id))).toBe(1);
  expect(seatsOf(await read(now, id))).toBe(2);
});

test("a person's edit falls exactly between a client's write and its next read", async () => {
  const { id } = await make(now, seats(1));
  const act = { do: "edit", properties: seats(3) } as const;
  await now.notion.hook({ operation: "pages.update", page: id, nth: 2, act });
  await change(now, id, { Name: title("first") });
  expect(seatsOf(await read(now, id))).toBe(1);
  expect(seatsOf(await change(now, id, seats(2)))).toBe(2);
  expect(seatsOf(await read(now, id))).toBe(3);
});

test("a person's edit can come before the work of a call, or show in its answer", async () => {
  const { id } = await make(now, { Name: title("a"), ...seats(1) });
  const act = (number: number) => ({ do: "edit", properties: seats(number) }) as const;
  await now.notion.hook({ operation: "pages.update", page: id, moment: "before", act: act(2) });
  expect(seatsOf(await change(now, id, { Name: title("b") }))).toBe(2);
  await now.notion.hook({ operation: "pages.update", page: id, moment: "applied", act: act(5) });
  expect(seatsOf(await change(now, id, seats(4)))).toBe(5);
});

test("a person trashes a page the moment it was made, and other pages are left alone", async () => {
  await now.notion.hook({ operation: "pages.create", act: { do: "trash" } });
  const { id, in_trash: atFirst } = await make(now, { Name: title("a") });
  const other = await make(now, { Name: title("b") });
  expect([atFirst, (await read(now, id)).in_trash, (await read(now, other.id)).in_trash]).toEqual([
    false,
    true,
    false,
  ]);
});

test("a person's value that a client replaces without having read it is listed, and no other", async () => {
  const { id } = await make(now, { Name: title("a"), ...seats(1) });
  const lost = async () => (await now.notion.overwritten()).map(({ page, value }) => [page, value]);
  await now.notion.edit(id, seats(2));
  await read(now, id);
  await change(now, id, seats(3));
  await now.notion.edit(id, seats(4));
  await change(now, id, { Name: title("b") });
  expect(await lost()).toEqual([]);
  await now.notion.edit(id, seats(5));
  await change(now, id, seats(6));
  expect(await lost()).toEqual([[id, 5]]);
});

test("who is shown what was before has not read what came since", async () => {
  const { id } = await make(now, seats(1));
  await now.notion.settings({ readLagMs: 60_000 });
  await now.notion.edit(id, seats(2));
  expect(seatsOf(await read(now, id))).toBe(1);
  await change(now, id, seats(3));
  expect(await now.notion.overwritten()).toMatchObject([{ page: id, value: 2 }]);
});

test("an act that cannot be done is told by the hook and not by the call", async () => {
  const { id } = await make(now, { Name: title("a") });
  const act = { do: "edit", properties: { Nothing: { number: 1 } } } as const;
  await now.notion.hook({ operation: "pages.retrieve", act });
  expect((await read(now, id)).id).toBe(id);
  expect(await now.notion.hooks()).toMatchObject([
    { given: 1, problem: "Nothing is not a property that exists." },
  ]);
});

test("a copy has every property of the original, the client's key too, and an id of its own", async () => {
  const { id } = await make(now, { Name: title("a"), Notes: text("key-1") });
  const copy = await now.notion.duplicate(id);
  expect(copy.id).not.toBe(id);
  expect(copy.properties["Notes"]).toEqual((await read(now, id)).properties["Notes"]);
});

test("a person retypes and renames a column: the name changes, of another type the values are lost", async () => {
  const { id } = await make(now, { ...seats(4), Notes: text("kept") });
  await now.notion.schema(now.table, { Seats: { name: "Places" }, Notes: "number" });
  const page = await read(now, id);
  expect(page.properties).toMatchObject({
    Places: { number: 4 },
    Notes: { type: "number", number: null },
  });
});

test("deleting a database leaves nothing to be found", async () => {
  const { id } = await make(now, { Name: title("a") });
  await now.notion.deleteDatabase(now.database.id);
  for (const path of [
    `/databases/${now.database.id}`,
    `/data_sources/${now.table}`,
    `/pages/${id}`,
  ])
    expect((await raw(now, "GET", path)).status).toBe(404);
});

test("a trashed database refuses edits of its pages, which are in no trash themselves", async () => {
  const { id } = await make(now, { Name: title("a") });
  await now.notion.databaseAct(now.database.id, "trash");
  expect((await read(now, id)).in_trash).toBe(false);
  expect(await refusal(change(now, id, seats(1)))).toMatchObject({
    status: 400,
    message: expect.stringContaining("archived ancestor") as string,
  });
});

test("reads give what was before for as long as the setting says", async () => {
  const { id } = await make(now, seats(1));
  await now.notion.settings({ readLagMs: 60_000 });
  await change(now, id, seats(2));
  const { id: made } = await make(now, { Name: title("new") });
  await now.notion.trash(id);
  expect(seatsOf(await read(now, id))).toBe(1);
  expect((await read(now, id)).in_trash).toBe(false);
  expect((await refusal(read(now, made))).status).toBe(404);
  const ids = async () =>
    (await now.api.dataSources.query({ data_source_id: now.table })).results.map((one) => one.id);
  expect(await ids()).toEqual([id]);
  await now.notion.clock(61_000);
  expect((await read(now, id)).in_trash).toBe(true);
  expect(await ids()).toEqual([made]);
});

test("queries and search alone can lag behind", async () => {
  await now.notion.settings({ queryLagMs: 60_000 });
  const { id } = await make(now, seats(1));
  expect((await now.api.search({ filter: { property: "object", value: "page" } })).results).toEqual(
    [],
  );
  expect(seatsOf(await read(now, id))).toBe(1);
  expect((await now.api.dataSources.query({ data_source_id: now.table })).results).toEqual([]);
});

test.each([
  [409, undefined, "conflict_error"],
  [429, "public_api_space_request_rate_limit", "rate_limited"],
  [503, undefined, "service_unavailable"],
  [503, "database_connection_unavailable", "database_connection_unavailable"],
  [529, undefined, "service_overload"],
])("an injected %i is Notion's error, with the reason %s", async (status, reason, code) => {
  const headers = { "Retry-After": "7" };
  await now.notion.fault({
    match: { path: "/v1/" },
    status,
    headers,
    ...(reason !== undefined && { reason }),
  });
  const answer = await raw(now, "GET", "/users/me");
  expect(answer).toMatchObject({ status, body: { object: "error", status, code } });
  expect(answer.headers.get("retry-after")).toBe("7");
  if (status === 429) expect(answer.body["additional_data"]).toEqual({ rate_limit_reason: reason });
});

test("the edge answers in HTML, and Google's addresses have Google's errors", async () => {
  await now.notion.fault({
    match: { path: "/v1/users" },
    kind: "body",
    body: "html",
    status: 502,
    headers: { "cf-ray": "x" },
  });
  const edge = await raw(now, "GET", "/users/me");
  expect([edge.status, edge.text.startsWith("<!DOCTYPE html>")]).toEqual([502, true]);
  await now.notion.fault({ match: { path: "/calendar" }, status: 503 });
  const google = await fetch(`${now.url}/calendar/v3/colors`);
  expect(await google.json()).toMatchObject({ error: { code: 503 } });
});

test("a page is made and its answer lost, so that a second try would make another", async () => {
  await now.notion.fault({
    match: { method: "POST", path: "/v1/pages" },
    phase: "after",
    kind: "reset",
  });
  await expect(make(now, { Name: title("a") })).rejects.toThrow();
  expect(await now.notion.living(now.table)).toHaveLength(1);
});

test("a list that comes empty by a fault is empty in Notion's words", async () => {
  await make(now, { Name: title("a") });
  await now.notion.fault({
    match: { path: "/query" },
    phase: "after",
    kind: "body",
    body: "empty-list",
  });
  expect(await now.api.dataSources.query({ data_source_id: now.table })).toMatchObject({
    object: "list",
    results: [],
    has_more: false,
  });
});

test("a token has a burst of requests and then its average, another token its own", async () => {
  await now.notion.settings({ rateLimit: { perSecond: 3, burst: 2, retryAfter: "1" } });
  const ask = () => raw(now, "GET", "/users/me");
  const answers = [await ask(), await ask(), await ask()];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
  expect(answers[2]?.headers.get("retry-after")).toBe("1");
  const other = clientOf(now.url, (await now.notion.token()).token);
  expect(await other.users.me({})).toMatchObject({ type: "bot" });
  await now.notion.clock(1000);
  expect((await ask()).status).toBe(200);
});

test("calls are counted by page, and a person's are not", async () => {
  const { id } = await make(now, seats(1));
  await change(now, id, seats(2));
  await read(now, id);
  await now.notion.edit(id, seats(3));
  expect(await now.notion.counters()).toMatchObject({
    reads: 1,
    writes: 2,
    byMethod: { "pages.create": 1, "pages.update": 1, "pages.retrieve": 1 },
    perPage: { [id]: { reads: 1, writes: 2 } },
  });
  const requests = await now.notion.requests();
  expect(requests.map(({ method, account }) => [method, account])).toEqual([
    ["POST", now.botId],
    ["PATCH", now.botId],
    ["GET", now.botId],
  ]);
});

test("a write that changes nothing moves the time of the last edit, unless told not to", async () => {
  const [id = ""] = await now.notion.seed(now.table, [
    { properties: seats(1), at: "2026-03-02T08:00:00Z" },
  ]);
  await now.notion.settings({ emptyWrites: "ignore" });
  expect((await change(now, id, seats(1))).last_edited_time).toBe("2026-03-02T08:00:00.000Z");
  await now.notion.settings({ emptyWrites: "bump" });
  expect((await change(now, id, seats(1))).last_edited_time).not.toBe("2026-03-02T08:00:00.000Z");
});

test("everything is there again after a restart, and gone after a reset", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sandbox-"));
  const statePath = join(folder, "state.json");
  const first = await listen(createSandbox({ statePath }));
  const notion = notionAt(first.url);
  const { token } = await notion.token();
  const { id, dataSources } = await notion.database({
    title: "Team",
    properties: { When: "date" },
  });
  const table = dataSources[0]?.id ?? "";
  const [page = ""] = await notion.seed(table, [
    { properties: { Name: title("a") } },
    { properties: {} },
  ]);
  const { next_cursor: cursor } = await clientOf(first.url, token).dataSources.query({
    data_source_id: table,
    page_size: 1,
  });
  await first.close();
  const second = await listen(createSandbox({ statePath }));
  const api = clientOf(second.url, token);
  expect(full(await api.pages.retrieve({ page_id: page })).properties).toMatchObject({
    Name: { title: [{ plain_text: "a" }] },
  });
  const rest = await api.dataSources.query({
    data_source_id: table,
    page_size: 1,
    start_cursor: cursor ?? "",
  });
  expect(rest.results).toHaveLength(1);
  await notionAt(second.url).hook({ operation: "pages.retrieve", act: { do: "trash" } });
  await notionAt(second.url).reset();
  expect(await notionAt(second.url).hooks()).toEqual([]);
  expect(await refusal(api.databases.retrieve({ database_id: id }))).toMatchObject({ status: 401 });
  expect(await notionAt(second.url).databases()).toEqual([]);
  await second.close();
  rmSync(folder, { recursive: true });
});

test("a seed repeated under the same id is refused, so that a demo is made once", async () => {
  const id = "11111111-0000-4000-8000-000000000001";
  await now.notion.database({ id, title: "Demo" });
  await expect(now.notion.database({ id, title: "Demo" })).rejects.toMatchObject({ status: 409 });
});
