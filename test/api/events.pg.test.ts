import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Company, meeting, send, startApi, type TestApi } from "./harness.ts";

let api: TestApi;
let company: Company;
let key: string;

beforeAll(async () => {
  api = await startApi();
  company = await api.company();
  key = company.keys.member;
});
afterAll(() => api.stop());

const post = (body: unknown, headers: Record<string, string> = {}) =>
  send(api, "POST", "/api/events", { key, body, headers });

describe("making an event", () => {
  test("it is stored as a wall clock in its zone, marked for the spoke, and the spoke is rung once", async () => {
    api.rings.length = 0;
    const answer = await post({ ...meeting, description: "Plans", recurrence: [] });
    expect(answer.status).toBe(201);
    const event = answer.body["event"] as unknown as Record<string, unknown>;
    expect(answer.body).toMatchObject({
      success: true,
      event: {
        title: "Meeting",
        timeZone: "Europe/Amsterdam",
        startDateTime: "2026-03-02T10:00:00+01:00",
        version: 1,
        lastUpdateSource: "app",
      },
      externalSync: [
        {
          provider: "google-calendar",
          connectionId: company.connectionId,
          success: false,
          status: "pending",
        },
      ],
    });
    expect(answer.headers.get("location")).toBe(`/api/events/${String(event["id"])}`);
    expect(answer.headers.get("etag")).toBe('"v1"');
    expect(api.rings).toEqual([
      { companyId: company.id, connectionId: company.connectionId, trigger: "api", by: "member" },
    ]);
    const [row] = await api.sql("select start_at::text, start_zone from events where id = $1", [
      event["id"],
    ]);
    expect(row).toEqual({ start_at: "2026-03-02 10:00:00", start_zone: "Europe/Amsterdam" });
  });

  test("the answer comes as soon as the provider has it", async () => {
    const began = performance.now();
    const finish = setInterval(
      () => void api.sql("update writes set state = 'completed' where state = 'pending'"),
      40,
    );
    const answer = await post(meeting);
    clearInterval(finish);
    expect(performance.now() - began).toBeLessThan(290);
    expect(answer.body["externalSync"]).toMatchObject([{ status: "synced", success: true }]);
  });

  test("a write that rests as failed is said with its error", async () => {
    const fail = setInterval(
      () =>
        void api.sql(
          "update writes set state = 'failed', error = 'too long' where state = 'pending'",
        ),
      40,
    );
    const answer = await post(meeting);
    clearInterval(fail);
    expect(answer.body["externalSync"]).toMatchObject([
      { status: "failed", success: false, error: "too long" },
    ]);
  });

  test("a paused connection is held, and nobody waits for it", async () => {
    await api.sql("update connections set enabled = false where id = $1", [company.connectionId]);
    const began = performance.now();
    const answer = await post(meeting);
    await api.sql("update connections set enabled = true where id = $1", [company.connectionId]);
    expect(performance.now() - began).toBeLessThan(250);
    expect(answer.body["externalSync"]).toMatchObject([{ status: "held", success: false }]);
  });

  test.each([
    [
      "a date alone",
      { startDateTime: "2026-03-02", endDateTime: "2026-03-02" },
      "2026-03-02",
      "2026-03-03",
    ],
    [
      "an exclusive end",
      { startDateTime: "2026-03-02", endDateTime: "2026-03-04", allDay: true },
      "2026-03-02",
      "2026-03-04",
    ],
    [
      "clocks of the last day",
      { startDateTime: "2026-03-02T00:00:00Z", endDateTime: "2026-03-03T23:59:59Z", allDay: true },
      "2026-03-02",
      "2026-03-04",
    ],
  ])("an all-day event by %s", async (_name, times, start, end) => {
    const answer = await post({ title: "Day", ...times });
    expect(answer.body["event"]).toMatchObject({
      allDay: true,
      startDateTime: start,
      endDateTime: end,
      timeZone: null,
    });
  });

  test("a wall clock is read in the zone that comes with it", async () => {
    const answer = await post({
      title: "Call",
      startDateTime: "2026-07-01T09:00",
      endDateTime: "2026-07-01T09:30",
      timeZone: "America/New_York",
    });
    expect(answer.body["event"]).toMatchObject({
      startDateTime: "2026-07-01T09:00:00-04:00",
      timeZone: "America/New_York",
    });
  });
});

