import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { ACCOUNT, listAll, refusal, type Running, start, TEAM, timed } from "./sandbox-client.ts";

let now: Running;
let started: Running[] = [];
beforeEach(async () => {
  now = await start();
  started.push(now);
});
afterAll(async () => {
  await Promise.all(started.map(({ listening }) => listening.close()));
  started = [];
});

const MONDAYS = ["RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=6"];
const path = `/google/calendars/${encodeURIComponent(TEAM)}/events`;

async function series(body: object = {}) {
  const requestBody = {
    summary: "Stand-up",
    ...timed("2026-03-02", "09:00", "09:15"),
    recurrence: MONDAYS,
    ...body,
  };
  return (await now.api.events.insert({ calendarId: TEAM, requestBody })).data;
}
const patch = async (eventId: string, requestBody: object) =>
  (await now.api.events.patch({ calendarId: TEAM, eventId, requestBody })).data;
const instances = async (eventId: string, params: object = {}) =>
  (await now.api.events.instances({ calendarId: TEAM, eventId, ...params })).data.items ?? [];

test("occurrences follow the local time across a clock change, under ids made of their original start", async () => {
  const { id = "" } = await series();
  const items = await instances(id ?? "");
  expect(items.map((item) => item.id?.split("_")[1])).toEqual([
    "20260302T080000Z",
    "20260309T080000Z",
    "20260316T080000Z",
    "20260323T080000Z",
    "20260330T070000Z",
    "20260406T070000Z",
  ]);
  expect(items[4]).toMatchObject({
    recurringEventId: id,
    start: { dateTime: "2026-03-30T09:00:00+02:00" },
    originalStartTime: { dateTime: "2026-03-30T09:00:00+02:00" },
  });
  expect(await instances(id ?? "", { originalStart: "2026-03-09T08:00:00Z" })).toHaveLength(1);
});

test("a page shows a series at its next occurrence that was neither changed nor called off", async () => {
  const year = new Date().getUTCFullYear() + 1;
  const day = (of: number): string => `${year}-03-0${of}`;
  const { id = "" } = await series({
    ...timed(day(1), "09:00", "09:15"),
    recurrence: ["RRULE:FREQ=DAILY;COUNT=6"],
  });
  const [moved, calledOff] = await instances(id ?? "");
  await patch(moved?.id ?? "", { ...timed(day(1), "11:00", "11:15") });
  await now.api.events.delete({ calendarId: TEAM, eventId: calledOff?.id ?? "" });
  const query = new URLSearchParams({ account: ACCOUNT, calendar: TEAM });
  const page = await (await fetch(`${now.url}/google/events?${query.toString()}`)).text();
  const shown = [...page.matchAll(/<time datetime="([^"+]*)/g)].map(([, at]) => at);
  expect(shown).toEqual([`${day(1)}T11:00:00`, `${day(3)}T09:00:00`]);
});

test("both forms of instance ids can be read and written", async () => {
  const { id = "" } = await series();
  const oldForm = `${id}_20260309T080000Z`;
  await now.control("POST", "/settings", { instanceIdForm: "opaque" });
  const [, second, third] = await instances(id ?? "");
  expect(second?.id).toMatch(/^_[a-v0-9]+$/);
  expect((await now.api.events.get({ calendarId: TEAM, eventId: oldForm })).data.start).toEqual(
    second?.start,
  );
  expect((await patch(third?.id ?? "", { summary: "Moved" })).id).toBe(third?.id);
  expect((await patch(`${id}_20260316T080000Z`, { summary: "Again" })).id).toBe(third?.id);
  expect(
    await refusal(now.api.events.get({ calendarId: TEAM, eventId: `${id}_20260310T080000Z` })),
  ).toMatchObject({ status: 404 });
});

test("an edited occurrence comes back with its master, under the same etag", async () => {
  const { id = "" } = await series();
  const { token } = await listAll(now.api);
  const edited = await patch(`${id}_20260309T080000Z`, timed("2026-03-10", "10:00", "10:15"));
  expect(edited).toMatchObject({
    recurringEventId: id,
    sequence: 1,
    originalStartTime: { dateTime: "2026-03-09T09:00:00+01:00" },
  });
  const { items } = await listAll(now.api, { syncToken: token });
  expect(items.map((item) => item.id)).toEqual([id, edited.id]);
  expect(new Set(items.map((item) => item.etag)).size).toBe(1);
});

test("an edited master brings its living exceptions along, under the same etag", async () => {
  const { id = "" } = await series();
  const edited = await patch(`${id}_20260309T080000Z`, { summary: "Special" });
  await now.api.events.delete({ calendarId: TEAM, eventId: `${id}_20260316T080000Z` });
  const { token } = await listAll(now.api);
  await patch(id ?? "", { location: "Hall" });
  const { items } = await listAll(now.api, { syncToken: token });
  expect(items.map((item) => item.id)).toEqual([id, edited.id]);
  expect(new Set(items.map((item) => item.etag)).size).toBe(1);
});

