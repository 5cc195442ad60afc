import { createHash, randomBytes } from "node:crypto";
import pino from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createLog } from "../../log.ts";
import { morning, nine, open, openDesk, submit } from "./booking-desk.ts";
import { send, startApi, type TestApi } from "./harness.ts";

let api: TestApi;
let now: number;
let lines = "";

beforeAll(async () => {
  const real = createLog("test", "trace");
  const log = pino(
    { level: "trace", serializers: real[pino.symbols.serializersSym as never] },
    { write: (line: string) => void (lines += line) },
  );
  api = await startApi({ now: () => now, log });
});
beforeEach(() => {
  now = morning;
});
afterAll(() => api.stop());

/** The times that the page offers, as a browser would send them. */
const offered = (page: string): string[] =>
  [...page.matchAll(/<option value="([^"]+)"/g)].map(([, value]) => value ?? "");

describe("the page", () => {
  test("shows the booking by the rule's clock, with its zone named, and free times", async () => {
    const desk = await openDesk(api, { horizonDays: 4 });
    await desk.booked(nine(3));
    const booking = await desk.booked(nine(2), { note: "Two lines\nof note" });
    const { status, headers, text } = await open(api, booking);
    expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    for (const shown of [
      "Checkup",
      "Wednesday, 2 December 2026, 09:00",
      "10:00",
      "Ann",
      "Two lines\nof note",
    ])
      expect(text).toContain(shown);
    expect(text).toContain("Central European Standard Time (Europe/Amsterdam)");
    expect(offered(text)).toEqual(["2026-12-01T08:00:00.000Z", "2026-12-04T08:00:00.000Z"]);
    expect(text).toMatch(/<html lang="en">[\s\S]*<h1>Your booking<\/h1>[\s\S]*<label for="start">/);
    expect(text).toMatch(/>Fri,? 4 Dec, 09:00–10:00<\/option>/);
    expect(text).not.toMatch(/<script|style=|https?:\/\//);
  });

  test("is kept by nobody, found by no search and told to no site, and runs nothing", async () => {
    const desk = await openDesk(api);
    const { headers } = await open(api, await desk.booked(nine(2)));
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("x-robots-tag")).toBe("noindex, nofollow");
    expect(headers.get("content-security-policy")).not.toMatch(/unsafe|\*/);
    expect((await send(api, "GET", "/manage.css")).headers.get("content-type")).toContain(
      "text/css",
    );
  });

  test("what a customer wrote is text, whatever it looks like", async () => {
    const desk = await openDesk(api, { title: `<img src=x onerror="alert(1)">` });
    const name = `"><script>alert('x')</script>`;
    const booking = await desk.booked(nine(2), {
      name,
      note: "</dd></main><form action=//evil.test>",
    });
    const { text } = await open(api, booking);
    expect(text).not.toMatch(/<script|<img|<form action=\/\/|onerror="/);
    expect(text).toContain("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
    expect(text.match(/<form /g)).toHaveLength(2);
  });

  test("shows where somebody has moved the event to by hand", async () => {
    const desk = await openDesk(api);
    const booking = await desk.booked(nine(2));
    await api.sql(
      "update events set start_at = '2026-12-02 11:15', end_at = '2026-12-02 12:15' where id = $1",
      [booking.eventId],
    );
    const { text } = await open(api, booking);
    expect(text).toContain("Wednesday, 2 December 2026, 11:15");
    expect(text).toContain("This time was changed for you.");
  });

  test("shows many free times in parts", async () => {
    const desk = await openDesk(api, {
      recurrence: "RRULE:FREQ=HOURLY",
      durationMinutes: 30,
      horizonDays: 7,
    });
    const booking = await desk.booked(nine(2));
    const all: string[] = [];
    for (let query: string | undefined = ""; query !== undefined;) {
      const { text } = await open(api, booking, query);
      all.push(...offered(text));
      query = /href="(\?after=\d+)"/.exec(text)?.[1];
    }
    expect(new Set(all).size).toBe(all.length);
    expect(all).toHaveLength(7 * 24 - 3);
    for (const wrong of [
      "?after=x",
      "?after=1&after=2",
      "?after=99999999999999",
      "?utm_source=mail",
      "?said=x",
    ])
      expect((await open(api, booking, wrong)).status).toBe(200);
  });
});

describe("a customer without JavaScript", () => {
  test("moves the booking, and is told so on the page that follows", async () => {
    const desk = await openDesk(api);
    const booking = await desk.booked(nine(2));
    const [, second = ""] = offered((await open(api, booking)).text);
    const moved = await submit(api, booking, "move", { start: second });
    expect(moved.status).toBe(303);
    expect(moved.page).toMatch(/role="status">Your booking has been moved\./);
    expect(moved.page).toContain("Thursday, 3 December 2026, 09:00");
    expect(await desk.event(booking.eventId)).toMatchObject({ at: "12-03 09:00" });
    expect(
      (await send(api, "GET", `/api/bookings/${booking.id}`, { key: desk.key })).body,
    ).toMatchObject({ changedBy: "customer" });
    expect((await submit(api, booking, "move", { start: second })).page).toContain(
      "has been moved",
    );
  });

  test("is told that a time was taken meanwhile, and sees others", async () => {
    const desk = await openDesk(api);
    const booking = await desk.booked(nine(2));
    const [first = ""] = offered((await open(api, booking)).text);
    await desk.booked(first);
    const refused = await submit(api, booking, "move", { start: first });
    expect(refused.page).toMatch(/role="alert">That time has just been taken/);
    expect(refused.page).toContain("Wednesday, 2 December 2026");
    expect(offered(refused.page)).not.toContain(first);
    for (const start of ["", "soon", "2026-12-03T08:01:00Z", "0x1"])
      expect((await submit(api, booking, "move", { start })).page).toContain('role="alert"');
    expect(await desk.event(booking.eventId)).toMatchObject({ at: "12-02 09:00" });
  });

  test("cancels, after which nothing can be changed, and the page says so", async () => {
    const desk = await openDesk(api);
    const booking = await desk.booked(nine(2));
    const gone = await submit(api, booking, "cancel");
    expect(gone.page).toContain("Your booking has been cancelled.");
    expect(gone.page).toContain("cannot be changed");
    expect(gone.page).not.toContain("<form");
    expect(await desk.event(booking.eventId)).toMatchObject({ gone: true });
    expect((await submit(api, booking, "cancel")).page).toContain("has been cancelled");
    expect((await submit(api, booking, "move", { start: "2026-12-03T08:00:00Z" })).page).toContain(
      "cannot be changed",
    );
    expect(await desk.free()).toEqual([1, 1, 1]);
  });

  test("can no longer change what has begun", async () => {
    const desk = await openDesk(api);
    const booking = await desk.booked(nine(1));
    now += 2.5 * 3_600_000;
    expect((await open(api, booking)).text).toMatch(/has begun or is over/);
    expect((await submit(api, booking, "cancel")).location).toContain("said=closed");
    expect(await desk.event(booking.eventId)).toMatchObject({ gone: false });
  });

  test("does it on this page alone: forms from other sites are refused", async () => {
    const desk = await openDesk(api);
    const booking = await desk.booked(nine(2));
    for (const headers of [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { origin: "https://evil.test" },
    ]) {
      const refused = await submit(api, booking, "cancel", {}, headers);
      expect([refused.status, refused.page.includes("Nothing was changed")]).toEqual([403, true]);
    }
    expect(await desk.event(booking.eventId)).toMatchObject({ gone: false });
    expect((await submit(api, booking, "cancel", {}, { origin: api.url })).status).toBe(303);
  });
});

describe("the secret in the address", () => {
  const wrongly = async (of: TestApi, path: string) => {
    const { status, headers, text } = await send(of, "GET", path);
    return { status, text, kept: headers.get("cache-control"), type: headers.get("content-type") };
  };

  test("wrong ones answer alike: malformed, unknown, of a company that is gone", async () => {
    const desk = await openDesk(api);
    const booking = await desk.booked(nine(2));
    await api.sql("delete from bookings where id = $1", [booking.id]);
    const unknown = await wrongly(api, `/manage/${randomBytes(32).toString("base64url")}`);
    expect(unknown).toMatchObject({ status: 404, kept: "no-store" });
    expect(unknown.text).toContain("There is no booking at this address");
    for (const path of [
      "x",
      "%00",
      "%E0%A4%A",
      "a%2Fb",
      "x".repeat(4_000),
      "..%2f",
      new URL(booking.manageUrl).pathname.slice(8),
      "a/b/c",
      "",
    ])
      expect([path, await wrongly(api, `/manage/${path}`)]).toEqual([path, unknown]);
    const form = await submit(api, booking, "cancel");
    expect([form.status, form.page]).toEqual([404, unknown.text]);
  });

  test("many from one address are held off, and a page that was open goes on", async () => {
    const strict = await startApi({ now: () => now });
    const booking = await (await openDesk(strict)).booked(nine(2));
    expect((await open(strict, booking)).status).toBe(200);
    const tries = await Promise.all(
      Array.from({ length: 320 }, (_, at) => wrongly(strict, `/manage/wrong${at}`)),
    );
    expect(tries.filter(({ status }) => status === 404).length).toBeGreaterThanOrEqual(300);
    const held = await wrongly(strict, "/manage/wrong");
    expect([held.status, held.text.includes("Please wait a moment")]).toEqual([429, true]);
    // A form from elsewhere says nothing of the secret in its address.
    await submit(
      strict,
      { manageUrl: "http://x/manage/wrong" },
      "cancel",
      {},
      { origin: "https://evil.test" },
    );
    expect((await wrongly(strict, "/manage/wrong")).status).toBe(429);
    expect((await open(strict, booking)).status).toBe(200);
    expect((await send(strict, "GET", "/api/events", { key: "wrong" })).status).toBe(401);
    await strict.stop();
  });

  test("is nowhere at rest but as its hash, and in no log", async () => {
    const desk = await openDesk(api);
    const reply = await desk.book(nine(2), {}, { "idempotency-key": "planted" });
    const booking = reply.body as unknown as { manageUrl: string };
    const token = new URL(booking.manageUrl).pathname.slice("/manage/".length);
    await open(api, booking);
    await submit(api, booking, "move", { start: nine(3) });
    const tables = await api.sql<{ name: string }>(
      "select c.oid::regclass::text as name from pg_class c where relnamespace = 'public'::regnamespace and relkind = 'r'",
    );
    const hash = createHash("sha256").update(token).digest("hex");
    const holding: string[] = [];
    for (const { name } of tables) {
      const found = await api.sql<{ text: string }>(`select t::text as text from ${name} t`);
      const text = found.map((row) => row.text).join("\n");
      expect(text).not.toContain(token);
      if (text.includes(hash)) holding.push(name);
    }
    expect(holding).toEqual(["bookings"]);
    expect(lines).toContain('"path":"/manage/…"');
    expect(lines).not.toContain(token);
    expect((await send(api, "GET", "/api/bookings", { key: desk.key })).text).not.toMatch(
      /manage|token/i,
    );
  });
});

describe("the ring of a page", () => {
  const settle = () => new Promise((resolve) => setTimeout(resolve, 200));
  const ofCalendar = (connectionId: string) =>
    api.rings.filter((ring) => ring.connectionId === connectionId);

  test("a thousand loads, in two processes, ring once a minute for each calendar", async () => {
    const [desk, other] = [
      await openDesk(api, { horizonDays: 3 }),
      await openDesk(api, { horizonDays: 3 }),
    ];
    const [booking, second, theirs] = [
      await desk.booked(nine(2)),
      await desk.booked(nine(3)),
      await other.booked(nine(2)),
    ];
    const twin = await startTwin();
    for (let done = 0; done < 1_000; done += 50)
      await Promise.all(
        Array.from({ length: 50 }, (_, at) =>
          open(at % 2 ? twin : api, [booking, second, theirs][at % 3] ?? booking),
        ),
      );
    const rings = () => [
      ...ofCalendar(desk.company.connectionId),
      ...twin.rings.filter((ring) => ring.connectionId === desk.company.connectionId),
    ];
    await vi.waitFor(() => expect(rings()).toHaveLength(1));
    await settle();
    expect(rings()).toEqual([
      {
        companyId: desk.company.id,
        connectionId: desk.company.connectionId,
        trigger: "page",
        by: "customer",
      },
    ]);
    const sessions = await api.sql(
      "select trigger, triggered_by from sync_sessions where connection_id = $1",
      [other.company.connectionId],
    );
    expect(sessions).toEqual([{ trigger: "page", triggered_by: "customer" }]);
    await api.sql("update page_rings set rung_at = rung_at - interval '61 seconds'");
    await open(api, booking);
    await vi.waitFor(() => expect(rings()).toHaveLength(2));
    await twin.stop();
  }, 180_000);

  test("a bell that fails or hangs is not waited for, not shown, and not tried by every page", async () => {
    for (const broken of [
      () => Promise.reject(new Error("no bell")),
      () => new Promise<never>(() => {}),
    ]) {
      const requestSync = vi.fn(broken);
      const failing = await startApi({
        now: () => now,
        frontDoor: { ...api.deps.frontDoor, requestSync },
      });
      const booking = await (await openDesk(failing)).booked(nine(2));
      for (let load = 0; load < 20; load++) {
        const began = performance.now();
        expect((await open(failing, booking)).status).toBe(200);
        expect(performance.now() - began).toBeLessThan(2_000);
      }
      await vi.waitFor(() => expect(requestSync).toHaveBeenCalledTimes(1));
      await failing.stop();
    }
  });

  test("a connection that is paused or gone is left alone", async () => {
    const desk = await openDesk(api);
    await api.sql("update connections set enabled = false where id = $1", [
      desk.company.connectionId,
    ]);
    await open(api, await desk.booked(nine(2)));
    await settle();
    expect(ofCalendar(desk.company.connectionId)).toEqual([]);
  });

  /** A second process on the same database. */
  async function startTwin() {
    const { createApp } = await import("../../api/app.ts");
    const rings: TestApi["rings"] = [];
    const requestSync = async (of: TestApi["rings"][number]) => {
      rings.push(of);
      return api.deps.frontDoor.requestSync(of).then((answer) => {
        api.rings.pop();
        return answer;
      });
    };
    const server = createApp({
      ...api.deps,
      frontDoor: { ...api.deps.frontDoor, requestSync },
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    return {
      ...api,
      url: `http://127.0.0.1:${port}`,
      rings,
      stop: async () => void server.close(),
    };
  }
});

test("a database that does not answer is a page that says to come back", async () => {
  const failing = await startApi({
    database: {
      ...api.database,
      acrossCompanies: () => Promise.reject(new Error("timeout exceeded when trying to connect")),
    },
  });
  const answer = await send(failing, "GET", "/manage/x");
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "2"]);
  expect(answer.text).toContain("This page cannot be shown now");
  await failing.stop();
});
