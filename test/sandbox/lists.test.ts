import { afterAll, beforeEach, expect, test } from "vitest";
import { ACCOUNT, listAll, refusal, type Running, start, TEAM, timed } from "./sandbox-client.ts";

let running: Running | undefined;
async function fresh(): Promise<Running> {
  await running?.listening.close();
  return (running = await start());
}
afterAll(() => running?.listening.close());

let now: Running;
beforeEach(async () => {
  now = await fresh();
});

const bulk = (count: number) =>
  now.control("POST", `/google/calendars/${encodeURIComponent(TEAM)}/events/bulk`, { count });
const add = async (summary: string, day = "2026-03-02", body: object = {}) =>
  (
    await now.api.events.insert({
      calendarId: TEAM,
      requestBody: { summary, ...timed(day), ...body },
    })
  ).data.id ?? "";

test("pages hold at most what was asked, and only the last one carries a sync token", async () => {
  await bulk(7);
  const first = await now.api.events.list({ calendarId: TEAM, maxResults: 3 });
  expect(first.data.items).toHaveLength(3);
  expect(first.data.nextSyncToken).toBeUndefined();
  const { items, pages, token } = await listAll(now.api, { maxResults: 3 });
  expect([items.length, pages]).toEqual([7, 3]);
  expect(token).toMatch(/=$/);
});

test("pages smaller than asked and empty pages go on to the end", async () => {
  await bulk(5);
  await now.control("POST", "/settings", { pageSizeCap: 2, emptyPages: true });
  const { items, pages } = await listAll(now.api, { maxResults: 100 });
  expect([items.length, pages]).toEqual([5, 6]);
});

test("a sync token gives what changed since the first page of the list was read", async () => {
  await bulk(4);
  const first = await now.api.events.list({ calendarId: TEAM, maxResults: 2 });
  const changed = first.data.items?.[0]?.id ?? "";
  await now.api.events.patch({
    calendarId: TEAM,
    eventId: changed,
    requestBody: { summary: "Between pages" },
  });
  const added = await add("Also between pages");
  const last = await listAll(now.api, { pageToken: first.data.nextPageToken ?? "" });
  const delta = await listAll(now.api, { syncToken: last.token });
  expect(delta.items.map(({ id }) => id).sort()).toEqual([changed, added].sort());
  expect((await listAll(now.api, { syncToken: delta.token })).items).toEqual([]);
});

test("a list says when the calendar was changed last, by a change of whichever event", async () => {
  const first = await add("older");
  await add("newer");
  await now.control("POST", "/clock", { offsetMs: 60_000 });
  const { data } = await now.api.events.patch({
    calendarId: TEAM,
    eventId: first,
    requestBody: { summary: "changed" },
  });
  const list = await now.api.events.list({ calendarId: TEAM });
  const moment = (text: string | null | undefined) => Date.parse(text ?? "");
  expect(Math.abs(moment(list.data.updated) - moment(data.updated))).toBeLessThan(1_000);
});

test("a delta that is paged while events change loses none of them", async () => {
  await bulk(6);
  const { token } = await listAll(now.api);
  const all = (await listAll(now.api)).items.map(({ id }) => id ?? "");
  for (const eventId of all)
    await now.api.events.patch({ calendarId: TEAM, eventId, requestBody: { summary: "x" } });
  const page = await now.api.events.list({ calendarId: TEAM, syncToken: token, maxResults: 2 });
  for (const eventId of all.slice(0, 4))
    await now.api.events.patch({ calendarId: TEAM, eventId, requestBody: { summary: "y" } });
  const rest = await listAll(now.api, {
    syncToken: token,
    pageToken: page.data.nextPageToken ?? "",
  });
  const after = await listAll(now.api, { syncToken: rest.token });
  const seen = [...(page.data.items ?? []), ...rest.items, ...after.items];
  const state = new Map(seen.map((event) => [event.id, event.summary]));
  expect(all.map((id) => state.get(id))).toEqual(["y", "y", "y", "y", "x", "x"]);
});

test("a deletion comes as an entry with an id and little else, or with details", async () => {
  const [first, second] = [await add("One"), await add("Two")];
  const { token } = await listAll(now.api);
  await now.api.events.delete({ calendarId: TEAM, eventId: first });
  await now.control("POST", "/settings", { tombstones: "details" });
  await now.api.events.delete({ calendarId: TEAM, eventId: second });
  const { items } = await listAll(now.api, { syncToken: token });
  expect(Object.keys(items[0] ?? {}).sort()).toEqual(["etag", "id", "kind", "status"]);
  expect(items[1]).toMatchObject({ id: second, status: "cancelled", summary: "Two" });
  expect((await listAll(now.api)).items).toEqual([]);
  expect((await listAll(now.api, { showDeleted: true })).items).toHaveLength(2);
});

test("an expired sync token answers 410, a malformed one 400", async () => {
  const { token } = await listAll(now.api);
  await now.control("POST", "/google/sync-tokens/expire", { calendarId: TEAM });
  expect(await refusal(listAll(now.api, { syncToken: token }))).toMatchObject({
    status: 410,
    reason: "fullSyncRequired",
    location: "syncToken",
  });
  expect(await refusal(listAll(now.api, { syncToken: "nonsense" }))).toMatchObject({
    status: 400,
    reason: "invalid",
  });
  const elsewhere = await now.api.events.list({ calendarId: "primary" });
  expect(
    (await refusal(listAll(now.api, { syncToken: elsewhere.data.nextSyncToken ?? "" }))).status,
  ).toBe(400);
});

