import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type {
  Cursor,
  Page,
  Remote,
  RemoteChange,
  Watch,
  Write,
} from "../../../connectors/connector.ts";
import * as errors from "../../../connectors/errors.ts";
import { idFor } from "../../../connectors/google-calendar/ids.ts";
import type { EventItem } from "../../../sync/event.ts";
import { at, item } from "../events.ts";
import { collect, never } from "../scripted.ts";
import { calendarId, type Google, openGoogle } from "./sandbox.ts";

/** What is Google's alone, over the sandbox. The numbers are those of the list of faults. */
let google: Google;
let remote: Remote<EventItem>;
let write: Write<EventItem>;
beforeEach(async () => {
  google = await openGoogle();
  remote = google.open();
  if (!remote.write) throw new Error("Google can be written");
  write = remote.write;
});
afterEach(() => google.close());

const pull = (cursor: Cursor | null = null) => collect(remote.pull("events", cursor, never));
const changesOf = (pages: Page<EventItem>[]) => pages.flatMap(({ changes }) => changes);
const cursorOf = (pages: Page<EventItem>[]): Cursor => pages.at(-1)?.cursor ?? {};
const writes = { path: "/calendar/v3/calendars", method: "POST" };
const weekly = item({
  start: at("2026-03-02T09:00:00"),
  end: at("2026-03-02T09:15:00"),
  recurrence: ["RRULE:FREQ=WEEKLY;BYDAY=MO"],
});

async function occurrence(master: string, local: string) {
  const found = await write.occurrence?.(master, at(local), never);
  if (found?.state !== "living") throw new Error("no such occurrence");
  return found;
}

test("a deleted event that Google refuses to bring back counts as gone", async () => {
  await google.control("POST", "/settings", { reviveDeleted: "forbid" });
  const { remoteId } = await write.create(item(), "key1", "m1", never);
  await google.person.remove(remoteId);
  await expect(write.restore?.(remoteId, "m2", never)).rejects.toThrow(errors.Gone);
});

describe("listings", () => {
  test.each([
    { emptyPages: true },
    { pageSizeCap: 1 },
    { deltaOrder: "reversed" },
    { tombstones: "details" },
  ])("are read completely with %j", async (settings) => {
    await google.control("POST", "/settings", settings);
    const ids = [
      await google.person.add("a"),
      await google.person.add("b"),
      await google.person.add("c"),
    ];
    const pages = await pull();
    expect(
      changesOf(pages)
        .map(({ remoteId }) => remoteId)
        .sort(),
    ).toEqual([...ids].sort());
    await google.person.remove(ids[1] ?? "");
    expect(changesOf(await pull(cursorOf(pages)))).toMatchObject([
      { remoteId: ids[1], state: "deleted" },
    ]);
  });

  test("whose page fails, or is spoilt on its way, can be read again from where they stood (F35)", async () => {
    for (const title of ["a", "b", "c", "d", "e"]) await google.person.add(title);
    for (const fault of [
      { status: 503 },
      { kind: "body", body: "html" },
      { kind: "body", body: "truncated" },
      { kind: "reset" },
    ]) {
      await google.fault({ match: { query: "pageToken" }, ...fault });
      const pages: Page<EventItem>[] = [];
      const reading = (async () => {
        for await (const page of remote.pull("events", null, never)) pages.push(page);
      })();
      await expect(reading).rejects.toThrow(
        fault.body ? errors.InvalidResponse : errors.Unavailable,
      );
      expect(pages).toHaveLength(1);
      const rest = await pull(cursorOf(pages));
      expect(changesOf([...pages, ...rest])).toHaveLength(5);
    }
  });

  test("leave out what is no event of its own, and show what takes the person's time", async () => {
    const event = {
      start: { dateTime: "2026-03-02T09:00:00Z" },
      end: { dateTime: "2026-03-02T10:00:00Z" },
    };
    for (const eventType of [
      "default",
      "focusTime",
      "outOfOffice",
      "birthday",
      "workingLocation",
    ]) {
      await google.control("POST", `${google.events}/bulk`, {
        events: [{ ...event, summary: eventType, eventType }],
      });
    }
    const titles = changesOf(await pull()).map(
      (change) => change.state === "living" && change.item.fields.title,
    );
    expect(titles.sort()).toEqual(["default", "focusTime", "outOfOffice"]);
  });

  test("tell the provider's clock from ours", async () => {
    expect((await pull())[0]?.clockOffset).toBe(0);
    await google.control("POST", "/clock", { offsetMs: -86_400_000 });
    const offset = (await pull())[0]?.clockOffset ?? 0;
    expect(Math.abs(offset + 86_400_000)).toBeLessThan(1_500);
  });

  test("have one call when nothing has changed", async () => {
    const cursor = cursorOf(await pull());
    google.connection.spent.length = 0;
    await pull(cursor);
    expect(google.connection.spent).toEqual([1]);
  });
});