test("a cancelled occurrence names what it replaces and stays in every list", async () => {
  const { id = "" } = await series();
  const eventId = `${id}_20260316T080000Z`;
  await now.api.events.delete({ calendarId: TEAM, eventId });
  const { items } = await listAll(now.api);
  expect(items.find((item) => item.id === eventId)).toEqual({
    kind: "calendar#event",
    etag: items[0]?.etag,
    id: eventId,
    status: "cancelled",
    recurringEventId: id,
    originalStartTime: { dateTime: "2026-03-16T09:00:00+01:00", timeZone: "Europe/Amsterdam" },
  });
  expect(await refusal(now.api.events.delete({ calendarId: TEAM, eventId }))).toMatchObject({
    status: 410,
  });
  expect(await instances(id ?? "")).toHaveLength(5);
  expect(await instances(id ?? "", { showDeleted: true })).toHaveLength(6);
  expect(await patch(eventId, { status: "confirmed" })).toMatchObject({
    status: "confirmed",
    summary: "Stand-up",
  });
  expect(await instances(id ?? "")).toHaveLength(6);
});

test("a deleted series is one tombstone that takes its exceptions along", async () => {
  const { id = "" } = await series();
  const exception = await patch(`${id}_20260309T080000Z`, { summary: "Special" });
  const { token } = await listAll(now.api);
  await now.api.events.delete({ calendarId: TEAM, eventId: id ?? "" });
  const { items } = await listAll(now.api, { syncToken: token });
  expect(items).toEqual([
    { kind: "calendar#event", etag: items[0]?.etag, id, status: "cancelled" },
  ]);
  expect((await listAll(now.api)).items).toEqual([]);
  expect(
    (await now.api.events.get({ calendarId: TEAM, eventId: exception.id ?? "" })).data.status,
  ).toBe("cancelled");
});

describe("this and following", () => {
  test("a deletion ends the series a second before the day and leaves later exceptions as bare ids", async () => {
    const { id = "" } = await series();
    const later = await patch(`${id}_20260330T070000Z`, { summary: "Late" });
    const { token } = await listAll(now.api);
    await now.control("POST", `${path}/${id}/following`, {
      from: { dateTime: "2026-03-23T09:00:00+01:00" },
    });
    const { items } = await listAll(now.api, { syncToken: token });
    expect(items[0]?.recurrence).toEqual(["RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260322T225959Z"]);
    expect(items[1]).toEqual({
      kind: "calendar#event",
      etag: items[0]?.etag,
      id: later.id,
      status: "cancelled",
    });
    expect(await instances(id ?? "")).toHaveLength(3);
  });

  test("an edit makes a second series with an id of its own form", async () => {
    const { id = "", created } = await series();
    const answer = await now.control<{ created: { id: string; iCalUID: string; created: string } }>(
      "POST",
      `${path}/${id}/following`,
      {
        from: { dateTime: "2026-03-23T09:00:00+01:00" },
        changes: { summary: "New stand-up" },
      },
    );
    expect(answer.created).toMatchObject({
      id: `${id}_R20260323T080000`,
      iCalUID: `${id}_R20260323T080000@google.com`,
      created,
    });
    expect(await instances(answer.created.id)).toHaveLength(3);
    expect(await instances(id ?? "")).toHaveLength(3);
  });
});

test("single events are listed with the occurrences of series, in order, and deltas name those that went", async () => {
  const { id = "" } = await series();
  await now.api.events.insert({
    calendarId: TEAM,
    requestBody: { summary: "Once", ...timed("2026-03-10") },
  });
  await now.api.events.delete({ calendarId: TEAM, eventId: `${id}_20260309T080000Z` });
  const params = {
    singleEvents: true,
    timeMin: "2026-03-01T00:00:00Z",
    timeMax: "2026-03-20T00:00:00Z",
  };
  const ordered = await listAll(now.api, { ...params, orderBy: "startTime", maxResults: 2 });
  expect(ordered.items.map(({ summary }) => summary)).toEqual(["Stand-up", "Once", "Stand-up"]);
  const { token } = await listAll(now.api, { ...params });
  await now.api.events.delete({ calendarId: TEAM, eventId: id ?? "" });
  const { items } = await listAll(now.api, { singleEvents: true, syncToken: token });
  expect(items.every(({ status }) => status === "cancelled")).toBe(true);
  expect(items.map((item) => item.id)).toContain(`${id}_20260316T080000Z`);
  expect(
    await refusal(now.api.events.list({ calendarId: TEAM, orderBy: "startTime" })),
  ).toMatchObject({ status: 400, location: "orderBy" });
});

test("an all-day series has dates for its occurrences", async () => {
  const { id = "" } = await series({
    start: { date: "2026-03-28" },
    end: { date: "2026-03-29" },
    recurrence: ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20260329"],
  });
  const items = await instances(id ?? "");
  expect(items.map((item) => [item.id, item.start?.date, item.end?.date])).toEqual([
    [`${id}_20260328`, "2026-03-28", "2026-03-29"],
    [`${id}_20260330`, "2026-03-30", "2026-03-31"],
  ]);
});

test("the window of a list finds a series by any of its occurrences", async () => {
  await series();
  const count = async (day: string) =>
    (await listAll(now.api, { timeMin: `${day}T00:00:00Z`, timeMax: `${day}T23:00:00Z` })).items
      .length;
  expect([await count("2026-03-16"), await count("2026-03-17"), await count("2026-05-04")]).toEqual(
    [1, 0, 0],
  );
});
