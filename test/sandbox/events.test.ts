import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  ACCOUNT,
  clientOf,
  HOLIDAYS,
  refusal,
  type Running,
  start,
  TEAM,
  timed,
} from "./sandbox-client.ts";

let running: Running;
beforeAll(async () => {
  running = await start();
});
afterAll(() => running.listening.close());
beforeEach(async () => {
  await running.control("POST", "/settings", {
    instanceIdForm: "timestamp",
    tombstones: "idOnly",
    reviveDeleted: "allow",
    normalise: "none",
  });
});

async function insert(body: object = {}, day = "2026-03-02") {
  return (
    await running.api.events.insert({
      calendarId: TEAM,
      requestBody: { summary: "Lunch", ...timed(day), ...body },
    })
  ).data;
}

describe("single events", () => {
  test("an inserted event is answered with an offset in its zone, an id and the usual UID", async () => {
    const event = await insert();
    expect(event.start).toEqual({
      dateTime: "2026-03-02T10:00:00+01:00",
      timeZone: "Europe/Amsterdam",
    });
    expect(event.iCalUID).toBe(`${event.id}@google.com`);
    expect(event).toMatchObject({
      kind: "calendar#event",
      status: "confirmed",
      sequence: 0,
      eventType: "default",
    });
    expect(event.created).toMatch(/\.000Z$/);
  });

  test("the etag is twice the microseconds of updated", async () => {
    const event = await insert();
    const micros = Number(JSON.parse(event.etag ?? "")) / 2;
    expect(Math.floor(micros / 1000)).toBe(Date.parse(event.updated ?? ""));
  });

  test("a client may choose an id by the rules, once, even after deletion", async () => {
    const id = "abcdef0123456789";
    await insert({ id });
    expect(await refusal(insert({ id }))).toMatchObject({ status: 409, reason: "duplicate" });
    await running.api.events.delete({ calendarId: TEAM, eventId: id });
    expect(await refusal(insert({ id }))).toMatchObject({ status: 409, reason: "duplicate" });
    expect((await running.api.events.get({ calendarId: TEAM, eventId: id })).data.status).toBe(
      "cancelled",
    );
    expect(await refusal(insert({ id: "WXYZ!" }))).toMatchObject({
      status: 400,
      message: "Invalid resource id value.",
    });
    expect(await refusal(insert({ id: "abcde", iCalUID: "x@y" }))).toMatchObject({
      status: 400,
      reason: "invalid",
    });
  });

  test("a second delete answers 410 and the first one 204", async () => {
    const { id } = await insert();
    const first = await running.api.events.delete({ calendarId: TEAM, eventId: id ?? "" });
    expect(first.status).toBe(204);
    expect(
      await refusal(running.api.events.delete({ calendarId: TEAM, eventId: id ?? "" })),
    ).toMatchObject({ status: 410, reason: "deleted" });
  });

  test("a stale If-Match is refused with 412 and a matching one is not", async () => {
    const event = await insert();
    const write = (etag: string) =>
      running.api.events.patch(
        { calendarId: TEAM, eventId: event.id ?? "", requestBody: { summary: "New" } },
        { headers: { "If-Match": etag } },
      );
    expect((await write(event.etag ?? "")).data.summary).toBe("New");
    expect(await refusal(write(event.etag ?? ""))).toEqual({
      status: 412,
      reason: "conditionNotMet",
      location: "If-Match",
      message: "Precondition Failed",
    });
  });

  test("If-None-Match with the current etag answers 304", async () => {
    const event = await insert();
    const url = `${running.url}/calendar/v3/calendars/${encodeURIComponent(TEAM)}/events/${event.id}`;
    const answer = await fetch(url, {
      headers: { authorization: `Bearer ${running.token}`, "if-none-match": event.etag ?? "" },
    });
    expect([answer.status, await answer.text()]).toEqual([304, ""]);
  });

  test("a patch merges objects, replaces arrays whole and removes what is null", async () => {
    const event = await insert({
      description: "Old",
      attendees: [{ email: "a@example.test" }, { email: "b@example.test" }],
      extendedProperties: { private: { one: "1", two: "2" } },
    });
    const { data } = await running.api.events.patch({
      calendarId: TEAM,
      eventId: event.id ?? "",
      requestBody: {
        description: null,
        attendees: [{ email: "c@example.test" }],
        extendedProperties: { private: { one: null as unknown as string } },
      },
    });
    expect(data.description).toBeUndefined();
    expect(data.attendees).toEqual([{ email: "c@example.test", responseStatus: "needsAction" }]);
    expect(data.extendedProperties).toEqual({ private: { two: "2" } });
  });

  test("an update clears the fields that are left out", async () => {
    const event = await insert({ description: "Old", location: "Room" });
    const { data } = await running.api.events.update({
      calendarId: TEAM,
      eventId: event.id ?? "",
      requestBody: { summary: "Whole", ...timed("2026-03-02") },
    });
    expect([data.summary, data.description, data.location]).toEqual([
      "Whole",
      undefined,
      undefined,
    ]);
    expect(data.iCalUID).toBe(event.iCalUID);
  });

  test("a change of time raises the sequence and a change of title does not", async () => {
    const { id } = await insert();
    const patch = async (requestBody: object) =>
      (await running.api.events.patch({ calendarId: TEAM, eventId: id ?? "", requestBody })).data
        .sequence;
    expect(await patch({ summary: "Other" })).toBe(0);
    expect(await patch(timed("2026-03-03"))).toBe(1);
  });

  test("a change of reminders leaves updated alone and gives a new etag", async () => {
    const event = await insert();
    const requestBody = {
      reminders: { useDefault: false, overrides: [{ method: "popup", minutes: 5 }] },
    };
    const { data } = await running.api.events.patch({
      calendarId: TEAM,
      eventId: event.id ?? "",
      requestBody,
    });
    expect(data.updated).toBe(event.updated);
    expect(data.etag).not.toBe(event.etag);
  });

  test("a timed event becomes an all-day one when the old key is sent as null", async () => {
    const { id } = await insert();
    const requestBody = {
      start: { date: "2026-04-01", dateTime: null },
      end: { date: "2026-04-02", dateTime: null },
    };
    const { data } = await running.api.events.patch({
      calendarId: TEAM,
      eventId: id ?? "",
      requestBody,
    });
    expect([data.start, data.end]).toEqual([{ date: "2026-04-01" }, { date: "2026-04-02" }]);
  });

  test("a deleted event comes back with status confirmed, or is refused where the setting says so", async () => {
    const { id = "" } = await insert();
    const eventId = id ?? "";
    await running.api.events.delete({ calendarId: TEAM, eventId });
    const revive = () =>
      running.api.events.patch({ calendarId: TEAM, eventId, requestBody: { status: "confirmed" } });
    await running.control("POST", "/settings", { reviveDeleted: "forbid" });
    expect((await refusal(revive())).status).toBe(403);
    await running.control("POST", "/settings", { reviveDeleted: "allow" });
    expect((await revive()).data).toMatchObject({ status: "confirmed", summary: "Lunch" });
  });
});

