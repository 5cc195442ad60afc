import { randomUUID } from "node:crypto";
import { request } from "node:http";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { routes } from "../../api/routes.ts";
import { openDatabase } from "../../db/client.ts";
import { createLog } from "../../log.ts";
import { type Company, meeting, send, startApi, type TestApi } from "./harness.ts";

let api: TestApi;
let company: Company;
let key: string;

beforeAll(async () => {
  api = await startApi();
  company = await api.company();
  key = company.keys.owner;
});
afterAll(() => api.stop());

const post = (body: unknown, headers: Record<string, string> = {}) =>
  send(api, "POST", "/api/events", { key, body, headers });
const pointers = (body: Record<string, unknown>) =>
  ((body["errors"] ?? []) as { pointer: string }[]).map(({ pointer }) => pointer);

describe("malformed requests", () => {
  test.each<[string, unknown, string]>([
    ["no title", { ...meeting, title: undefined }, "/title"],
    ["a title that is no text", { ...meeting, title: 1 }, "/title"],
    ["NUL in a text", { ...meeting, title: "a\0b" }, "/title"],
    [
      "half a surrogate pair",
      '{"title":"\\ud800","startDateTime":"2026-01-01T00:00Z","endDateTime":"2026-01-01T00:00Z"}',
      "/title",
    ],
    ["an unknown field", { ...meeting, companyId: randomUUID() }, "/companyId"],
    [
      "a field that reaches into prototypes",
      '{"__proto__":{"role":"owner"},"title":"x"}',
      "/__proto__",
    ],
    [
      "a day that does not exist",
      { ...meeting, startDateTime: "2026-02-30T10:00:00Z" },
      "/startDateTime",
    ],
    [
      "an hour that does not exist",
      { ...meeting, startDateTime: "2026-02-03T25:00:00Z" },
      "/startDateTime",
    ],
    ["a year far away", { ...meeting, startDateTime: "9999-01-01T10:00:00Z" }, "/startDateTime"],
    ["no date at all", { ...meeting, startDateTime: "tomorrow" }, "/startDateTime"],
    ["a zone that does not exist", { ...meeting, timeZone: "Mars/Olympus" }, "/timeZone"],
    [
      "an end before the start",
      { ...meeting, endDateTime: "2026-03-02T09:59:59+01:00" },
      "/endDateTime",
    ],
    ["a rule that is none", { ...meeting, recurrence: ["RRULE:FREQ=SOMETIMES"] }, "/recurrence"],
    [
      "a rule that repeats every second",
      { ...meeting, recurrence: ["RRULE:FREQ=SECONDLY"] },
      "/recurrence",
    ],
    ["a calendar that is not there", { ...meeting, calendarId: randomUUID() }, "/calendarId"],
    ["a calendar that is no id", { ...meeting, calendarId: "1" }, "/calendarId"],
    [
      "an exception of nothing",
      { masterId: randomUUID(), originalStart: "2026-01-01T00:00:00Z" },
      "/masterId",
    ],
    ["a list for a body", [meeting], ""],
    ["a text for a body", '"hello"', ""],
    ["half a body", '{"title": "x"', ""],
  ])("%s is answered with a pointer, and nothing is written", async (_name, body, pointer) => {
    const [before] = await api.sql("select count(*)::int as n from events");
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({
      status: 400,
      title: expect.any(String),
      type: expect.any(String),
      action: expect.any(String),
    });
    expect(answer.body["instance"]).toBe(`urn:uuid:${answer.headers.get("x-request-id")}`);
    expect(pointers(answer.body)).toContain(pointer);
    expect(await api.sql("select count(*)::int as n from events")).toEqual([before]);
  });

  test("the wrong type, too much, and the wrong method are told apart", async () => {
    const raw = (body: string, type: string) =>
      send(api, "POST", "/api/events", { key, body, headers: { "content-type": type } });
    expect((await raw("title=x", "application/x-www-form-urlencoded")).status).toBe(415);
    expect((await raw("{}", "text/plain")).status).toBe(415);
    expect((await post({ ...meeting, description: "x".repeat(120_000) })).status).toBe(413);
    const wrong = await send(api, "PATCH", "/api/events", { key });
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([
      405,
      "GET, POST, PUT, DELETE, HEAD",
    ]);
    const asked = await send(api, "OPTIONS", "/api/sync");
    expect([asked.status, asked.headers.get("allow")]).toEqual([204, "POST"]);
    expect((await send(api, "GET", "/api/nothing", { key })).status).toBe(404);
    expect((await send(api, "GET", "/%E0%A4%A", { key })).status).toBeLessThan(500);
  });

  test.each([
    "limit=0",
    "limit=501",
    "limit=x",
    "limit=1&limit=2",
    "cursor=x",
    "cursor=%00",
    "from=yesterday",
    "expand=yes",
    "x=1",
    "__proto__=1",
    "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
  ])("the query %s is refused", async (query) => {
    expect((await send(api, "GET", `/api/events?${query}`, { key })).status).toBe(400);
  });

  test("bytes that are no text are refused, not stored as something else", async () => {
    const bytes = Buffer.from(JSON.stringify({ ...meeting, title: "a?b" }));
    bytes[bytes.indexOf("?")] = 0xff;
    const answer = await fetch(`${api.url}/api/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: bytes,
    });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      expect.objectContaining({ code: "malformed_json", detail: "The body is not UTF-8." }),
    ]);
  });

  test("a part that cannot be read is named, and thousands of errors are not listed", async () => {
    const path = await send(api, "GET", "/api/events/%ff", { key });
    expect(path.body["errors"]).toMatchObject([{ in: "path" }]);
    const place = { place: "2026-99-99 10:00:00", id: randomUUID() };
    const cursor = Buffer.from(JSON.stringify(place)).toString("base64url");
    const list = await send(api, "GET", `/api/sessions?cursor=${cursor}`, { key });
    expect([list.status, list.body["errors"]]).toMatchObject([400, [{ pointer: "/cursor" }]]);
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`k${n}`, 1]));
    expect((await post(many)).body["errors"]).toHaveLength(100);
  });

  test("no body and no query brings any route to a 5xx", async () => {
    const writable = routes.filter(({ role }) => role !== "public");
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        "",
        "\0",
        "\ud800",
        "__proto__",
        "2026-13-01T00:00:00Z",
        "NaN",
        "-1",
        "1e400",
        "../..",
        "' or 1=1",
      ),
    );
    const value = fc.oneof({ maxDepth: 3 }, text, fc.anything({ maxDepth: 3 }), fc.uuid());
    const names = fc.constantFrom(
      "title",
      "startDateTime",
      "endDateTime",
      "timeZone",
      "recurrence",
      "masterId",
      "originalStart",
      "provider",
      "calendarId",
      "remoteCalendarId",
      "credentials",
      "cadence",
      "connectionId",
      "zone",
      "name",
      "role",
      "enabled",
      "policy",
      "constructor",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...writable),
        fc.oneof(
          value,
          fc.dictionary(names, value),
          fc.dictionary(names, text).map((wrong) => ({ ...meeting, ...wrong })),
        ),
        fc.option(
          fc.record({
            name: fc.constantFrom(
              "limit",
              "cursor",
              "from",
              "to",
              "id",
              "integrationId",
              "olderThan",
            ),
            value: text,
          }),
        ),
        async (route, body, query) => {
          const path = route.path.replaceAll(/:\w+/g, () => randomUUID());
          const search = query
            ? `?${query.name}=${encodeURIComponent(Buffer.from(query.value).toString())}`
            : "";
          const sent =
            route.method === "get"
              ? {}
              : {
                  body:
                    JSON.stringify(body, (_k, v: unknown) =>
                      typeof v === "bigint" ? String(v) : v,
                    ) ?? "null",
                };
          const answer = await send(api, route.method.toUpperCase(), path + search, {
            key,
            ...sent,
          });
          expect(answer.status).toBeLessThan(500);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("Idempotency-Key", () => {
  test("a repeat is answered as the first was, and does nothing", async () => {
    const headers = { "idempotency-key": randomUUID() };
    const [first, second] = [
      await post({ ...meeting, title: "Once" }, headers),
      await post({ ...meeting, title: "Once" }, headers),
    ];
    expect(second.text).toBe(first.text);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    expect(second.headers.get("etag")).toBe(first.headers.get("etag"));
    expect(await api.sql("select count(*)::int as n from events where title = 'Once'")).toEqual([
      { n: 1 },
    ]);
    const kept = await api.sql<{ text: string }>(
      "select idempotency_keys::text as text from idempotency_keys",
    );
    expect(kept.map(({ text }) => text).join()).not.toContain("Once");
  });

  test("another body is refused, and a refusal frees the key", async () => {
    const headers = { "idempotency-key": randomUUID() };
    expect((await post({ ...meeting, title: 1 }, headers)).status).toBe(400);
    expect((await post({ ...meeting, calendarId: randomUUID() }, headers)).status).toBe(400);
    expect((await post(meeting, headers)).status).toBe(201);
    const other = await post({ ...meeting, title: "Other" }, headers);
    expect([other.status, other.body["code"]]).toEqual([422, "key_reused"]);
    expect((await post(meeting, { "idempotency-key": "x".repeat(256) })).status).toBe(400);
  });

  test("a key is its caller's own: nobody else gets the answer", async () => {
    const headers = { "idempotency-key": randomUUID() };
    expect((await post({ ...meeting, title: "Mine" }, headers)).status).toBe(201);
    const other = await send(api, "POST", "/api/events", {
      key: company.keys.admin,
      body: { ...meeting, title: "Mine" },
      headers,
    });
    expect([other.status, other.body["code"]]).toEqual([422, "key_reused"]);
  });

  test("while the first runs, the others are told to wait; one event is made", async () => {
    const headers = { "idempotency-key": randomUUID() };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => post({ ...meeting, title: "Race" }, headers)),
    );
    const statuses = answers.map(({ status }) => status).toSorted();
    expect(statuses[0]).toBe(201);
    for (const status of statuses) expect([201, 409]).toContain(status);
    expect(await api.sql("select count(*)::int as n from events where title = 'Race'")).toEqual([
      { n: 1 },
    ]);
  });

  test("what a process left half-way is taken over and made once", async () => {
    const idempotencyKey = randomUUID();
    const headers = { "idempotency-key": idempotencyKey };
    expect((await post({ ...meeting, title: "Crash" }, headers)).status).toBe(201);
    // As if the answer had never been stored, long ago.
    await api.sql("update idempotency_keys set status = null, answer = null where key = $1", [
      idempotencyKey,
    ]);
    expect((await post({ ...meeting, title: "Crash" }, headers)).status).toBe(409);
    const [row] = await api.sql<{ at: string }>(
      "select created_at::text as at from idempotency_keys where key = $1",
      [idempotencyKey],
    );
    await api.sql("update idempotency_keys set status = 0 where key = $1 and created_at = $2", [
      idempotencyKey,
      row?.at,
    ]);
    expect((await post({ ...meeting, title: "Crash" }, headers)).status).toBe(201);
    expect(await api.sql("select count(*)::int as n from events where title = 'Crash'")).toEqual([
      { n: 1 },
    ]);
  });
});

describe("pages", () => {
  test("walking by cursor meets every row once, also while rows are added", async () => {
    const own = await api.company();
    for (let n = 0; n < 23; n++) {
      await api.sql(
        "insert into events (company_id, calendar_id, title, start_at, end_at) values ($1, $2, $3, $4, $4)",
        [own.id, own.calendarId, `n${n}`, `2026-01-${String((n % 7) + 1).padStart(2, "0")}`],
      );
    }
    const seen: string[] = [];
    for (let path: string | null = "/api/events?limit=5"; path !== null;) {
      const answer = await send(api, "GET", path, { key: own.keys.member });
      const page = answer.body as unknown as {
        data: { title: string }[];
        nextCursor: string | null;
      };
      seen.push(...page.data.map(({ title }) => title));
      path = /<([^>]+)>; rel="next"/.exec(answer.headers.get("link") ?? "")?.[1] ?? null;
      expect(path === null).toBe(page.nextCursor === null);
      await api.sql(
        "insert into events (company_id, calendar_id, title, start_at, end_at) values ($1, $2, 'early', '2025-01-01', '2025-01-02')",
        [own.id, own.calendarId],
      );
    }
    expect(seen).toHaveLength(23);
    expect(new Set(seen).size).toBe(23);
  });
});

describe("operations", () => {
  test("headers are strict, and only listed origins may read", async () => {
    const allowed = await send(api, "GET", "/healthz", {
      headers: { origin: "https://app.example.test" },
    });
    expect(allowed.headers.get("access-control-allow-origin")).toBe("https://app.example.test");
    const other = await send(api, "GET", "/healthz", {
      headers: { origin: "https://evil.example.test" },
    });
    expect(other.headers.get("access-control-allow-origin")).toBeNull();
    expect(other.headers.get("x-powered-by")).toBeNull();
    expect(other.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(
      (
        await send(api, "OPTIONS", "/api/events", {
          headers: { origin: "https://app.example.test" },
        })
      ).status,
    ).toBe(204);
    expect((await send(api, "GET", "/api/events", { key })).headers.get("cache-control")).toBe(
      "no-store",
    );
  });

  test("readiness has a line for each check, and says what is wrong", async () => {
    expect((await send(api, "GET", "/readyz")).text).toBe("process: ok\npostgres: ok\n");
    const broken = await startApi({
      checks: { temporal: () => Promise.reject(new Error("not reachable")) },
      accepting: () => false,
    });
    const answer = await send(broken, "GET", "/readyz");
    expect([answer.status, answer.text]).toEqual([
      503,
      "process: is ending\ntemporal: not reachable\n",
    ]);
    await broken.stop();
  });

  test("without its database the API answers 503 with Retry-After, soon", async () => {
    const nowhere = openDatabase("postgres://nobody@127.0.0.1:9/none", {
      pool: 1,
      log: createLog("test", "silent"),
    });
    const down = await startApi({ database: nowhere });
    const began = performance.now();
    for (const [method, path] of [
      ["GET", "/api/events"],
      ["GET", "/api/oauth/google/callback?state=x&code=y"],
    ] as const) {
      const answer = await send(down, method, path, { key });
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "2"]);
      expect(answer.text).not.toMatch(/ECONNREFUSED|127\.0\.0\.1:9/);
    }
    expect(performance.now() - began).toBeLessThan(5_000);
    expect((await send(down, "GET", "/healthz")).status).toBe(200);
    await down.stop();
  });

  test("a key that asks too often is told when to come back", async () => {
    const strict = await startApi({ config: { ...api.deps.config, REQUESTS_PER_MINUTE: 3 } });
    const own = await strict.company();
    const statuses: number[] = [];
    for (let n = 0; n < 5; n++)
      statuses.push((await send(strict, "GET", "/api/calendars", { key: own.keys.member })).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    expect((await send(strict, "GET", "/api/calendars", { key: own.keys.admin })).status).toBe(200);
    await strict.stop();
  });

  test("an address that keeps trying unknown keys is held off, and keys that were let in are not", async () => {
    const other = await startApi();
    const own = await other.company();
    const ask = (as: string) => send(other, "GET", "/api/calendars", { key: as });
    expect((await ask(own.keys.member)).status).toBe(200);
    const guesses: number[] = [];
    for (let n = 0; n < 16; n++) {
      const batch = Array.from({ length: 20 }, (_, m) => ask(`guess-${n}-${m}`));
      guesses.push(...(await Promise.all(batch)).map(({ status }) => status));
    }
    expect(guesses.slice(0, 300)).toEqual(Array.from({ length: 300 }, () => 401));
    expect(guesses.slice(300)).toEqual(Array.from({ length: 20 }, () => 429));
    expect(Number((await ask("guess")).headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await ask(own.keys.member)).status).toBe(200);
    await other.stop();
  });

  test("a header twice is no way round", async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = [
        "Authorization",
        "Bearer wrong",
        "Authorization",
        `Bearer ${key}`,
        "X-API-Key",
        key,
        "Host",
        "x",
      ];
      request(`${api.url}/api/events`, { headers }, (answer) => resolve(answer.resume().statusCode))
        .on("error", reject)
        .end();
    });
    expect(status).toBe(401);
  });
});