describe("a series", () => {
  test.each(["timestamp", "opaque"])(
    "is worked on by what Google answers, with ids in %s form",
    async (instanceIdForm) => {
      await google.control("POST", "/settings", { instanceIdForm });
      const master = await write.create(weekly, "key1", "m1", never);
      const found = await occurrence(master.remoteId, "2026-03-09T09:00:00");
      expect(found.mark).toBeUndefined();
      expect(found.key).toBeUndefined();
      const wanted = { ...found.item, fields: { ...found.item.fields, title: "moved" } };
      const done = await write.update(
        found.remoteId,
        wanted,
        ["title"],
        found.version,
        "m2",
        never,
      );
      expect(done).toMatchObject({ mark: "m2", item: { master: master.remoteId } });
      expect(await occurrence(master.remoteId, "2026-03-09T09:00:00")).toMatchObject({
        remoteId: done.remoteId,
      });
    },
  );

  test("has no occurrence where its rule has none", async () => {
    const master = await write.create(weekly, "key1", "m1", never);
    expect(await write.occurrence?.(master.remoteId, at("2026-03-10T09:00:00"), never)).toBeNull();
    await expect(
      write.occurrence?.("neverwashere", at("2026-03-09T09:00:00"), never),
    ).rejects.toThrow(errors.Gone);
  });

  test("has its occurrence found by the moment, in whatever zone that is written", async () => {
    const master = await write.create(weekly, "key1", "m1", never);
    const found = await write.occurrence?.(
      master.remoteId,
      at("2026-03-09T08:00:00", "UTC"),
      never,
    );
    expect(found).toMatchObject({ item: { originalStart: at("2026-03-09T09:00:00") } });
  });

  test("that a person shortens leaves its later exceptions as deletions by id alone (F46)", async () => {
    const master = await write.create(weekly, "key1", "m1", never);
    const found = await occurrence(master.remoteId, "2026-03-23T09:00:00");
    const wanted = { ...found.item, fields: { ...found.item.fields, title: "moved" } };
    const moved = await write.update(found.remoteId, wanted, ["title"], found.version, "m2", never);
    const cursor = cursorOf(await pull());
    const from = { dateTime: "2026-03-16T09:00:00+01:00" };
    await google.control("POST", `${google.events}/${master.remoteId}/following`, { from });
    const states = Object.fromEntries(
      changesOf(await pull(cursor)).map(({ remoteId, state }) => [remoteId, state]),
    );
    expect(states).toMatchObject({ [moved.remoteId]: "deleted", [master.remoteId]: "living" });
  });

  test("whose occurrence a person deletes shows it as a cancelled value (I6)", async () => {
    const master = await write.create(weekly, "key1", "m1", never);
    const cursor = cursorOf(await pull());
    const found = await occurrence(master.remoteId, "2026-03-09T09:00:00");
    await google.person.remove(found.remoteId);
    const cancelled = changesOf(await pull(cursor)).find(
      ({ remoteId }) => remoteId === found.remoteId,
    );
    const originalStart = at("2026-03-09T09:00:00");
    expect(cancelled).toMatchObject({
      state: "living",
      item: {
        master: master.remoteId,
        originalStart,
        fields: { status: "cancelled", title: "", start: originalStart },
      },
    });
    expect(changesOf(await pull())).toHaveLength(2);
  });
});

