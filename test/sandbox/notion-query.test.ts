import { afterAll, beforeEach, expect, test } from "vitest";
import { make, raw, read, refusal, type Running, start, text, title } from "./notion-client.ts";

let now: Running;
const started: Running[] = [];
beforeEach(async () => {
  now = await start();
  started.push(now);
});
afterAll(() => Promise.all(started.map(({ listening }) => listening.close())));

interface Answer {
  results: { id: string; properties: Record<string, { title?: { plain_text: string }[] }> }[];
  next_cursor: string | null;
  has_more: boolean;
  request_status: object;
}

const query = (body: object = {}) =>
  now.api.dataSources.query({ data_source_id: now.table, ...body }) as unknown as Promise<Answer>;
const names = async (body: object) =>
  (await query(body)).results.map(({ properties }) => properties["Name"]?.title?.[0]?.plain_text);
const seed = (pages: object[], at?: string) =>
  now.notion.seed(
    now.table,
    pages.map((properties) => ({ properties, ...(at !== undefined && { at }) })),
  );

test.each([
  ["text that equals", { property: "Notes", rich_text: { equals: "key-2" } }, ["b"]],
  ["text that contains", { property: "Notes", rich_text: { contains: "KEY" } }, ["a", "b"]],
  ["a title that starts so", { property: "title", title: { starts_with: "c" } }, ["c"]],
  ["text that is empty", { property: "Notes", rich_text: { is_empty: true } }, ["c"]],
  ["a number", { property: "Seats", number: { greater_than: 1 } }, ["b"]],
  ["a number that is none", { property: "Seats", number: { is_empty: true } }, ["c"]],
  ["a checkbox", { property: "Done", checkbox: { equals: true } }, ["b"]],
  ["a select", { property: "Place", select: { equals: "Attic" } }, ["a"]],
  [
    "a select that is another",
    { property: "Place", select: { does_not_equal: "Attic" } },
    ["b", "c"],
  ],
  ["a label", { property: "Labels", multi_select: { contains: "red" } }, ["a"]],
  ["a day", { property: "When", date: { on_or_after: "2026-03-10" } }, ["b"]],
  ["a moment", { property: "When", date: { before: "2026-03-10T08:30:00Z" } }, ["a", "b"]],
  ["a formula", { property: "Formula", formula: { string: { equals: "c" } } }, ["c"]],
  [
    "both",
    {
      and: [
        { property: "Seats", number: { less_than: 3 } },
        { property: "Done", checkbox: { equals: true } },
      ],
    },
    ["b"],
  ],
  [
    "either, two levels deep",
    {
      or: [
        { property: "Name", title: { equals: "c" } },
        {
          and: [
            { property: "Seats", number: { equals: 1 } },
            { property: "Done", checkbox: { equals: false } },
          ],
        },
      ],
    },
    ["a", "c"],
  ],
])("a filter finds %s", async (_what, filter, found) => {
  const date = (start: string) => ({ date: { start } });
  await seed([
    {
      Name: title("a"),
      Notes: text("key-1"),
      Seats: { number: 1 },
      Place: { select: { name: "Attic" } },
      Labels: { multi_select: [{ name: "red" }] },
      When: date("2026-03-09"),
    },
    {
      Name: title("b"),
      Notes: text("key-2"),
      Seats: { number: 2 },
      Done: { checkbox: true },
      When: date("2026-03-10T09:00:00+01:00"),
    },
    { Name: title("c") },
  ]);
  expect(await names({ filter })).toEqual(found);
});

test.each([
  ["a property that is not there", { property: "Nothing", number: { equals: 1 } }],
  ["a condition of another type", { property: "When", checkbox: { equals: true } }],
  ["an operator that is none", { property: "Seats", number: { contains: 1 } }],
  ["an operand of another type", { property: "Seats", number: { equals: "1" } }],
  ["a moment that is none", { timestamp: "last_edited_time", last_edited_time: { after: "soon" } }],
  ["a filter of nothing", {}],
  [
    "three levels",
    { and: [{ or: [{ and: [{ property: "Done", checkbox: { equals: true } }] }] }] },
  ],
])("a filter with %s is refused", async (_what, filter) => {
  expect(await refusal(query({ filter }))).toMatchObject({ status: 400, code: "validation_error" });
});

test("times are cut to the minute, so that two edits in a minute cannot be told apart", async () => {
  const [id = ""] = await seed([{ Name: title("a") }], "2026-03-02T08:15:59.900Z");
  expect(await read(now, id)).toMatchObject({
    created_time: "2026-03-02T08:15:00.000Z",
    last_edited_time: "2026-03-02T08:15:00.000Z",
  });
  await now.notion.settings({ rounding: "nearest" });
  expect((await read(now, id)).last_edited_time).toBe("2026-03-02T08:16:00.000Z");
});

test("edited since a minute means that minute too", async () => {
  await seed([{ Name: title("a") }], "2026-03-02T08:15:30.000Z");
  const since = (operator: string, at: string) =>
    names({ filter: { timestamp: "last_edited_time", last_edited_time: { [operator]: at } } });
  expect(await since("on_or_after", "2026-03-02T08:15:00.000Z")).toEqual(["a"]);
  expect(await since("after", "2026-03-02T08:15:00.000Z")).toEqual([]);
  expect(await since("on_or_after", "2026-03-02T08:15:20.000Z")).toEqual([]);
});

