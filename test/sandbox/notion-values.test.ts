import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  change,
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
beforeAll(async () => {
  now = await start();
});
afterAll(() => now.listening.close());

const withDate = (date: object | null) => make(now, { Name: title("a"), When: { date } });
const dateOf = async (date: object) => valueOf(await withDate(date), "When");

describe("dates", () => {
  test("days stay days, and the last day belongs to them", async () => {
    expect(await dateOf({ start: "2026-03-09" })).toEqual({
      start: "2026-03-09",
      end: null,
      time_zone: null,
    });
    expect(await dateOf({ start: "2026-03-09", end: "2026-03-10" })).toMatchObject({
      end: "2026-03-10",
    });
  });

  test.each([
    [
      "with an offset",
      { start: "2026-03-09T09:00:00+01:00" },
      "2026-03-09T09:00:00.000+01:00",
      null,
    ],
    ["in UTC", { start: "2026-03-09T09:00:00Z" }, "2026-03-09T09:00:00.000+00:00", null],
    [
      "with neither offset nor zone",
      { start: "2026-03-09T09:00" },
      "2026-03-09T09:00:00.000+00:00",
      null,
    ],
    [
      "local to a zone",
      { start: "2026-07-09T09:00:00", time_zone: "Europe/Amsterdam" },
      "2026-07-09T09:00:00.000+02:00",
      "Europe/Amsterdam",
    ],
    [
      "behind UTC",
      { start: "2026-07-09T09:00:00", time_zone: "America/St_Johns" },
      "2026-07-09T09:00:00.000-02:30",
      "America/St_Johns",
    ],
    [
      "in the hour that the clock skips",
      { start: "2026-03-29T02:30:00", time_zone: "Europe/Amsterdam" },
      "2026-03-29T03:30:00.000+02:00",
      "Europe/Amsterdam",
    ],
  ])("a time %s is answered with milliseconds and an offset", async (_how, date, start, zone) => {
    expect(await dateOf(date)).toEqual({ start, end: null, time_zone: zone });
  });

  test.each([
    ["a day and a time", { start: "2026-03-09", end: "2026-03-09T10:00:00Z" }],
    ["an end before the start", { start: "2026-03-09", end: "2026-03-08" }],
    [
      "an end before the start by its offset",
      { start: "2026-03-09T09:00:00Z", end: "2026-03-09T09:30:00+01:00" },
    ],
    ["a zone and an offset", { start: "2026-03-09T09:00:00+01:00", time_zone: "Europe/Amsterdam" }],
    ["a zone and a day", { start: "2026-03-09", time_zone: "Europe/Amsterdam" }],
    ["a zone that is none", { start: "2026-03-09T09:00:00", time_zone: "Mars/Olympus" }],
    ["a day that is none", { start: "2026-02-30" }],
    ["an hour that is none", { start: "2026-03-09T25:00:00Z" }],
    ["no start", { end: "2026-03-09" }],
    ["something else besides", { start: "2026-03-09", duration: 3 }],
  ])("%s is refused", async (_what, date) => {
    expect(await refusal(withDate(date))).toMatchObject({ status: 400, code: "validation_error" });
  });

  test("an edit by a person leaves no zone, at the same moment", async () => {
    const { id } = await withDate({ start: "2026-03-09T09:00:00", time_zone: "Europe/Amsterdam" });
    await now.notion.edit(id, {
      When: { date: { start: "2026-03-10T09:00:00", time_zone: "Europe/Amsterdam" } },
    });
    expect(valueOf(await read(now, id), "When")).toEqual({
      start: "2026-03-10T09:00:00.000+01:00",
      end: null,
      time_zone: null,
    });
  });

  test("a date is cleared with null", async () => {
    const { id } = await withDate({ start: "2026-03-09" });
    expect(valueOf(await change(now, id, { When: { date: null } }), "When")).toBeNull();
  });
});

