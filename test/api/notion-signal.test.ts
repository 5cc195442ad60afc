import { describe, expect, test } from "vitest";
import { collectionsNamed } from "../../api/notion-signal.ts";

const signal = (more: object) => ({
  type: "page.properties_updated",
  entity: { id: "page-1", type: "page" },
  data: { parent: { id: "database-1", type: "database", data_source_id: "source-1" } },
  ...more,
});

describe("whom a signal of Notion's concerns", () => {
  test("a row's names the database and the data source that it stands in", () => {
    expect(collectionsNamed(signal({}))).toEqual(["database-1", "source-1"]);
  });

  test("a data source's and a database's name themselves", () => {
    const of = (type: string) => ({ entity: { id: `${type}-2`, type }, data: undefined });
    expect(collectionsNamed(signal(of("data_source")))).toEqual(["data_source-2"]);
    expect(collectionsNamed(signal(of("database")))).toEqual(["database-2"]);
  });

  test.each<[string, unknown]>([
    ["a page that was moved may have left any", signal({ type: "page.moved" })],
    ["a block's names none", signal({ data: { parent: { id: "page-1", type: "page" } } })],
    ["one without a parent names none", signal({ data: null })],
    ["one whose parent has no id names none", signal({ data: { parent: { type: "database" } } })],
    ["one of another shape may mean any", { type: 7, entity: [] }],
    ["no JSON object at all may mean any", "x"],
    ["nothing may mean any", undefined],
  ])("%s", (_name, body) => {
    expect(collectionsNamed(body)).toBeNull();
  });
});