test("rows are sorted by time and by value, what is empty last", async () => {
  await seed([{ Name: title("late"), Seats: { number: 3 } }], "2026-03-02T09:00:00Z");
  await seed([{ Name: title("early") }], "2026-03-02T08:00:00Z");
  await seed([{ Name: title("middle"), Seats: { number: 1 } }], "2026-03-02T08:30:00Z");
  const sorted = (sort: object) => names({ sorts: [sort] });
  const direction = "ascending";
  expect(await sorted({ timestamp: "last_edited_time", direction })).toEqual([
    "early",
    "middle",
    "late",
  ]);
  expect(await sorted({ property: "Seats", direction })).toEqual(["middle", "late", "early"]);
  expect(await sorted({ property: "Seats", direction: "descending" })).toEqual([
    "late",
    "middle",
    "early",
  ]);
});

test("what is in the trash is found only where it is asked for", async () => {
  const [id = ""] = await seed([{ Name: title("a") }, { Name: title("b") }]);
  await now.notion.trash(id);
  expect(await names({})).toEqual(["b"]);
  expect(await names({ in_trash: true })).toEqual(["a"]);
});

test("a query shows only the properties it is asked for", async () => {
  await seed([{ Name: title("a"), Seats: { number: 1 } }]);
  const { results } = await now.api.dataSources.query({
    data_source_id: now.table,
    filter_properties: ["title"],
  });
  expect(Object.keys((results[0] as unknown as Answer["results"][0]).properties)).toEqual(["Name"]);
});

test("pages follow each other by cursor, at most a hundred rows each", async () => {
  await now.notion.bulk(now.table, { count: 250 });
  const sizes: number[] = [];
  const ids = new Set<string>();
  let cursor: string | null | undefined;
  do {
    const page = await query({ start_cursor: cursor });
    sizes.push(page.results.length);
    for (const { id } of page.results) ids.add(id);
    cursor = page.next_cursor;
  } while (cursor !== null);
  expect([sizes, ids.size]).toEqual([[100, 100, 50], 250]);
  expect(await refusal(query({ page_size: 101 }))).toMatchObject({
    status: 400,
    code: "validation_error",
  });
});

test("a cursor of another query, a broken one and one that has expired are refused", async () => {
  await now.notion.bulk(now.table, { count: 3 });
  const { next_cursor: cursor } = await query({ page_size: 1 });
  const refused = { status: 400, message: expect.stringContaining("start_cursor") as string };
  const filter = { property: "Done", checkbox: { equals: false } };
  expect(await refusal(query({ start_cursor: cursor, filter }))).toMatchObject(refused);
  expect(await refusal(query({ start_cursor: "x" }))).toMatchObject(refused);
  expect((await query({ start_cursor: cursor })).results).toHaveLength(2);
  await now.notion.expireCursors();
  expect(await refusal(query({ start_cursor: cursor }))).toMatchObject(refused);
});

test("a walk can be made to lose its cursor in the middle", async () => {
  await now.notion.bulk(now.table, { count: 5 });
  await now.notion.settings({ cursorBreaksAfter: 2, pageSizeCap: 1 });
  const first = await query();
  const second = await query({ start_cursor: first.next_cursor });
  expect((await refusal(query({ start_cursor: second.next_cursor }))).status).toBe(400);
});

test("a row that is edited during a walk by time of edit comes again at its end", async () => {
  const [first = ""] = await seed(
    [{ Name: title("a") }, { Name: title("b") }, { Name: title("c") }],
    "2026-03-02T08:00:00Z",
  );
  const sorts = [{ timestamp: "last_edited_time", direction: "ascending" }];
  const page = await query({ sorts, page_size: 1 });
  await now.notion.edit(first, { Name: title("a again") });
  expect(await names({ sorts, start_cursor: page.next_cursor })).toEqual(["b", "c", "a again"]);
});

test("a query gives so many rows and no more, and says that it is not complete", async () => {
  await now.notion.bulk(now.table, { count: 12 });
  await now.notion.settings({ rowCap: 10 });
  const first = await query({ page_size: 7 });
  const second = await query({ page_size: 7, start_cursor: first.next_cursor });
  expect([first.results.length, second.results.length]).toEqual([7, 3]);
  expect(first.request_status).toEqual({ type: "complete" });
  expect(second).toMatchObject({
    has_more: false,
    next_cursor: null,
    request_status: { type: "incomplete", incomplete_reason: "query_result_limit_reached" },
  });
});

test("twelve thousand pages are there in a moment, and a walk ends at ten thousand", async () => {
  const began = performance.now();
  await now.notion.bulk(now.table, { count: 12_000 });
  expect(performance.now() - began).toBeLessThan(10_000);
  let given = 0;
  let page: Answer | undefined;
  do {
    page = await query({ start_cursor: page?.next_cursor });
    given += page.results.length;
  } while (page.has_more);
  expect(given).toBe(10_000);
  expect(page.request_status).toMatchObject({ type: "incomplete" });
}, 60_000);

test("a table whose database is in the trash is not found, or seems empty where the setting says so", async () => {
  await make(now, { Name: title("a") });
  await now.notion.databaseAct(now.database.id, "trash");
  expect((await refusal(query())).status).toBe(404);
  expect((await raw(now, "GET", `/databases/${now.database.id}`)).body).toMatchObject({
    in_trash: true,
  });
  await now.notion.settings({ trashedDatabase: "empty" });
  expect((await query()).results).toEqual([]);
});