describe("what is refused", () => {
  const cases: [name: string, body: object, expected: object][] = [
    [
      "a missing end",
      { ...timed("2026-03-02"), end: undefined },
      { status: 400, reason: "required", message: "Missing end time." },
    ],
    [
      "kinds that differ",
      { ...timed("2026-03-02"), end: { date: "2026-03-03" } },
      { status: 400, reason: "invalid" },
    ],
    [
      "an end before the start",
      timed("2026-03-02", "11:00", "10:00"),
      { status: 400, reason: "timeRangeEmpty" },
    ],
    [
      "an unknown zone",
      timed("2026-03-02", "10:00", "11:00", "Mars/Olympus"),
      { status: 400, message: "Invalid time zone definition for start time." },
    ],
    [
      "a time without offset or zone",
      { start: { dateTime: "2026-03-02T10:00:00" }, end: { dateTime: "2026-03-02T11:00:00" } },
      { status: 400, reason: "required" },
    ],
    [
      "a rule that means nothing",
      { ...timed("2026-03-02"), recurrence: ["RRULE:FREQ=SOMETIMES"] },
      { status: 400, reason: "invalid" },
    ],
    [
      "a recurring time without a zone",
      {
        start: { dateTime: "2026-03-02T10:00:00Z" },
        end: { dateTime: "2026-03-02T11:00:00Z" },
        recurrence: ["RRULE:FREQ=DAILY"],
      },
      { status: 400, reason: "required" },
    ],
    [
      "a title of the wrong type",
      { ...timed("2026-03-02"), summary: 7 },
      { status: 400, reason: "invalid" },
    ],
    [
      "six reminders",
      {
        ...timed("2026-03-02"),
        reminders: {
          useDefault: false,
          overrides: Array.from({ length: 6 }, () => ({ method: "popup", minutes: 1 })),
        },
      },
      { status: 400 },
    ],
    [
      "a property that is no text",
      { ...timed("2026-03-02"), extendedProperties: { private: { a: 1 } } },
      { status: 400 },
    ],
  ];
  test.each(cases)("%s", async (_name, requestBody, expected) => {
    expect(
      await refusal(running.api.events.insert({ calendarId: TEAM, requestBody })),
    ).toMatchObject(expected);
  });

  test("unknown body fields are ignored and unknown query parameters are not", async () => {
    const event = await insert({ nonsense: true });
    expect(event).not.toHaveProperty("nonsense");
    const params = { calendarId: TEAM, nonsense: 1 } as { calendarId: string };
    expect(await refusal(running.api.events.list(params))).toMatchObject({ status: 400 });
  });

  test("a body that is no JSON is a parse error", async () => {
    const answer = await fetch(`${running.url}/calendar/v3/calendars/primary/events`, {
      method: "POST",
      body: "{",
      headers: { authorization: `Bearer ${running.token}` },
    });
    expect(await answer.json()).toMatchObject({
      error: { code: 400, errors: [{ reason: "parseError" }] },
    });
  });

  test("a calendar that is not in the list does not exist, and one that may only be read refuses writes", async () => {
    expect(
      await refusal(running.api.events.list({ calendarId: "other@example.test" })),
    ).toMatchObject({ status: 404, reason: "notFound" });
    const write = running.api.events.insert({
      calendarId: HOLIDAYS,
      requestBody: timed("2026-03-02"),
    });
    expect(await refusal(write)).toMatchObject({ status: 403, reason: "requiredAccessLevel" });
  });

  test("a wrong token is 401 and a missing scope 403", async () => {
    expect(
      await refusal(clientOf(running.url, "wrong").events.list({ calendarId: TEAM })),
    ).toMatchObject({ status: 401, reason: "authError", location: "Authorization" });
    const scopes = ["https://www.googleapis.com/auth/calendar.events.readonly"];
    const { accessToken } = await running.control<{ accessToken: string }>(
      "POST",
      "/google/tokens",
      { email: ACCOUNT, scopes },
    );
    const reader = clientOf(running.url, accessToken);
    expect((await reader.events.list({ calendarId: TEAM })).status).toBe(200);
    expect(
      await refusal(reader.events.insert({ calendarId: TEAM, requestBody: timed("2026-03-02") })),
    ).toMatchObject({ status: 403, reason: "insufficientPermissions" });
  });

  test("a guest may change its own fields and not the shared ones", async () => {
    const event = await running.control<{ id: string }>(
      "POST",
      `/google/calendars/${encodeURIComponent(TEAM)}/events`,
      { summary: "Theirs", ...timed("2026-03-02"), organizer: { email: "boss@example.test" } },
    );
    const patch = (requestBody: object) =>
      running.api.events.patch({ calendarId: TEAM, eventId: event.id, requestBody });
    expect(await refusal(patch({ summary: "Mine" }))).toMatchObject({
      status: 403,
      reason: "forbiddenForNonOrganizer",
    });
    expect((await patch({ colorId: "3" })).data.colorId).toBe("3");
  });
});

