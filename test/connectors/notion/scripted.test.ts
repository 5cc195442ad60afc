import { describe, expect, test } from "vitest";
import * as errors from "../../../connectors/errors.ts";
import { createNotion } from "../../../connectors/notion/index.ts";
import { item } from "../events.ts";
import { collect, connection, json, never, type Reply, scripted } from "../scripted.ts";

/** Answers that no well-behaved Notion gives. */
const table = "d5d50000-0000-4000-8000-000000000001";
const settings = {
  calendarId: table,
  databaseId: "",
  title: "title",
  date: "%3Ada",
  description: "%3Ade",
  location: "",
  notes: "",
  key: "%3Ake",
};

const runs = (text: string) => [{ plain_text: text }];
const properties = (name: string, more: object = {}) => ({
  Name: { id: "title", type: "title", title: runs(name) },
  Date: { id: "%3Ada", type: "date", date: { start: "2026-03-02" } },
  Description: { id: "%3Ade", type: "rich_text", rich_text: [] },
  Key: { id: "%3Ake", type: "rich_text", rich_text: [] },
  ...more,
});
const idOf = (n: number) => `1a2b3c4d-0000-4000-8000-${String(n).padStart(12, "0")}`;
const page = (n: number, more: object = {}) => ({
  object: "page",
  id: idOf(n),
  created_time: "2026-03-02T08:14:00.000Z",
  last_edited_time: "2026-03-02T08:15:00.000Z",
  in_trash: false,
  parent: { type: "data_source_id", data_source_id: table },
  properties: properties("SECRET"),
  ...more,
});
const rows = (results: unknown, more: object = {}) =>
  json({ object: "list", results, has_more: false, next_cursor: null, ...more });
const cursor = {
  source: table,
  fullAt: new Date().toISOString(),
  since: "2026-03-02T08:00:00.000Z",
};

async function notion(...replies: Reply[]) {
  const { address, seen } = await scripted(...replies);
  const own = connection(settings);
  const remote = createNotion({ apiUrl: address, timeoutMs: 1_000 }).open(own);
  if (!remote.write) throw new Error("it can be written");
  const pull = () => collect(remote.pull("events", cursor, never));
  const failure = (call: Promise<unknown>) => call.catch((error: unknown) => error);
  return { seen, own, pull, write: remote.write, failure };
}

describe("a listing that cannot be believed is none", () => {
  test.each([
    ["HTML with 200", json("<html>SECRET</html>")],
    ["cut short", json('{"object":"list","results":[{"id":"SECRET')],
    ["without results", json({ object: "list", has_more: false })],
    ["with null for results", rows(null)],
    ["more without a cursor", rows([page(1)], { has_more: true })],
    ["a row without an id", rows([{ object: "page" }])],
    ["a row whose id leads elsewhere", rows([page(1, { id: "../users/me" })])],
  ])("%s", async (_what, reply) => {
    const { pull, failure } = await notion(reply);
    const error = await failure(pull());
    expect(error).toBeInstanceOf(errors.InvalidResponse);
    expect(String(error)).not.toContain("SECRET");
  });

  test("a cursor that comes back", async () => {
    const { pull } = await notion(rows([page(1)], { has_more: true, next_cursor: "c" }));
    await expect(pull()).rejects.toThrow(errors.InvalidResponse);
  });

  test.each([
    [403, "<html>", errors.Unavailable],
    [502, "<html>", errors.Unavailable],
    [522, "", errors.Unavailable],
    [302, "", errors.Unavailable],
    [409, { object: "error", code: "conflict_error" }, errors.Unavailable],
    [403, { object: "error", code: "restricted_resource" }, errors.Forbidden],
    [429, { object: "error", code: "rate_limited" }, errors.RateLimited],
  ])("status %i with %j", async (status, body, expected) => {
    const { pull, seen } = await notion(json(body, status));
    await expect(pull()).rejects.toThrow(expected);
    expect(seen).toHaveLength(1);
  });
});

