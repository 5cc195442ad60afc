import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { createSandbox, listen } from "../../sandbox/app.ts";
import {
  ACCOUNT,
  clientOf,
  controlOf,
  listAll,
  refusal,
  type Running,
  start,
  TEAM,
  timed,
} from "./sandbox-client.ts";

let now: Running;
const started: Running[] = [];
beforeEach(async () => {
  now = await start();
  started.push(now);
});
afterAll(() => Promise.all(started.map(({ listening }) => listening.close())));

const insert = (body: object = {}) =>
  now.api.events.insert({
    calendarId: TEAM,
    requestBody: { summary: "x", ...timed("2026-03-02"), ...body },
  });
const stored = async () =>
  (
    await now.control<{ events: unknown[] }>(
      "GET",
      `/google/calendars/${encodeURIComponent(TEAM)}/events?living=true`,
    )
  ).events;

test.each([
  [403, "rateLimitExceeded"],
  [403, "userRateLimitExceeded"],
  [403, "quotaExceeded"],
  [429, "rateLimitExceeded"],
])("a fault can answer %i %s, with headers", async (status, reason) => {
  await now.control("POST", "/faults", {
    match: { method: "POST", path: "/events" },
    kind: "status",
    status,
    reason,
    headers: { "Retry-After": "7" },
  });
  expect(await refusal(insert())).toMatchObject({ status, reason });
  expect((await insert()).status).toBe(200);
});

test("a fault after the call has the call applied and its answer lost", async () => {
  await now.control("POST", "/faults", [
    { match: { method: "POST", path: "/calendar" }, phase: "after", kind: "status", status: 503 },
    { match: { method: "POST", path: "/calendar" }, phase: "after", kind: "reset", nth: 2 },
  ]);
  expect((await refusal(insert({ id: "abcdefg1" }))).status).toBe(503);
  await expect(insert({ id: "abcdefg2" })).rejects.toThrow();
  expect(await stored()).toHaveLength(2);
  const { faults } = await now.control<{ faults: { given: number }[] }>("GET", "/faults");
  expect(faults.map(({ given }) => given)).toEqual([1, 1]);
});

test("bodies can be spoilt, answers delayed and withheld", async () => {
  const get = (signal?: AbortSignal) =>
    fetch(`${now.url}/calendar/v3/users/me/calendarList`, {
      headers: { authorization: `Bearer ${now.token}` },
      ...(signal === undefined ? {} : { signal }),
    });
  await now.control("POST", "/faults", {
    match: { path: "calendarList" },
    kind: "body",
    body: "truncated",
    phase: "after",
  });
  await expect((await get()).json()).rejects.toThrow();
  await now.control("POST", "/faults", {
    match: { path: "calendarList" },
    kind: "body",
    body: "html",
  });
  expect((await get()).headers.get("content-type")).toContain("text/html");
  await now.control("POST", "/faults", {
    match: { path: "calendarList" },
    kind: "delay",
    delayMs: 60,
  });
  const started = performance.now();
  expect((await get()).status).toBe(200);
  expect(performance.now() - started).toBeGreaterThan(50);
  await now.control("POST", "/faults", { match: { path: "calendarList" }, kind: "timeout" });
  await expect(get(AbortSignal.timeout(50))).rejects.toThrow();
});

test("faults strike by turns, and by a chance that can be repeated", async () => {
  const outcome = async (rule: object) => {
    await now.control("DELETE", "/faults");
    await now.control("POST", "/faults", {
      match: { path: "colors" },
      kind: "status",
      status: 500,
      ...rule,
    });
    const results: number[] = [];
    for (let at = 0; at < 8; at += 1)
      results.push(
        (
          await fetch(`${now.url}/calendar/v3/colors`, {
            headers: { authorization: `Bearer ${now.token}` },
          })
        ).status,
      );
    return results.map((status) => (status === 500 ? "x" : ".")).join("");
  };
  expect(await outcome({ every: 3 })).toBe("..x..x..");
  expect(await outcome({ times: 2, nth: 2 })).toBe(".xx.....");
  const chance = await outcome({ probability: 0.5, seed: 7 });
  expect(await outcome({ probability: 0.5, seed: 7 })).toBe(chance);
  expect(chance).toContain("x");
});

test("requests are logged with their account and without secrets, and calls are counted", async () => {
  await insert({ attendees: [{ email: "guest@example.test" }], id: "abcdefg1" });
  await now.api.events.patch({
    calendarId: TEAM,
    eventId: "abcdefg1",
    sendUpdates: "all",
    requestBody: { summary: "y" },
  });
  await listAll(now.api);
  const counts = await now.control<Record<string, unknown>>("GET", "/counters");
  expect(counts).toMatchObject({
    writes: 2,
    listPages: 1,
    guestsMailed: 1,
    byMethod: { insert: 1, patch: 1 },
    perEvent: { abcdefg1: 2 },
  });
  const { requests } = await now.control<{
    requests: { account: string; method: string; status: number }[];
  }>("GET", "/requests?since=1");
  expect(requests.map(({ account, method, status }) => [account, method, status])).toEqual([
    [ACCOUNT, "PATCH", 200],
    [ACCOUNT, "GET", 200],
  ]);
  await fetch(`${now.url}/calendar/v3/colors?oauth_token=${now.token}`);
  expect(JSON.stringify(await now.control("GET", "/requests"))).not.toContain(now.token);
});