describe("a write whose answer is lost (F32, F33)", () => {
  const lost = [{ status: 500 }, { kind: "reset" }, { kind: "body", body: "truncated" }];

  test.each(lost)("creates nothing twice: %j", async (fault) => {
    await google.fault({ match: writes, phase: "after", ...fault });
    await expect(write.create(item(), "key1", "m1", never)).rejects.toThrow();
    const made = await write.create(item(), "key1", "m1", never);
    expect(made).toMatchObject({ key: "key1", mark: "m1", remoteId: idFor("key1") });
    expect(changesOf(await pull())).toHaveLength(1);
  });

  test.each(lost)("leaves its mark for the next try to find: %j", async (fault) => {
    const made = await write.create(item(), "key1", "m1", never);
    const update = () =>
      write.update(made.remoteId, item({ title: "new" }), ["title"], made.version, "m2", never);
    await google.fault({ match: { method: "PATCH" }, phase: "after", ...fault });
    await expect(update()).rejects.toThrow();
    await expect(update()).rejects.toThrow(errors.PreconditionFailed);
    expect(await write.read(made.remoteId, never)).toMatchObject({
      mark: "m2",
      item: { fields: { title: "new" } },
    });
  });

  test.each(lost)("deletes once, and the next try counts as done: %j", async (fault) => {
    const made = await write.create(item(), "key1", "m1", never);
    await google.fault({ match: { method: "DELETE" }, phase: "after", ...fault });
    const first = write.delete(made.remoteId, made.version, never);
    // A 204 has no body, so there is nothing of it that could be cut short.
    await (fault.body ? first.catch(() => {}) : expect(first).rejects.toThrow(errors.Unavailable));
    await write.delete(made.remoteId, null, never);
    expect(changesOf(await pull())).toEqual([]);
  });

  test("meets its deadline", async () => {
    const hasty = await openGoogle(2, 200);
    await hasty.fault({ match: writes, kind: "timeout" });
    await expect(hasty.open().write?.create(item(), "key1", "m1", never)).rejects.toThrow(
      errors.Unavailable,
    );
    await hasty.close();
  });
});

describe("ours and theirs", () => {
  test("a copy that a person makes, hidden properties included, is a new item (F45)", async () => {
    const made = await write.create(item(), "key1", "m1", never);
    const { events } = (await google.control("GET", google.events)) as {
      events: Record<string, unknown>[];
    };
    const { id: _id, etag: _etag, iCalUID: _uid, ...copy } = events[0] ?? {};
    await google.control("POST", google.events, copy);
    const found = changesOf(await pull()).find(({ remoteId }) => remoteId !== made.remoteId);
    expect(found).toMatchObject({ state: "living" });
    expect(found).not.toHaveProperty("key");
    expect(found).not.toHaveProperty("mark");
  });

  test("an id that is taken by somebody else's event is taken (F26)", async () => {
    const { fields } = item();
    const time = (local: string) => ({ dateTime: local, timeZone: "Europe/Amsterdam" });
    await google.control("POST", google.events, {
      id: idFor("key1"),
      start: time("2026-03-02T12:00:00"),
      end: time("2026-03-02T13:00:00"),
    });
    await expect(write.create({ fields }, "key1", "m1", never)).rejects.toThrow(errors.KeyTaken);
  });

  test("a read that lags behind makes no duplicate (F37)", async () => {
    await google.control("POST", "/settings", { readLagMs: 300 });
    await write.create(item(), "key1", "m1", never);
    const again = write.create(item(), "key1", "m1", never);
    await again.catch((error: unknown) => expect(error).toBeInstanceOf(errors.Unavailable));
    await new Promise((done) => setTimeout(done, 400));
    expect(await write.create(item(), "key1", "m1", never)).toMatchObject({ key: "key1" });
    expect(changesOf(await pull())).toHaveLength(1);
  });

  test("a mark outlasts the edits of others", async () => {
    const made = await write.create(item(), "key1", "m1", never);
    await google.person.rename(made.remoteId, "theirs");
    expect(await write.read(made.remoteId, never)).toMatchObject({ mark: "m1", key: "key1" });
  });
});