describe("changing an event", () => {
  const versions = async () => {
    const made = await post(meeting);
    return (made.body["event"] as unknown as { id: string }).id;
  };

  test("PATCH asks for the version, refuses an old one, and changes only what is named", async () => {
    const id = await versions();
    const path = `/api/events/${id}`;
    expect((await send(api, "PATCH", path, { key, body: { title: "A" } })).status).toBe(428);
    const changed = await send(api, "PATCH", path, {
      key,
      body: { title: "A" },
      headers: { "if-match": '"v1"' },
    });
    expect(changed.body["event"]).toMatchObject({
      title: "A",
      version: 2,
      startDateTime: meeting.startDateTime,
    });
    const late = await send(api, "PATCH", path, {
      key,
      body: { title: "B" },
      headers: { "if-match": '"v1"' },
    });
    expect(late.status).toBe(412);
    expect(late.body["code"]).toBe("version_changed");
  });

  test("the older addresses take the id in the query, and need no version", async () => {
    const id = await versions();
    const put = await send(api, "PUT", `/api/events?id=${id}`, {
      key,
      body: { title: "Put", startDateTime: "2026-03-02T10:30:00+01:00" },
    });
    expect(put.body["event"]).toMatchObject({
      title: "Put",
      startDateTime: "2026-03-02T10:30:00+01:00",
    });
    const gone = await send(api, "DELETE", `/api/events?id=${id}`, { key });
    expect(gone.status).toBe(200);
    expect((gone.body["event"] as unknown as { deletedAt: string }).deletedAt).toBeTruthy();
    expect((await send(api, "DELETE", `/api/events/${id}`, { key })).status).toBe(404);
    const [row] = await api.sql("select deleted_at is not null as soft from events where id = $1", [
      id,
    ]);
    expect(row).toEqual({ soft: true });
  });

  test("the ETag that was read answers 304 until something changes, and passes as If-Match", async () => {
    const id = await versions();
    const path = `/api/events/${id}`;
    const etag = (await send(api, "GET", path, { key })).headers.get("etag") ?? "";
    expect((await send(api, "GET", path, { key, headers: { "if-none-match": etag } })).status).toBe(
      304,
    );
    expect(
      (await send(api, "HEAD", path, { key, headers: { "if-none-match": etag } })).status,
    ).toBe(304);
    expect(
      (await send(api, "PATCH", path, { key, body: { notes: "N" }, headers: { "if-match": etag } }))
        .status,
    ).toBe(200);
    expect((await send(api, "GET", path, { key, headers: { "if-none-match": etag } })).status).toBe(
      200,
    );
  });

  test("an end before the start, whatever moves, is refused with a pointer", async () => {
    const id = await versions();
    const answer = await send(api, "PUT", `/api/events/${id}`, {
      key,
      body: { startDateTime: "2026-03-02T12:00:00+01:00" },
    });
    expect(answer.status).toBe(400);
    expect(answer.body["errors"]).toMatchObject([{ in: "body", pointer: "/endDateTime" }]);
  });
});

