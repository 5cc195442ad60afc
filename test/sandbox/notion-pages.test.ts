import { afterAll, beforeEach, expect, test } from "vitest";
import { make, read, type Running, start, text, title, valueOf } from "./notion-client.ts";

let now: Running;
const started: Running[] = [];
beforeEach(async () => {
  now = await start();
  started.push(now);
});
afterAll(() => Promise.all(started.map(({ listening }) => listening.close())));

const show = async (path: string) => (await fetch(`${now.url}${path}`)).text();
const send = (act: string, form: Record<string, string>) =>
  fetch(`${now.url}/notion/${now.table}/${act}`, {
    method: "POST",
    body: new URLSearchParams(form),
    redirect: "manual",
  });

/** Every field of the form, as a browser would send it. */
async function fields(id: string): Promise<Record<string, string>> {
  const page = await show(`/notion/${now.table}?edit=${id}`);
  const form = page.slice(
    page.indexOf(`/notion/${now.table}/save`),
    page.indexOf("</form>", page.indexOf("/save")),
  );
  const unescape = (value: string) =>
    value
      .replaceAll("&quot;", '"')
      .replaceAll("&amp;", "&")
      .replaceAll("&#39;", "'")
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">");
  const inputs = [...form.matchAll(/<input\b[^>]*>/g)].flatMap(([input]) => {
    const attribute = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(input)?.[1];
    if (attribute("type") === "checkbox" && !/\bchecked\b/.test(input)) return [];
    return [[unescape(attribute("name") ?? ""), unescape(attribute("value") ?? "on")]];
  });
  const areas = [...form.matchAll(/<textarea name="([^"]*)"[^>]*>([^<]*)<\/textarea>/g)].map(
    ([, name = "", value = ""]) => [unescape(name), unescape(value)],
  );
  const choices = [...form.matchAll(/<select name="([^"]*)">([\s\S]*?)<\/select>/g)].map(
    ([, name = "", options = ""]) => [
      unescape(name),
      unescape(/value="([^"]*)"\s*selected/.exec(options)?.[1] ?? ""),
    ],
  );
  return Object.fromEntries([...inputs, ...areas, ...choices]) as Record<string, string>;
}

async function columnId(name: string): Promise<string> {
  const [page] = await now.notion.living(now.table);
  return decodeURIComponent(page?.properties[name]?.id ?? "");
}

test("the databases are listed, and one is a table that shows what a client writes", async () => {
  await make(now, {
    Name: title("Stand-up <b>"),
    When: { date: { start: "2026-03-09T09:00:00+01:00" } },
  });
  expect(await show("/")).toContain('href="/notion"');
  expect(await show("/notion")).toContain(`href="/notion/${now.table}"`);
  const rows = await show(`/notion/${now.table}/rows`);
  expect(rows).toContain("Stand-up &lt;b&gt;");
  expect(rows).toContain("2026-03-09 09:00");
});

test("a page that is only opened and saved is not edited", async () => {
  const { id } = await make(now, {
    Name: title("a"),
    Notes: {
      rich_text: [
        { text: { content: "one " } },
        { text: { content: "two" }, annotations: { bold: true } },
      ],
    },
    Place: { select: { name: "Attic" } },
    Done: { checkbox: true },
    Seats: { number: 3 },
    When: {
      date: { start: "2026-03-09T09:00:30", end: "2026-03-09T10:00:00", time_zone: "Asia/Tokyo" },
    },
  });
  const before = await now.notion.page(id);
  expect((await send("save", await fields(id))).status).toBe(303);
  expect(await now.notion.page(id)).toEqual(before);
});

test("a person changes one field, and only that one is changed", async () => {
  const { id } = await make(now, { Name: title("a"), Notes: text("kept"), Seats: { number: 3 } });
  await send("save", { ...(await fields(id)), [await columnId("Seats")]: "4" });
  const page = await read(now, id);
  expect([valueOf(page, "Seats"), page.last_edited_by.id === now.botId]).toEqual([4, false]);
  expect(page.properties).toMatchObject({ Notes: { rich_text: [{ plain_text: "kept" }] } });
});

test("a person makes a page of a whole day and of an hour, without any zone", async () => {
  await make(now, { Name: title("first") });
  const when = await columnId("When");
  await send("save", {
    title: "Fair",
    [`${when} day`]: "2026-07-09",
    [`${when} last`]: "2026-07-10",
  });
  await send("save", {
    title: "Lunch",
    [`${when} day`]: "2026-07-09",
    [`${when} time`]: "12:00",
    [`${when} until`]: "13:00",
  });
  const [, fair, lunch] = await now.notion.living(now.table);
  expect(fair?.properties["When"]).toMatchObject({
    date: { start: "2026-07-09", end: "2026-07-10" },
  });
  expect(lunch?.properties["When"]).toMatchObject({
    date: {
      start: "2026-07-09T12:00:00.000+02:00",
      end: "2026-07-09T13:00:00.000+02:00",
      time_zone: null,
    },
  });
});

test("a person copies a page, puts one in the trash and takes it out again", async () => {
  const { id } = await make(now, { Name: title("a"), Notes: text("key") });
  await send("duplicate", { page: id });
  expect(await now.notion.living(now.table)).toHaveLength(2);
  await send("trash", { page: id });
  expect((await read(now, id)).in_trash).toBe(true);
  expect(await show(`/notion/${now.table}`)).toContain("Restore");
  await send("restore", { page: id });
  expect((await read(now, id)).in_trash).toBe(false);
});

test("what cannot be saved is said above the form", async () => {
  const { id } = await make(now, { Name: title("a") });
  const when = await columnId("When");
  const answer = await send("save", {
    ...(await fields(id)),
    [`${when} day`]: "2026-03-09",
    [`${when} last`]: "2026-03-08",
  });
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain('role="alert"');
});
