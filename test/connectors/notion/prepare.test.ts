import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Settings } from "../../../connectors/connector.ts";
import { Rejected } from "../../../connectors/errors.ts";
import { never } from "../scripted.ts";
import { columns, type NotionRig, openNotion } from "./sandbox.ts";

/** What a person gives to connect a database, and what comes of it. */
let rig: NotionRig;
beforeEach(async () => {
  rig = await openNotion();
});
afterEach(() => rig.close());

async function database(properties: Record<string, string | object>) {
  const made = await rig.notion.database({ title: "New", properties });
  return { id: made.id, table: made.dataSources[0]?.id ?? "" };
}

async function prepared(given: Settings): Promise<Settings> {
  const remote = rig.connector.open(rig.connect(rig.connector.checkSettings(given)));
  return (await remote.prepare?.(never)) ?? {};
}

async function idOf(table: string, name: string): Promise<string> {
  for (const { dataSources } of await rig.notion.databases())
    for (const { id, properties } of dataSources)
      if (id === table) return properties[name]?.id ?? "";
  return "";
}

test("the id of a database leads to its data source, its properties, and a new one for the key", async () => {
  const { id, table } = await database(columns);
  const settings = await prepared({ calendarId: id.replaceAll("-", "").toUpperCase() });
  expect(settings).toEqual({
    calendarId: table,
    databaseId: id,
    title: "title",
    date: await idOf(table, "Date"),
    description: await idOf(table, "Description"),
    location: await idOf(table, "Location"),
    notes: await idOf(table, "Notes"),
    key: await idOf(table, "Syncline key"),
  });
  expect(settings["key"]).not.toBe("");
});

test("preparing again what was prepared changes nothing, also once properties are renamed", async () => {
  const { id, table } = await database(columns);
  const settings = await prepared({ calendarId: id });
  await rig.notion.schema(table, { "Syncline key": { name: "Key" }, Date: { name: "When" } });
  expect(await prepared(settings)).toEqual(settings);
});

test("properties are found under the names that were given, and left out where they are empty", async () => {
  const { id, table } = await database({ When: "date", Place: "rich_text", Key: "rich_text" });
  const settings = await prepared({
    calendarId: id,
    title: "Name",
    date: "When",
    location: "Place",
    description: "",
    notes: "",
    key: "Key",
  });
  expect(settings).toMatchObject({ date: await idOf(table, "When"), description: "", notes: "" });
  const remote = rig.connector.open(rig.connect(settings));
  expect(remote.fields).toEqual(["title", "location", "start", "end"]);
  expect(remote.write).toBeDefined();
});

test("without a key property a database is only read", async () => {
  const { id } = await database(columns);
  for (const given of [{ key: "" }, { addKeyProperty: "false" }]) {
    const settings = await prepared({ calendarId: id, ...given });
    expect(settings["key"]).toBe("");
    expect(rig.connector.open(rig.connect(settings)).write).toBeUndefined();
  }
});

describe("what does not fit is refused", () => {
  test("all at once, with what to do", async () => {
    const { id } = await database({ Date: "rich_text", Notes: "rich_text", Place: "select" });
    const refused = prepared({ calendarId: id, location: "Place", title: "Notes" });
    await expect(refused).rejects.toThrow(Rejected);
    for (const part of [
      'title: the property "Notes" is of the type rich_text, expected title',
      'date: the property "Date" is of the type rich_text, expected date',
      'description: there is no property "Description", expected one of the type rich_text (or set "description" to "" to leave it out)',
      'location: the property "Place" is of the type select, expected rich_text',
    ])
      await expect(refused).rejects.toThrow(part);
    await expect(refused).rejects.not.toThrow("notes:");
  });

  test("where a name could mean two properties", async () => {
    const { id } = await database({ ...columns, title: "rich_text" });
    await expect(prepared({ calendarId: id })).rejects.toThrow(
      'title: another property is named "title"',
    );
  });

  test("and makes nothing", async () => {
    const { id, table } = await database({ Date: "rich_text" });
    await expect(prepared({ calendarId: id })).rejects.toThrow(Rejected);
    expect(await idOf(table, "Syncline key")).toBe("");
  });

  test("of several data sources, with a list of them", async () => {
    const made = await rig.notion.database({
      title: "Two",
      dataSources: [
        { name: "One", properties: columns },
        { name: "Other", properties: columns },
      ],
    });
    const refused = prepared({ calendarId: made.id });
    await expect(refused).rejects.toThrow(`"Other" ${made.dataSources[1]?.id}`);
    const settings = await prepared({ calendarId: made.dataSources[1]?.id ?? "" });
    expect(settings["databaseId"]).toBe(made.id);
  });

  test("that is not shared, or in the trash", async () => {
    const { id } = await database(columns);
    await rig.notion.databaseAct(id, "unshare");
    await expect(prepared({ calendarId: id })).rejects.toThrow(/add the connection to it/);
    await rig.notion.databaseAct(id, "share");
    await rig.notion.databaseAct(id, "trash");
    await expect(prepared({ calendarId: id })).rejects.toThrow(/trash/);
  });
});

test("settings are taken in one form, and refused by name where they are none", () => {
  const id = "D5D50000000040008000000000000001";
  const check = (given: object) => rig.connector.checkSettings({ calendarId: id, ...given });
  expect(check({})).toEqual({ calendarId: "d5d50000-0000-4000-8000-000000000001" });
  expect(check({ zone: "Europe/Amsterdam" })).toHaveProperty("zone", "Europe/Amsterdam");
  for (const [name, value] of Object.entries({
    calendarId: "https://www.notion.so/Team",
    date: "",
    title: "",
    zone: "Mars/Olympus",
    addKeyProperty: "yes",
    notes: 7,
  }))
    expect(() => check({ [name]: value })).toThrow(`${name}: `);
});

test("the data sources that were shared are there to choose from, those of one database by its name", async () => {
  await rig.notion.database({
    title: "Two",
    dataSources: [{ name: "One" }, { name: "Other" }],
  });
  const hidden = await rig.notion.database({ title: "Hidden", properties: columns });
  await rig.notion.databaseAct(hidden.id, "unshare");
  const found = (await rig.open().collections?.(never)) ?? [];
  expect(found.map(({ name }) => name).sort()).toEqual(["Team", "Two / One", "Two / Other"]);
  expect(found.find(({ name }) => name === "Team")).toEqual({
    id: rig.table,
    name: "Team",
    zone: null,
    writable: true,
    primary: false,
  });
});
