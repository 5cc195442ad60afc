import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Company, type Reply, send, startApi, type TestApi } from "./harness.ts";

let api: TestApi;
let company: Company;
const now = Date.parse("2026-12-01T06:00:00Z");

beforeAll(async () => {
  api = await startApi({ now: () => now });
});
beforeEach(async () => {
  company = await api.company();
});
afterAll(() => api.stop());

const as = (role: "admin" | "member", method: string, path: string, body?: unknown) =>
  send(api, method, path, { key: company.keys[role], ...(body !== undefined && { body }) });
const rule = (more: Record<string, unknown> = {}) => ({
  calendarId: company.calendarId,
  title: "Open hour",
  firstDate: "2026-12-01",
  startTime: "09:00",
  recurrence: "RRULE:FREQ=DAILY",
  durationMinutes: 60,
  horizonDays: 3,
  ...more,
});
const pointers = ({ body }: Reply): string[] =>
  (body as unknown as { errors: { pointer: string }[] }).errors.map(({ pointer }) => pointer);
const idOf = ({ body }: Reply): string => (body as unknown as { id: string }).id;
const connections = () =>
  api.sql<{ id: string; policy: string; direction: string; grant_state: string }>(
    "select id, policy, direction, grant_state from connections where calendar_id = $1 and provider = 'system-bookings'",
    [company.calendarId],
  );
const ringsOf = async (): Promise<number> => {
  const ids = (await connections()).map(({ id }) => id);
  return api.rings.filter(({ connectionId }) => ids.includes(connectionId)).length;
};

describe("rules", () => {
  test("the first of a calendar connects it; every change rings, and a member may only look", async () => {
    const made = await as("admin", "POST", "/api/booking-rules", rule());
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      timeZone: "Europe/Amsterdam",
      startTime: "09:00:00",
      yields: true,
      capacity: 1,
      version: 1,
      createdBy: "admin",
    });
    await as("admin", "POST", "/api/booking-rules", rule({ title: "Another", startTime: "11:00" }));
    expect(await connections()).toMatchObject([
      { policy: "owner", direction: "in", grant_state: "ok" },
    ]);
    expect(await ringsOf()).toBe(2);
    const address = `/api/booking-rules/${idOf(made)}`;
    const changed = await as("admin", "PATCH", address, {
      title: "Walk-in",
      skipDates: ["2026-12-02"],
    });
    expect(changed.body).toMatchObject({ title: "Walk-in", version: 2, skipDates: ["2026-12-02"] });
    expect((await as("member", "PATCH", address, { title: "x" })).status).toBe(403);
    expect((await as("member", "GET", address)).body).toMatchObject({ title: "Walk-in" });
    expect(
      (await as("member", "GET", `/api/booking-rules?calendarId=${company.calendarId}`)).body[
        "data"
      ],
    ).toHaveLength(2);
    expect((await as("admin", "DELETE", address)).status).toBe(204);
    expect((await as("member", "GET", address)).status).toBe(404);
    expect(await ringsOf()).toBe(4);
    const shown = await as("member", "GET", `/api/connections?calendarId=${company.calendarId}`);
    expect(shown.text).toContain("system-bookings");
  });

  test.each([
    [{ firstDate: "2026-02-30" }, "/firstDate"],
    [{ startTime: "25:00" }, "/startTime"],
    [{ timeZone: "Mars/Base" }, "/timeZone"],
    [{ recurrence: "FREQ=DAILY" }, "/recurrence"],
    [{ recurrence: "RRULE:FREQ=SOMETIMES" }, "/recurrence"],
    [{ recurrence: "RRULE:FREQ=MINUTELY" }, "/recurrence"],
    [
      { recurrence: "RRULE:FREQ=HOURLY;BYMINUTE=0,15,30,45", horizonDays: 366, durationMinutes: 5 },
      "/recurrence",
    ],
    [{ recurrence: "RRULE:FREQ=WEEKLY;BYDAY=MO" }, "/firstDate"],
    [{ durationMinutes: 0 }, "/durationMinutes"],
    [{ durationMinutes: 1_441 }, "/durationMinutes"],
    [{ horizonDays: 367 }, "/horizonDays"],
    [{ capacity: 0 }, "/capacity"],
    [{ endsOn: "2026-11-30" }, "/endsOn"],
    [{ skipDates: ["tomorrow"] }, "/skipDates/0"],
    [{ title: " " }, "/title"],
    [{ owner: "me" }, "/owner"],
    [{ calendarId: randomUUID() }, "/calendarId"],
  ])("%o is refused, and pointed at", async (more, pointer) => {
    const answer = await as("admin", "POST", "/api/booking-rules", rule(more));
    expect([answer.status, pointers(answer)]).toEqual([400, [pointer]]);
    expect(await connections()).toEqual([]);
  });

  test("a change is checked with all that the rule is", async () => {
    const made = await as("admin", "POST", "/api/booking-rules", rule());
    const answer = await as("admin", "PATCH", `/api/booking-rules/${idOf(made)}`, {
      recurrence: "RRULE:FREQ=WEEKLY;BYDAY=MO",
    });
    expect(pointers(answer)).toEqual(["/firstDate"]);
    expect(
      (
        await as("admin", "PATCH", `/api/booking-rules/${idOf(made)}`, {
          durationMinutes: 2_000,
          yields: false,
        })
      ).status,
    ).toBe(200);
  });

  test("their connection can be paused, and is otherwise theirs", async () => {
    await as("admin", "POST", "/api/booking-rules", rule());
    const [connection] = await connections();
    const address = `/api/connections/${connection?.id}`;
    expect(pointers(await as("admin", "PATCH", address, { policy: "newest" }))).toEqual([
      "/policy",
    ]);
    expect(pointers(await as("admin", "PATCH", address, { direction: "both" }))).toEqual([
      "/direction",
    ]);
    const moved = await as("admin", "PATCH", address, { remoteCalendarId: "another" });
    expect(moved.status).toBe(400);
    expect((await as("admin", "PATCH", address, { enabled: false })).body).toMatchObject({
      state: "paused",
    });
  });

  test("nobody connects a calendar with rules by hand", async () => {
    const body = {
      provider: "system-bookings",
      calendarId: company.calendarId,
      remoteCalendarId: "x",
      credentials: { accessToken: "x" },
    };
    const answer = await as("admin", "POST", "/api/connections", body);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("make a booking rule");
  });
});