test.each([
  ["timeMin", "2026-01-01T00:00:00Z"],
  ["timeMax", "2026-01-01T00:00:00Z"],
  ["updatedMin", new Date().toISOString()],
  ["orderBy", "updated"],
  ["q", "x"],
  ["iCalUID", "x"],
  ["privateExtendedProperty", ["a=b"]],
  ["sharedExtendedProperty", ["a=b"]],
  ["showDeleted", false],
])("a sync token may not come with %s", async (name, value) => {
  const { token } = await listAll(now.api);
  expect(await refusal(listAll(now.api, { syncToken: token, [name]: value }))).toMatchObject({
    status: 400,
    location: name,
  });
});

test("a token handed out for a window keeps to that window", async () => {
  const { token } = await listAll(now.api, { timeMin: "2026-06-01T00:00:00Z" });
  await add("Before", "2026-03-02");
  const inside = await add("Inside", "2026-07-01");
  expect((await listAll(now.api, { syncToken: token })).items.map(({ id }) => id)).toEqual([
    inside,
  ]);
});

test("bounds are exclusive: on the end below, on the start above", async () => {
  await add("Ten to eleven");
  const count = async (timeMin: string, timeMax: string) =>
    (await listAll(now.api, { timeMin, timeMax })).items.length;
  expect(await count("2026-03-02T11:00:00+01:00", "2026-03-02T12:00:00+01:00")).toBe(0);
  expect(await count("2026-03-02T10:59:59+01:00", "2026-03-02T12:00:00+01:00")).toBe(1);
  expect(await count("2026-03-02T09:00:00+01:00", "2026-03-02T10:00:00+01:00")).toBe(0);
  expect(await refusal(count("2026-03-02T11:00:00Z", "2026-03-02T11:00:00Z"))).toMatchObject({
    status: 400,
    reason: "timeRangeEmpty",
    location: "timeMax",
  });
});

test("filters by text, UID, properties, type and time of change apply", async () => {
  const start = new Date(Date.now() - 1000).toISOString();
  const tea = await add("Tea with Ben", "2026-03-02", {
    extendedProperties: { private: { syncId: "a=b" } },
  });
  await add("Coffee");
  const ids = async (params: object) => (await listAll(now.api, params)).items.map(({ id }) => id);
  expect(await ids({ q: "ben" })).toEqual([tea]);
  expect(await ids({ iCalUID: `${tea}@google.com` })).toEqual([tea]);
  expect(await ids({ privateExtendedProperty: ["syncId=a=b"] })).toEqual([tea]);
  expect(await ids({ eventTypes: ["outOfOffice", "focusTime"] })).toEqual([]);
  await now.api.events.delete({ calendarId: TEAM, eventId: tea });
  expect(await ids({ updatedMin: start })).toHaveLength(2);
  const old = new Date(Date.now() - 60 * 86_400_000).toISOString();
  expect(await refusal(ids({ updatedMin: old }))).toMatchObject({
    status: 410,
    reason: "updatedMinTooLongAgo",
  });
});

test("lists lag behind writes where the setting says so", async () => {
  const id = await add("Old title");
  const { token } = await listAll(now.api);
  await new Promise((resolve) => setTimeout(resolve, 320));
  await now.control("POST", "/settings", { readLagMs: 300 });
  await now.api.events.patch({
    calendarId: TEAM,
    eventId: id,
    requestBody: { summary: "New title" },
  });
  await add("New event");
  expect((await listAll(now.api, { syncToken: token })).items).toEqual([]);
  const titles = async () => (await listAll(now.api)).items.map(({ summary }) => summary);
  expect(await titles()).toEqual(["Old title"]);
  await new Promise((resolve) => setTimeout(resolve, 350));
  expect(await titles()).toEqual(["New title", "New event"]);
  expect((await listAll(now.api, { syncToken: token })).items).toHaveLength(2);
});

test("fifty thousand events are listed at more than thirty thousand a second", async () => {
  await bulk(50_000);
  const run = async (): Promise<number> => {
    const started = performance.now();
    let pageToken = "";
    let bytes = 0;
    do {
      const query = new URLSearchParams({
        maxResults: "2500",
        ...(pageToken === "" ? {} : { pageToken }),
      });
      const answer = await fetch(
        `${now.url}/calendar/v3/calendars/${encodeURIComponent(TEAM)}/events?${query.toString()}`,
        { headers: { authorization: `Bearer ${now.token}` } },
      );
      const text = await answer.text();
      bytes += text.length;
      pageToken = /"nextPageToken":"([^"]+)"/.exec(text.slice(0, 2000))?.[1] ?? "";
    } while (pageToken !== "");
    expect(bytes).toBeGreaterThan(10_000_000);
    return 50_000 / ((performance.now() - started) / 1000);
  };
  const rates = [await run(), await run()];
  expect(Math.max(...rates)).toBeGreaterThan(30_000);
}, 60_000);

test("a primary calendar has an alias", async () => {
  const { data } = await now.api.calendarList.get({ calendarId: "primary" });
  expect([data.id, data.primary]).toEqual([ACCOUNT, true]);
});