describe("other values", () => {
  test("what is not given is empty", async () => {
    const { properties } = await make(now, {});
    expect(properties).toMatchObject({
      Name: { title: [] },
      Notes: { rich_text: [] },
      When: { date: null },
      Place: { select: null },
      State: { status: null },
      Labels: { multi_select: [] },
      Seats: { number: null },
      Done: { checkbox: false },
      Guests: { people: [] },
      Link: { url: null },
    });
  });

  test("every kind is kept as it was written", async () => {
    const [person] = await now.notion.people();
    const page = await make(now, {
      Name: title("All"),
      Notes: {
        rich_text: [
          {
            text: { content: "x", link: { url: "https://example.test" } },
            annotations: { bold: true },
          },
        ],
      },
      Place: { select: { name: "Room 2" } },
      State: { status: { name: "Done" } },
      Labels: { multi_select: [{ name: "a" }, { name: "b" }] },
      Seats: { number: 2.5 },
      Done: { checkbox: true },
      Guests: { people: [{ id: person?.id }] },
      Link: { url: "https://example.test" },
      Mail: { email: "a@example.test" },
      Phone: { phone_number: "+31 20 0000000" },
    });
    expect(page.properties).toMatchObject({
      Notes: {
        rich_text: [
          {
            plain_text: "x",
            href: "https://example.test",
            annotations: { bold: true, italic: false },
          },
        ],
      },
      Place: { select: { name: "Room 2", color: "default" } },
      State: { status: { name: "Done" } },
      Labels: { multi_select: [{ name: "a" }, { name: "b" }] },
      Seats: { number: 2.5 },
      Done: { checkbox: true },
      Guests: { people: [{ id: person?.id, name: "Anna" }] },
      Link: { url: "https://example.test" },
      Mail: { email: "a@example.test" },
      Phone: { phone_number: "+31 20 0000000" },
      Formula: { formula: { type: "string", string: "All" } },
      Made: { created_time: page.created_time },
      Edited: { last_edited_time: page.last_edited_time },
    });
  });

  test("a select makes an option that it does not know, unless the write fails; a status refuses it", async () => {
    const options = async () => {
      const { body } = await raw(now, "GET", `/data_sources/${now.table}`);
      const { Place } = body["properties"] as {
        Place: { select: { options: { name: string }[] } };
      };
      return Place.select.options.map(({ name }) => name);
    };
    const Place = { select: { name: "Attic" } };
    expect(
      (await refusal(make(now, { Place, State: { status: { name: "Unheard" } } }))).status,
    ).toBe(400);
    expect(await options()).not.toContain("Attic");
    await make(now, { Place });
    expect(await options()).toContain("Attic");
  });

  test.each([
    ["2001 letters in a run", text("x".repeat(2001))],
    ["101 runs", { rich_text: Array.from({ length: 101 }, () => ({ text: { content: "x" } })) }],
    [
      "a link of 2001 letters",
      { rich_text: [{ text: { content: "x", link: { url: `https://${"x".repeat(2001)}` } } }] },
    ],
    ["text that is none", { rich_text: "x" }],
    ["a run with something unknown in it", { rich_text: [{ text: { content: "x", size: 3 } }] }],
    ["a value of another type", { number: 3 }],
    ["nothing at all", {}],
  ])("text refuses %s", async (_what, value) => {
    expect(await refusal(make(now, { Notes: value }))).toMatchObject({
      status: 400,
      code: "validation_error",
    });
  });

  test.each([
    ["Seats", { number: "3" }],
    ["Done", { checkbox: null }],
    ["Place", { select: "Room 2" }],
    ["Labels", { multi_select: Array.from({ length: 101 }, (_, at) => ({ name: `l${at}` })) }],
    ["Mail", { email: "x".repeat(201) }],
    ["Link", { url: "x".repeat(2001) }],
    ["Guests", { people: [{ id: "00000000-0000-4000-8000-000000000000" }] }],
    ["Made", { created_time: "2026-03-09T00:00:00.000Z" }],
    ["Formula", { formula: { string: "x" } }],
    ["Unknown", { number: 3 }],
  ])("%s refuses what Notion would refuse", async (name, value) => {
    expect(await refusal(make(now, { [name]: value }))).toMatchObject({
      status: 400,
      code: "validation_error",
    });
  });

  test("a write of which one value is refused changes nothing", async () => {
    const { id } = await make(now, { Name: title("a"), Seats: { number: 1 } });
    await refusal(change(now, id, { Name: title("b"), Seats: { number: "2" } }));
    expect(valueOf(await read(now, id), "Seats")).toBe(1);
    expect(await read(now, id)).toMatchObject({
      properties: { Name: { title: [{ plain_text: "a" }] } },
    });
  });

  test("a refusal says where the fault is, in Notion's words", async () => {
    const { message } = await refusal(make(now, { Notes: text("x".repeat(2001)) }));
    expect(message).toBe(
      "body failed validation: body.properties.Notes.rich_text[0].text.content.length should be ≤ `2000`, instead was `2001`.",
    );
    expect(await refusal(make(now, { When: text("x") }))).toMatchObject({
      message: "When is expected to be date.",
    });
  });

  test("a page shows 25 runs of a text, and all of them property by property", async () => {
    const runs = Array.from({ length: 60 }, (_, at) => ({ text: { content: `${at};` } }));
    const page = await make(now, { Notes: { rich_text: runs } });
    expect(valueOf(page, "Notes")).toHaveLength(25);
    const { Notes } = page.properties;
    const ask = (cursor?: string) =>
      now.api.pages.properties.retrieve({
        page_id: page.id,
        property_id: Notes?.id ?? "",
        page_size: 50,
        ...(cursor !== undefined && { start_cursor: cursor }),
      }) as unknown as Promise<{
        results: { rich_text: { plain_text: string } }[];
        next_cursor: string | null;
      }>;
    const first = await ask();
    const second = await ask(first.next_cursor ?? "");
    expect([first.results.length, second.results.length, second.next_cursor]).toEqual([
      50,
      10,
      null,
    ]);
    expect(second.results.at(-1)?.rich_text.plain_text).toBe("59;");
  });

  test("a page shows 25 people, and all of them property by property", async () => {
    const people = await Promise.all(
      Array.from({ length: 30 }, (_, at) => now.notion.person(`P${at}`, `p${at}@example.test`)),
    );
    const page = await make(now, { Guests: { people: people.map(({ id }) => ({ id })) } });
    expect(valueOf(page, "Guests")).toHaveLength(25);
    const all = await now.api.pages.properties.retrieve({
      page_id: page.id,
      property_id: "Guests",
    });
    expect((all as unknown as { results: unknown[] }).results).toHaveLength(30);
  });

  test("where only mentions count as references, plain text is shown whole", async () => {
    await now.notion.settings({ textReferences: "mentions" });
    const runs = Array.from({ length: 60 }, () => ({ text: { content: "x" } }));
    expect(valueOf(await make(now, { Notes: { rich_text: runs } }), "Notes")).toHaveLength(60);
    await now.notion.settings({ textReferences: "items" });
  });

  test("a property that is one value comes as one item", async () => {
    const { id } = await make(now, { Seats: { number: 7 } });
    const item = await now.api.pages.properties.retrieve({ page_id: id, property_id: "Seats" });
    expect(item).toMatchObject({ object: "property_item", type: "number", number: 7 });
  });
});