test("a person's edits are not counted as calls", async () => {
  const path = `/google/calendars/${encodeURIComponent(TEAM)}/events`;
  const { id } = await now.control<{ id: string }>("POST", path, {
    summary: "By hand",
    ...timed("2026-03-02"),
  });
  await now.control("PATCH", `${path}/${id}`, { summary: "Again" });
  await now.control("DELETE", `${path}/${id}`);
  expect(await now.control("GET", "/counters")).toMatchObject({ writes: 0, reads: 0 });
  expect((await now.api.events.get({ calendarId: TEAM, eventId: id })).data.status).toBe(
    "cancelled",
  );
});

test("a limit by the minute refuses what is too much, and a PATCH costs three", async () => {
  const { id = "" } = (await insert()).data;
  await now.control("POST", "/settings", {
    rateLimit: { perMinute: 5, status: 429, retryAfter: "3" },
  });
  const patch = () =>
    now.api.events.patch({ calendarId: TEAM, eventId: id ?? "", requestBody: { summary: "y" } });
  await patch();
  expect(await refusal(patch())).toMatchObject({ status: 429, reason: "rateLimitExceeded" });
  await now.control("POST", "/clock", { offsetMs: 61_000 });
  expect((await patch()).status).toBe(200);
});

test("the clock of the provider shows in its Date header and in updated", async () => {
  await now.control("POST", "/clock", { offsetMs: -600_000 });
  const { data, headers } = await insert();
  expect(Date.now() - Date.parse(data.updated ?? "")).toBeGreaterThan(590_000);
  expect(
    Date.now() - Date.parse((headers as unknown as Headers).get("date") ?? ""),
  ).toBeGreaterThan(590_000);
});

test("values are trimmed where the setting says so", async () => {
  await now.control("POST", "/settings", { normalise: "trim" });
  expect((await insert({ summary: "  spaced  " })).data.summary).toBe("spaced");
});

test("the state survives a restart when it has a file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sandbox-"));
  const statePath = join(folder, "state.json");
  const first = await listen(createSandbox({ statePath }));
  const control = controlOf(first.url);
  await control("POST", "/google/accounts", { email: ACCOUNT, calendars: [{ id: TEAM }] });
  const { accessToken } = await control<{ accessToken: string }>("POST", "/google/tokens", {
    email: ACCOUNT,
  });
  const api = clientOf(first.url, accessToken);
  const requestBody = {
    summary: "Kept",
    ...timed("2026-03-02"),
    recurrence: ["RRULE:FREQ=DAILY;COUNT=3"],
  };
  const { data } = await api.events.insert({ calendarId: TEAM, requestBody });
  await api.events.delete({ calendarId: TEAM, eventId: `${data.id}_20260303T090000Z` });
  const { token } = await listAll(api);
  await first.close();
  const second = await listen(createSandbox({ statePath }));
  const later = clientOf(second.url, accessToken);
  expect((await listAll(later)).items).toHaveLength(2);
  expect((await listAll(later, { syncToken: token })).items).toEqual([]);
  await later.events.patch({
    calendarId: TEAM,
    eventId: data.id ?? "",
    requestBody: { summary: "Changed" },
  });
  expect((await listAll(later, { syncToken: token })).items.map(({ summary }) => summary)).toEqual([
    "Changed",
  ]);
  await second.close();
  rmSync(folder, { recursive: true });
});

test("a reset leaves nothing", async () => {
  await insert();
  await now.control("POST", "/reset");
  expect(await now.control("GET", "/google/accounts")).toEqual({ accounts: [] });
  expect((await refusal(insert())).status).toBe(401);
});

test("the pages show, make, change and delete events, and escape what people write", async () => {
  const post = (path: string, form: Record<string, string>) =>
    fetch(`${now.url}${path}`, {
      method: "POST",
      body: new URLSearchParams({ account: ACCOUNT, calendar: TEAM, ...form }),
      redirect: "manual",
    });
  const year = String(new Date().getUTCFullYear() + 1);
  const times = {
    startDate: `${year}-05-04`,
    startTime: "09:00",
    endDate: `${year}-05-04`,
    endTime: "10:00",
    timeZone: "Europe/Amsterdam",
  };
  expect(
    (
      await post("/google/save", {
        summary: "<script>alert(1)</script>",
        recurrence: "RRULE:FREQ=WEEKLY",
        ...times,
      })
    ).status,
  ).toBe(303);
  const page = async (query = "") =>
    (
      await fetch(
        `${now.url}/google?account=${ACCOUNT}&calendar=${encodeURIComponent(TEAM)}${query}`,
      )
    ).text();
  const text = await page();
  expect(text).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  expect(text).not.toContain("<script>alert");
  expect(text).toContain("series");
  const [event] = (await stored()) as { id: string }[];
  expect(await page(`&edit=${event?.id}`)).toContain("Edit event");
  await post("/google/save", {
    event: event?.id ?? "",
    summary: "Fair",
    description: "one\r\ntwo",
    allDay: "on",
    recurrence: "",
    startDate: `${year}-05-04`,
    endDate: `${year}-05-05`,
  });
  expect(await stored()).toMatchObject([
    {
      summary: "Fair",
      description: "one\ntwo",
      start: { date: `${year}-05-04` },
      end: { date: `${year}-05-06` },
    },
  ]);
  expect((await post("/google/save", { summary: "Bad", ...times, endTime: "08:00" })).status).toBe(
    400,
  );
  await post("/google/delete", { event: event?.id ?? "" });
  expect(await stored()).toEqual([]);
});