describe("series", () => {
  test("a window shows occurrences, with an exception in the place of its own", async () => {
    const series = await post({
      ...meeting,
      title: "Weekly",
      startDateTime: "2027-03-01T09:00",
      endDateTime: "2027-03-01T10:00",
      recurrence: ["RRULE:FREQ=WEEKLY;COUNT=5"],
    });
    const masterId = (series.body["event"] as unknown as { id: string }).id;
    const exception = await post({
      masterId,
      originalStart: "2027-03-08T09:00:00+01:00",
      startDateTime: "2027-03-08T14:00",
      endDateTime: "2027-03-08T15:00",
    });
    expect(exception.status).toBe(201);
    expect(exception.body["event"]).toMatchObject({ title: "Weekly", masterId });
    expect(
      (await post({ masterId, originalStart: "2027-03-09T09:00:00+01:00" })).body["errors"],
    ).toMatchObject([{ pointer: "/originalStart" }]);
    expect((await post({ masterId, originalStart: "2027-03-08T09:00:00+01:00" })).status).toBe(409);
    const id = (exception.body["event"] as unknown as { id: string }).id;
    const seen = await window("2027-03-01T00:00:00Z", "2027-04-10T00:00:00Z");
    expect(seen.map((event) => [event.startDateTime, event.id])).toEqual([
      ["2027-03-01T09:00:00+01:00", masterId],
      ["2027-03-08T14:00:00+01:00", id],
      ["2027-03-15T09:00:00+01:00", masterId],
      ["2027-03-22T09:00:00+01:00", masterId],
      ["2027-03-29T09:00:00+02:00", masterId],
    ]);
    await send(api, "DELETE", `/api/events/${id}`, { key });
    expect(await window("2027-03-01T00:00:00Z", "2027-04-10T00:00:00Z")).toHaveLength(4);
  });

  test("a window's ends are moments, dates, or moments whose plus nobody escaped", async () => {
    const own = (await api.company()).keys.member;
    await send(api, "POST", "/api/events", { key: own, body: meeting });
    const count = async (query: string) =>
      ((await send(api, "GET", `/api/events?${query}`, { key: own })).body["data"] as unknown as [])
        .length;
    expect(await count("from=2026-03-02&to=2026-03-03")).toBe(1);
    expect(await count("from=2026-03-03&to=2026-03-04")).toBe(0);
    expect(await count("from=2026-03-02T11:00:00+01:00")).toBe(0);
    expect(await count("from=2026-03-02T11:00:00+02:00")).toBe(1);
  });

  test("pages of a window meet without a gap or a repeat", async () => {
    await post({
      title: "Daily",
      startDateTime: "2028-01-01T09:00",
      endDateTime: "2028-01-01T10:00",
      recurrence: ["RRULE:FREQ=DAILY;COUNT=7"],
    });
    const starts: string[] = [];
    for (
      let path: string | null =
        "/api/events?expand=true&from=2028-01-01T00:00:00Z&to=2028-02-01T00:00:00Z&limit=3";
      path !== null;
    ) {
      const answer = await send(api, "GET", path, { key });
      starts.push(
        ...(answer.body["data"] as unknown as { startDateTime: string }[]).map(
          (event) => event.startDateTime,
        ),
      );
      path = /<([^>]+)>; rel="next"/.exec(answer.headers.get("link") ?? "")?.[1] ?? null;
    }
    expect(starts).toHaveLength(7);
    expect(new Set(starts).size).toBe(7);
  });

  test("a window that holds too much is refused", async () => {
    const long = await send(
      api,
      "GET",
      "/api/events?expand=true&from=2026-01-01T00:00:00Z&to=2028-01-01T00:00:00Z",
      { key },
    );
    expect([long.status, long.body["code"]]).toEqual([400, "window_too_large"]);
    await post({
      title: "Hourly",
      startDateTime: "2029-01-01T09:00",
      endDateTime: "2029-01-01T09:10",
      recurrence: ["RRULE:FREQ=HOURLY"],
    });
    const many = await send(
      api,
      "GET",
      "/api/events?expand=true&from=2029-01-01T00:00:00Z&to=2029-12-31T00:00:00Z",
      { key },
    );
    expect([many.status, many.body["code"]]).toEqual([400, "window_too_large"]);
  });

  async function window(
    from: string,
    to: string,
  ): Promise<{ id: string; startDateTime: string }[]> {
    const answer = await send(
      api,
      "GET",
      `/api/events?expand=true&from=${from}&to=${to}&calendarId=${company.calendarId}`,
      { key },
    );
    expect(answer.status).toBe(200);
    return answer.body["data"] as unknown as { id: string; startDateTime: string }[];
  }
});