describe("other calls", () => {
  test("an import is known by its UID and updates itself", async () => {
    const requestBody = { iCalUID: "imported@elsewhere", summary: "One", ...timed("2026-03-02") };
    const first = await running.api.events.import({ calendarId: TEAM, requestBody });
    const second = await running.api.events.import({
      calendarId: TEAM,
      requestBody: { ...requestBody, summary: "Two" },
    });
    expect([second.data.id, second.data.summary]).toEqual([first.data.id, "Two"]);
    expect(
      await refusal(
        running.api.events.import({ calendarId: TEAM, requestBody: timed("2026-03-02") }),
      ),
    ).toMatchObject({ reason: "required" });
  });

  test("a moved event leaves a cancelled stub behind", async () => {
    const eventId = (await insert()).id ?? "";
    await running.api.events.move({ calendarId: TEAM, eventId, destination: "primary" });
    expect((await running.api.events.get({ calendarId: "primary", eventId })).data.status).toBe(
      "confirmed",
    );
    expect((await running.api.events.get({ calendarId: TEAM, eventId })).data.status).toBe(
      "cancelled",
    );
  });

  test("quickAdd, freeBusy, colours, settings and the calendar list answer", async () => {
    expect(
      (await running.api.events.quickAdd({ calendarId: TEAM, text: "Tea at 15:30" })).data.summary,
    ).toBe("Tea");
    await insert({}, "2027-01-04");
    const requestBody = {
      timeMin: "2027-01-04T00:00:00Z",
      timeMax: "2027-01-05T00:00:00Z",
      items: [{ id: TEAM }, { id: "nobody@example.test" }],
    };
    const { data } = await running.api.freebusy.query({ requestBody });
    expect(data.calendars?.[TEAM]?.busy).toEqual([
      { start: "2027-01-04T09:00:00Z", end: "2027-01-04T10:00:00Z" },
    ]);
    expect(data.calendars?.["nobody@example.test"]?.errors).toEqual([
      { domain: "global", reason: "notFound" },
    ]);
    expect((await running.api.colors.get()).data.event).toHaveProperty("1");
    expect((await running.api.settings.get({ setting: "timezone" })).data.value).toBe(
      "Europe/Amsterdam",
    );
    const list = await running.api.calendarList.list();
    expect(list.data.items?.map(({ id, accessRole }) => [id, accessRole])).toEqual([
      [ACCOUNT, "owner"],
      [TEAM, "owner"],
      [HOLIDAYS, "reader"],
    ]);
    const { data: added } = await running.api.calendars.insert({
      requestBody: { summary: "Extra" },
    });
    const delta = await running.api.calendarList.list({ syncToken: list.data.nextSyncToken ?? "" });
    expect(delta.data.items?.map(({ id }) => id)).toEqual([added.id]);
  });

  test("a partial response has the fields asked for", async () => {
    const { id } = await insert();
    const { data } = await running.api.events.get({
      calendarId: TEAM,
      eventId: id ?? "",
      fields: "id,start/dateTime",
    });
    expect(data).toEqual({ id, start: { dateTime: "2026-03-02T10:00:00+01:00" } });
  });
});