describe("what a rule makes", () => {
  test("is shown slot by slot, with why one is not made", async () => {
    const made = await as(
      "admin",
      "POST",
      "/api/booking-rules",
      rule({ skipHolidays: true, skipDates: ["2026-12-02"], horizonDays: 5 }),
    );
    await as("admin", "POST", "/api/holidays", { date: "2026-12-03", name: "Day off" });
    await api.sql(
      "insert into events (company_id, calendar_id, title, start_at, end_at, start_zone, end_zone) values ($1, $2, 'Taken', '2026-12-04 09:30', '2026-12-04 09:45', 'Europe/Amsterdam', 'Europe/Amsterdam')",
      [company.id, company.calendarId],
    );
    const [connection] = await connections();
    const [event] = await api.sql<{ id: string }>(
      "insert into events (company_id, calendar_id, title, start_at, end_at) values ($1, $2, 'Open hour', '2026-12-05 09:00', '2026-12-05 10:00') returning id",
      [company.id, company.calendarId],
    );
    await api.sql(
      "insert into links (company_id, connection_id, event_id, state, remote_id) values ($1, $2, $3, 'live', $4)",
      [company.id, connection?.id, event?.id, `${idOf(made)}:2026-12-05T09:00:00`],
    );
    await api.sql("delete from events where id = $1", [event?.id]);
    const address = `/api/booking-rules/${idOf(made)}/occurrences`;
    const answer = await as(
      "member",
      "GET",
      `${address}?from=2026-11-30T00:00:00Z&to=2026-12-08T00:00:00Z`,
    );
    const data = answer.body["data"] as unknown as {
      local: string;
      verdict: string;
      startsAt: string;
    }[];
    expect(data.map(({ local, verdict }) => [local.slice(0, 10), verdict])).toEqual([
      ["2026-12-01", "wanted"],
      ["2026-12-02", "skipped"],
      ["2026-12-03", "holiday"],
      ["2026-12-04", "taken"],
      ["2026-12-05", "cancelled"],
      ["2026-12-06", "ahead"],
      ["2026-12-07", "ahead"],
    ]);
    expect(data[0]?.startsAt).toBe("2026-12-01T08:00:00.000Z");
    expect(
      (await as("member", "GET", `${address}?from=2026-12-02T00:00:00Z&to=2026-12-01T00:00:00Z`))
        .status,
    ).toBe(400);
    expect((await as("member", "GET", `${address}?to=2029-12-01T00:00:00Z`)).status).toBe(400);
  });

  test("holidays are listed by date, renamed, and taken away again", async () => {
    await as("admin", "POST", "/api/booking-rules", rule());
    const before = await ringsOf();
    for (const day of [
      { date: "2026-12-26", name: "Second" },
      { date: "2026-12-25", name: "First" },
      { date: "2026-12-25", name: "Christmas" },
    ])
      expect((await as("admin", "POST", "/api/holidays", day)).status).toBe(201);
    expect((await as("member", "GET", "/api/holidays?from=2026-12-25")).body["data"]).toEqual([
      { date: "2026-12-25", name: "Christmas" },
      { date: "2026-12-26", name: "Second" },
    ]);
    expect((await as("admin", "DELETE", "/api/holidays/2026-12-26")).status).toBe(204);
    expect((await as("admin", "DELETE", "/api/holidays/2026-12-26")).status).toBe(404);
    expect(await ringsOf()).toBe(before + 4);
    expect(
      (await as("member", "POST", "/api/holidays", { date: "2026-12-25", name: "x" })).status,
    ).toBe(403);
  });
});

describe("runs", () => {
  test("one is started on request, and reports are listed with the last one first", async () => {
    const answer = await as("admin", "POST", "/api/bookings/run");
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ started: true });
    expect(api.asked).toContain(`bookings ${company.id}`);
    for (const [id, at] of [
      [1, "2026-12-01"],
      [2, "2026-12-02"],
      [3, "2026-12-03"],
    ])
      await api.sql(
        "insert into booking_reports (id, company_id, trigger, triggered_by, started_at, words) values ($1, $2, 'schedule', 'system', $3, $4)",
        [randomUUID(), company.id, at, `report ${id}`],
      );
    const first = await as("member", "GET", "/api/bookings/reports?limit=2");
    const words = (reply: Reply) =>
      (reply.body["data"] as unknown as { words: string }[]).map((one) => one.words);
    expect(words(first)).toEqual(["report 3", "report 2"]);
    const rest = await as(
      "member",
      "GET",
      `/api/bookings/reports?cursor=${String(first.body["nextCursor"])}`,
    );
    expect(words(rest)).toEqual(["report 1"]);
  });
});