describe("a row that cannot be understood is set aside alone", () => {
  const broken: [string, object][] = [
    ["parent is missing", { parent: null }],
    ["properties are null", { properties: null }],
    [
      "a text is null",
      {
        properties: properties("a", {
          Description: { id: "%3Ade", type: "rich_text", rich_text: null },
        }),
      },
    ],
    [
      "a date is a number",
      { properties: properties("a", { Date: { id: "%3Ada", type: "date", date: 7 } }) },
    ],
    [
      "a day is none",
      {
        properties: properties("a", {
          Date: { id: "%3Ada", type: "date", date: { start: "SECRET" } },
        }),
      },
    ],
    ["the times are none", { created_time: "SECRET" }],
    ["it is a data source", { object: "data_source" }],
  ];
  test.each(broken)("%s", async (_what, more) => {
    const { pull } = await notion(rows([page(1, more), page(2)]), rows([]));
    const [listed] = await pull();
    expect(listed?.changes.map(({ state }) => state)).toEqual(["set-aside", "living"]);
    expect(JSON.stringify(listed?.changes[0])).not.toContain("SECRET");
  });

  test("half a surrogate pair and NUL become what can be stored", async () => {
    const { pull } = await notion(
      rows([page(1, { properties: properties("a\0b\ud800") })]),
      rows([]),
    );
    expect((await pull())[0]?.changes).toMatchObject([
      { item: { fields: { title: "a\ufffdb\ufffd" } } },
    ]);
  });
});

describe("a token that is refused", () => {
  const refused = json({ object: "error", code: "unauthorized" }, 401);

  test("is renewed once", async () => {
    const { pull, own, seen } = await notion(refused, rows([]));
    await pull();
    expect(own.refused).toEqual(["token-1"]);
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer token-1",
      "Bearer token-2",
      "Bearer token-2",
    ]);
    expect(own.spent).toEqual([1, 1, 1]);
  });

  test("and refused again ends the grant", async () => {
    const { pull, seen } = await notion(refused);
    await expect(pull()).rejects.toThrow(errors.Unauthenticated);
    expect(seen).toHaveLength(2);
  });
});

test("a poll asks for what is mapped alone, and for whole pages, in the pinned version", async () => {
  const { pull, seen } = await notion(rows([]), rows([]));
  const [polled] = await pull();
  expect(polled).toMatchObject({ extent: "delta", changes: [], last: true });
  expect(seen).toHaveLength(2);
  const [first] = seen;
  expect(first?.headers["notion-version"]).toBe("2025-09-03");
  expect(first?.url.searchParams.getAll("filter_properties")).toEqual([
    "title",
    ":da",
    ":de",
    ":ke",
  ]);
  expect(seen.map(({ body }) => JSON.parse(body) as object)).toEqual(
    [false, true].map((in_trash) => ({
      filter: {
        and: [{ timestamp: "last_edited_time", last_edited_time: { on_or_after: cursor.since } }],
      },
      sorts: [{ timestamp: "created_time", direction: "ascending" }],
      page_size: 100,
      in_trash,
    })),
  );
});

test("the next poll begins a minute before this one, by Notion's clock", async () => {
  const dates = { date: "Mon, 02 Mar 2026 09:30:59 GMT" };
  const empty = { object: "list", results: [], has_more: false };
  const { pull } = await notion((seen, response) => {
    response.sendDate = false;
    json(empty, 200, dates)(seen, response);
  });
  expect((await pull())[0]?.cursor).toEqual({ ...cursor, since: "2026-03-02T09:29:00.000Z" });
});

test("without a clock of Notion's, the next poll begins where ours cannot be ahead", async () => {
  const { pull } = await notion((_seen, response) => {
    response.sendDate = false;
    response.end('{"object":"list","results":[],"has_more":false}');
  });
  const since = Date.parse((await pull())[0]?.cursor["since"] ?? "");
  expect(Date.now() - since).toBeGreaterThan(3_600_000);
});

describe("a write whose answer cannot be believed", () => {
  test.each([
    ["HTML with 200", json("<html>SECRET</html>")],
    ["another table's page", json(page(1, { parent: { type: "workspace" } }))],
    ["nothing", json({})],
  ])("%s is no success, and is not repeated", async (_what, reply) => {
    const { write, failure, seen } = await notion(rows([]), rows([]), reply);
    const error = await failure(write.create(item(), "key1", "m1", never));
    expect(error).toBeInstanceOf(errors.InvalidResponse);
    expect(String(error)).not.toContain("SECRET");
    expect(seen).toHaveLength(3);
  });
});

test("an id that Notion cannot have made reaches no address", async () => {
  const { write, seen } = await notion(json({}));
  for (const id of ["..", "../users/me", "a b", "1a2b3c4d000040008000000000000001x"]) {
    await expect(write.update(id, item(), ["title"], null, "m", never)).rejects.toThrow(
      errors.Gone,
    );
    await write.delete(id, null, never);
    expect(await write.read(id, never)).toMatchObject({ state: "set-aside" });
  }
  expect(seen).toEqual([]);
});

test("what cannot be a span is refused before anything is asked", async () => {
  const { write, seen } = await notion(json({}));
  const mixed = item({ end: { date: "2026-03-03" } });
  await expect(write.create(mixed, "key1", "m1", never)).rejects.toThrow(errors.Rejected);
  expect(seen).toEqual([]);
});