describe("limits and rights", () => {
  test.each([
    [403, "rateLimitExceeded", 10_000],
    [403, "userRateLimitExceeded", 10_000],
    [403, "quotaExceeded", 3_600_000],
    [429, "rateLimitExceeded", 10_000],
  ])("%i %s is a limit and no loss of rights (F22)", async (status, reason, retryAfterMs) => {
    await google.fault({ match: writes, status, reason });
    const error = await write
      .create(item(), "key1", "m1", never)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(errors.RateLimited);
    expect(error).toMatchObject({ retryAfterMs });
  });

  test("a calendar that may only be read refuses writes as a matter of rights (F23)", async () => {
    const id = "readonly@group.calendar.example.test";
    await google.control("POST", "/google/accounts", {
      email: "bob@example.test",
      calendars: [{ id }],
    });
    await google.control("POST", "/google/accounts", {
      email: "ann@example.test",
      calendars: [{ id, accessRole: "reader" }],
    });
    const theirs = google.connector.open({ ...google.connection, settings: { calendarId: id } });
    await collect(theirs.pull("events", null, never));
    await expect(theirs.write?.create(item(), "key1", "m1", never)).rejects.toThrow(
      errors.Forbidden,
    );
    const found = await remote.collections?.(never);
    expect(found?.find((one) => one.id === id)).toMatchObject({ writable: false, primary: false });
    expect(found?.find((one) => one.id === calendarId)).toEqual({
      id: calendarId,
      name: "Team",
      zone: "Europe/Amsterdam",
      writable: true,
      primary: false,
    });
  });

  test("a calendar that is not there is missing, and nothing of it counts as deleted (F25)", async () => {
    const theirs = google.connector.open({
      ...google.connection,
      settings: { calendarId: "gone@example.test" },
    });
    await expect(collect(theirs.pull("events", null, never))).rejects.toThrow(
      errors.CollectionMissing,
    );
    await expect(theirs.write?.delete("aaaaa", null, never)).rejects.toThrow(
      errors.CollectionMissing,
    );
    await expect(theirs.write?.create(item(), "key1", "m1", never)).rejects.toThrow(
      errors.CollectionMissing,
    );
  });

  test("an access token that has ended is renewed in passing (F20)", async () => {
    await google.control("POST", "/google/tokens/expire", { email: "ann@example.test" });
    expect((await pull()).at(-1)?.last).toBe(true);
  });

  test("a grant that was withdrawn is dead (F21, F43)", async () => {
    await google.control("POST", "/google/tokens/revoke", { email: "ann@example.test" });
    await expect(pull()).rejects.toThrow(errors.Unauthenticated);
  });
});

describe("channels", () => {
  async function listener() {
    const heard: IncomingHttpHeaders[] = [];
    const server = createServer((request, response) => {
      heard.push(request.headers);
      response.writeHead(204).end();
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    const until = async (count: number) => {
      for (let tries = 0; heard.length < count && tries < 200; tries++) {
        await new Promise((done) => setTimeout(done, 10));
      }
      return heard.map((headers) => google.connector.webhook?.read(headers));
    };
    return { address, until, close: () => server.close() };
  }

  test("open, are heard, and close twice", async () => {
    const { address, until, close } = await listener();
    const watch = remote.watch as Watch;
    const request = { id: "channel-1", address, secret: "s3cret", ttlSeconds: 3600 };
    const { resourceId, expiresAt } = await watch.open(request, never);
    expect(Math.abs(expiresAt - Date.now() - 3_600_000)).toBeLessThan(5_000);
    await google.person.add("a");
    const messages = await until(2);
    const message = { channelId: "channel-1", resourceId, secret: "s3cret" };
    expect(messages).toMatchObject([
      { ...message, handshake: true, messageNumber: 1 },
      { ...message, handshake: false },
    ]);
    await watch.close({ id: "channel-1", resourceId }, never);
    await watch.close({ id: "channel-1", resourceId }, never);
    close();
  });

  test("cannot be had for a calendar that Google generates", async () => {
    const id = "nl#holiday@group.v.calendar.google.com";
    await google.control("POST", "/google/accounts", {
      email: "ann@example.test",
      calendars: [{ id }],
    });
    const holidays = google.connector.open({ ...google.connection, settings: { calendarId: id } });
    const request = {
      id: "channel-2",
      address: "https://hooks.example.test/x",
      secret: "s",
      ttlSeconds: 60,
    };
    await expect(holidays.watch?.open(request, never)).rejects.toThrow(errors.WatchUnsupported);
  });
});

test("no error of all this holds a token", async () => {
  const seen: RemoteChange<EventItem>[] = [];
  for (const status of [400, 403, 404, 409, 410, 412, 429, 500]) {
    await google.fault({ match: { path: "/calendar/v3" }, status, times: 5 });
    const error = await write.create(item(), "key1", "m1", never).then(
      (made) => void seen.push(made),
      (thrown: unknown) => thrown as Error,
    );
    await google.control("DELETE", "/faults");
    const { accessToken } = await google.connection.grant();
    const told = JSON.stringify([error?.message, error?.stack, error?.cause ?? null, error]);
    expect(told).not.toContain(accessToken);
    expect(told).not.toContain("Lunch");
  }
});
