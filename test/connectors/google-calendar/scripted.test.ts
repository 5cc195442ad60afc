import { describe, expect, test } from "vitest";
import { idFor } from "../../../connectors/google-calendar/ids.ts";
import { createGoogleCalendar } from "../../../connectors/google-calendar/index.ts";
import * as errors from "../../../connectors/errors.ts";
import { item } from "../events.ts";
import { collect, connection, json, never, refusal, type Reply, scripted } from "../scripted.ts";

const zone = "Europe/Amsterdam";
const event = (id: string) => ({
  id,
  etag: '"1"',
  start: { date: "2026-03-02" },
  end: { date: "2026-03-03" },
});
const page = (ids: string[], rest: object) =>
  json({ timeZone: zone, items: ids.map(event), ...rest });

async function google(...replies: Reply[]) {
  const { address, seen } = await scripted(...replies);
  const own = connection();
  const remote = createGoogleCalendar({
    apiUrl: address,
    authUrl: `${address}/auth`,
    tokenUrl: `${address}/token`,
    revokeUrl: `${address}/revoke`,
    clientId: "client",
    clientSecret: "client-SECRET",
    redirectUri: "https://app.example.test/callback",
    timeoutMs: 2_000,
  }).open(own);
  const pull = (cursor: Record<string, string> | null) =>
    collect(remote.pull("events", cursor, never));
  if (!remote.write || !remote.watch) throw new Error("Google can be written and watched");
  return { seen, own, pull, write: remote.write, watch: remote.watch, remote };
}

describe("a listing", () => {
  test("asks for all kinds of events with the same filters on every page", async () => {
    const { seen, pull } = await google(
      page(["aaaaa"], { nextPageToken: "p=2" }),
      page([], { nextSyncToken: "s==" }),
    );
    await pull(null);
    const [first, second] = seen.map(({ url }) => url.searchParams);
    expect(first?.getAll("eventTypes")).toEqual([
      "default",
      "focusTime",
      "fromGmail",
      "outOfOffice",
    ]);
    expect([first?.get("maxResults"), first?.get("singleEvents")]).toEqual(["2500", "false"]);
    expect([...(first?.keys() ?? [])]).not.toContain("showDeleted");
    expect(second?.get("pageToken")).toBe("p=2");
    second?.delete("pageToken");
    expect(String(second)).toBe(String(first));
  });

  test("goes on over empty pages until there is no page token (F35)", async () => {
    const { pull } = await google(
      page([], { nextPageToken: "p2" }),
      page(["aaaaa"], { nextPageToken: "p3" }),
      page([], { nextSyncToken: "s1" }),
    );
    const pages = await pull(null);
    expect(pages.map(({ last }) => last)).toEqual([false, false, true]);
    expect(new Set(pages.map(({ snapshotId }) => snapshotId)).size).toBe(1);
    expect(pages.at(-1)?.cursor).toEqual({ syncToken: "s1" });
    expect(pages[0]?.cursor).toEqual({ snapshotId: pages[0]?.snapshotId, pageToken: "p2" });
  });

  test("keeps the old sync token until its last page", async () => {
    const { pull, seen } = await google(
      page(["aaaaa"], { nextPageToken: "p2" }),
      page([], { nextSyncToken: "s2" }),
    );
    const pages = await pull({ syncToken: "s1" });
    expect(pages.map(({ cursor }) => cursor)).toEqual([
      { syncToken: "s1", pageToken: "p2" },
      { syncToken: "s2" },
    ]);
    expect(pages.every(({ extent }) => extent === "delta")).toBe(true);
    expect(seen[1]?.url.searchParams.get("syncToken")).toBe("s1");
  });

  test.each([
    ["last page has no sync token", [page([], {})]],
    ["page token comes back", [page([], { nextPageToken: "p2" })]],
    ["page is HTML", [json("<html>")]],
    ["page is cut short", [json('{"items":[')]],
    ["items are null", [json({ items: null, nextSyncToken: "s1" })]],
    ["items are missing", [json({ nextSyncToken: "s1" })]],
    ["items hold nothing that has an id", [json({ items: [null], nextSyncToken: "s1" })]],
    ["top is null", [json("null")]],
  ] as const)("whose %s is not believed (F34, F35)", async (_what, replies) => {
    const { pull } = await google(...replies);
    await expect(pull(null)).rejects.toThrow(errors.InvalidResponse);
  });

  test("sets one bad entry aside and goes on with the rest (I15)", async () => {
    const { pull } = await google(
      json({ items: [{ ...event("bad"), start: 7 }, event("aaaaa")], nextSyncToken: "s1" }),
    );
    const [only] = await pull(null);
    expect(only?.changes.map(({ remoteId, state }) => [remoteId, state])).toEqual([
      ["bad", "set-aside"],
      ["aaaaa", "living"],
    ]);
  });

  test("counts an entry that a page holds twice as it stands last", async () => {
    const twice = [
      { ...event("aaaaa"), summary: "old" },
      event("bbbbb"),
      { ...event("aaaaa"), summary: "new" },
    ];
    const { pull } = await google(json({ items: twice, nextSyncToken: "s1" }));
    const changes = (await pull(null))[0]?.changes;
    expect(changes?.map(({ remoteId }) => remoteId)).toEqual(["bbbbb", "aaaaa"]);
    expect(changes?.[1]).toMatchObject({ item: { fields: { title: "new" } } });
  });

  test("reads times by the calendar's zone that an earlier page named, or else by their offset", async () => {
    const timed = {
      ...event("aaaaa"),
      start: { dateTime: "2026-03-02T11:00:00Z" },
      end: { dateTime: "2026-03-02T12:00:00Z" },
    };
    const bare = (rest: object) => json({ items: [timed], ...rest });
    const starts = async (...replies: Reply[]) =>
      (await (await google(...replies)).pull(null)).flatMap(({ changes }) =>
        changes.map((one) => one.state === "living" && one.item.fields.start),
      );
    expect(await starts(page([], { nextPageToken: "p2" }), bare({ nextSyncToken: "s1" }))).toEqual([
      { local: "2026-03-02T12:00:00", zone },
    ]);
    expect(await starts(bare({ nextSyncToken: "s1" }))).toEqual([
      { local: "2026-03-02T11:00:00", zone: "UTC" },
    ]);
  });

  test.each([refusal(410, "fullSyncRequired"), refusal(400, "invalid")])(
    "by a sync token that is refused has an expired cursor (F28)",
    async (refused) => {
      const { pull } = await google(refused);
      await expect(pull({ syncToken: "s1" })).rejects.toThrow(errors.CursorExpired);
    },
  );

  test("whose page token is lost begins a snapshot anew, under a new name", async () => {
    const { pull } = await google(
      refusal(400, "invalid"),
      page(["aaaaa"], { nextSyncToken: "s1" }),
    );
    const pages = await pull({ snapshotId: "old", pageToken: "p9" });
    expect(pages).toHaveLength(1);
    expect(pages[0]).toMatchObject({ extent: "snapshot", last: true });
    expect(pages[0]?.snapshotId).not.toBe("old");
  });

  test("whose page token is lost begins a delta at its sync token", async () => {
    const { pull, seen } = await google(
      refusal(410, "fullSyncRequired"),
      page([], { nextSyncToken: "s2" }),
    );
    await pull({ syncToken: "s1", pageToken: "p9" });
    expect(seen[1]?.url.searchParams.get("syncToken")).toBe("s1");
    expect(seen[1]?.url.searchParams.get("pageToken")).toBeNull();
  });

  test("whose page tokens are lost for ever ends", async () => {
    const { pull, seen } = await google(refusal(400, "invalid"));
    await expect(pull({ snapshotId: "old", pageToken: "p9" })).rejects.toThrow(errors.Rejected);
    expect(seen).toHaveLength(2);
  });

  test("of a calendar that is gone deletes nothing and says so (F25)", async () => {
    const { pull } = await google(refusal(404, "notFound"));
    await expect(pull({ syncToken: "s1" })).rejects.toThrow(errors.CollectionMissing);
  });

  test("from a cursor of somebody else's begins anew", async () => {
    const { pull } = await google(page([], { nextSyncToken: "s1" }));
    await expect(pull({ since: "4" })).rejects.toThrow(errors.CursorExpired);
  });
});

describe("a token that is refused", () => {
  test("is renewed once and the call is made once more, both metered (F20)", async () => {
    const { pull, own, seen } = await google(
      refusal(401, "authError"),
      page([], { nextSyncToken: "s1" }),
    );
    await pull(null);
    expect(own.refused).toEqual(["token-1"]);
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer token-1",
      "Bearer token-2",
    ]);
    expect(own.spent).toEqual([1, 1]);
  });

  test("twice means that the grant is dead (F21)", async () => {
    const { pull, seen } = await google(refusal(401, "authError"));
    await expect(pull(null)).rejects.toThrow(errors.Unauthenticated);
    expect(seen).toHaveLength(2);
  });
});

describe("a write", () => {
  test("is never tried again behind the caller's back (F32)", async () => {
    for (const status of [429, 500, 503]) {
      const { write, seen } = await google(refusal(status, "backendError"));
      await expect(write.delete("aaaaa", '"1"', never)).rejects.toThrow();
      await expect(write.read("aaaaa", never)).rejects.toThrow();
      expect(seen).toHaveLength(2);
    }
  });

  test("mails no guest, names the version it expects and costs what Google counts", async () => {
    const { write, seen, own } = await google(json(event("aaaaa")));
    await write.update("aaaaa", item(), ["title"], '"1"', "m1", never);
    await write.delete("aaaaa", '"1"', never);
    await write.create(item(), "key", "m2", never);
    for (const { url } of seen) expect(url.searchParams.get("sendUpdates")).toBe("none");
    expect(seen.map(({ headers }) => headers["if-match"])).toEqual(['"1"', '"1"', undefined]);
    expect(own.spent).toEqual([3, 1, 1]);
    expect(JSON.parse(seen[0]?.body ?? "")).toEqual({
      summary: "Lunch",
      extendedProperties: { private: { synclineMark: "m1", synclineOf: "aaaaa" } },
    });
  });

  test("to an event of a calendar that is no longer shared is not taken for a deletion (F24)", async () => {
    const { write } = await google(refusal(404, "notFound"));
    await expect(write.delete("aaaaa", null, never)).rejects.toThrow(errors.CollectionMissing);
    await expect(write.read("aaaaa", never)).rejects.toThrow(errors.CollectionMissing);
  });

  test("to an event that alone is missing finds it gone", async () => {
    const missing = () => google(refusal(404, "notFound"), page([], { nextSyncToken: "s1" }));
    const update = (await missing()).write.update("aaaaa", item(), ["title"], null, "m", never);
    await expect(update).rejects.toEqual(new errors.Gone("events.patch: 404 notFound"));
    await (await missing()).write.delete("aaaaa", null, never);
    expect(await (await missing()).write.read("aaaaa", never)).toMatchObject({ state: "deleted" });
  });

  test("is not done because a sign-in page answers 200", async () => {
    const { write } = await google(json("<html>Sign in</html>"));
    await expect(write.delete("aaaaa", null, never)).rejects.toThrow(errors.InvalidResponse);
    await expect(write.create(item(), "key", "m", never)).rejects.toThrow(errors.InvalidResponse);
  });

  test("of a cancelled event that is no occurrence is refused before it deletes anything", async () => {
    const { write, seen } = await google(json(event("aaaaa")));
    const cancelled = item({ status: "cancelled" });
    await expect(write.update("aaaaa", cancelled, ["status"], null, "m", never)).rejects.toThrow(
      errors.Rejected,
    );
    await expect(write.create(cancelled, "key", "m", never)).rejects.toThrow(errors.Rejected);
    expect(seen).toHaveLength(0);
  });

  test("whose id is taken, while a read does not see by what, is tried again later (F37)", async () => {
    const { write } = await google(
      refusal(409, "duplicate"),
      refusal(404, "notFound"),
      page([], { nextSyncToken: "s1" }),
    );
    await expect(write.create(item(), "key", "m", never)).rejects.toThrow(errors.Unavailable);
  });

  test("whose id is taken by what is left of a deleted event, its id alone, finds it taken (F26)", async () => {
    const { write } = await google(
      refusal(409, "duplicate"),
      json({ id: idFor("key"), status: "cancelled" }),
    );
    await expect(write.create(item(), "key", "m", never)).rejects.toThrow(errors.KeyTaken);
  });

  test("answered without zones asks for the calendar's once", async () => {
    const bare = {
      ...event("aaaaa"),
      start: { dateTime: "2026-03-02T11:00:00Z" },
      end: { dateTime: "2026-03-02T12:00:00Z" },
    };
    const { write, seen } = await google(json(bare), page([], { nextSyncToken: "s" }), json(bare));
    const read = await write.read("aaaaa", never);
    expect(read).toMatchObject({
      item: { fields: { start: { local: "2026-03-02T12:00:00", zone } } },
    });
    await write.read("aaaaa", never);
    expect(seen).toHaveLength(3);
  });
});

test("an occurrence whose times name no zone takes the calendar's, also where its listing names none", async () => {
  const moment = { dateTime: "2026-03-09T08:00:00Z" };
  const occurrence = {
    id: "o1",
    recurringEventId: "m1",
    originalStartTime: moment,
    start: moment,
    end: moment,
  };
  const { write } = await google(json({ items: [occurrence] }), page([], { nextSyncToken: "s" }));
  const originalStart = { local: "2026-03-09T09:00:00", zone };
  expect(await write.occurrence?.("m1", originalStart, never)).toMatchObject({
    item: { originalStart, fields: { start: originalStart } },
  });
});

describe("a cancelled occurrence", () => {
  const cancelled = {
    id: "o1",
    etag: '"1"',
    status: "cancelled",
    recurringEventId: "m1",
    originalStartTime: { date: "2026-03-02" },
  };

  test.each([
    ["is one where its series lives", [json(event("m1"))], "living"],
    ["is deleted where its series is", [json({ id: "m1", status: "cancelled" })], "deleted"],
    [
      "is deleted where its series is not there",
      [refusal(404, "notFound"), page([], { nextSyncToken: "s" })],
      "deleted",
    ],
  ] as const)("%s", async (_what, series, state) => {
    const { write } = await google(json(cancelled), ...series);
    expect(await write.read("o1", never)).toMatchObject({ remoteId: "o1", state, version: '"1"' });
  });

  test("takes no edit, whatever the answer's status (I3)", async () => {
    const { write } = await google(json(cancelled));
    const edited = { ...item(), master: "m1", originalStart: { date: "2026-03-02" } };
    await expect(write.update("o1", edited, ["title"], '"1"', "m", never)).rejects.toThrow(
      errors.Gone,
    );
  });
});

describe("no error", () => {
  test("holds a token, an address or the text of an answer", async () => {
    const { write, pull } = await google(refusal(403, "forbidden"));
    for (const call of [
      pull(null),
      write.read("aaaaa", never),
      write.create(item(), "k", "m", never),
    ]) {
      const error = await call.then(
        () => null,
        (thrown: unknown) => thrown as Error,
      );
      const all = JSON.stringify([error?.message, error?.cause ?? null, error, error?.stack]);
      expect(error).toBeInstanceOf(errors.Forbidden);
      expect(all).not.toMatch(/SECRET|token-1|example\.test/);
    }
  });
});

describe("a channel", () => {
  const request = {
    id: "ch1",
    address: "https://hooks.example.test/x",
    secret: "s",
    ttlSeconds: 60,
  };

  test.each([["1773043200000"], [1_773_043_200_000]])(
    "ends when the answer %j says",
    async (expiration) => {
      const { watch, seen } = await google(json({ id: "ch1", resourceId: "r1", expiration }));
      const opened = await watch.open(request, never);
      expect(opened).toEqual({ resourceId: "r1", expiresAt: 1_773_043_200_000 });
      expect(JSON.parse(seen[0]?.body ?? "")).toEqual({
        id: "ch1",
        type: "web_hook",
        address: request.address,
        token: "s",
        params: { ttl: "60" },
      });
    },
  );

  test("cannot be had where Google does not push", async () => {
    const { watch } = await google(refusal(400, "pushNotSupportedForRequestedResource"));
    await expect(watch.open(request, never)).rejects.toThrow(errors.WatchUnsupported);
  });

  test("to an address that Google does not accept is refused, and no token is renewed for it", async () => {
    const { watch, own } = await google(refusal(401, "push.webhookUrlUnauthorized"));
    await expect(watch.open(request, never)).rejects.toThrow(errors.Rejected);
    expect(own.refused).toEqual([]);
  });

  test("that is gone counts as closed", async () => {
    const { watch } = await google(refusal(404, "notFound"));
    await watch.close({ id: "ch1", resourceId: "r1" }, never);
  });
});

test.each([
  ["/google/", "/google"],
  ["//", ""],
])("a stand-in for Google may live below the path %j", async (path, below) => {
  const { address, seen } = await scripted(page([], { nextSyncToken: "s1" }));
  const config = {
    authUrl: "",
    tokenUrl: "",
    revokeUrl: "",
    clientId: "",
    clientSecret: "",
    redirectUri: "",
  };
  const remote = createGoogleCalendar({ ...config, apiUrl: `${address}${path}` }).open(
    connection(),
  );
  await collect(remote.pull("events", null, never));
  expect(seen[0]?.url.pathname).toBe(`${below}/calendar/v3/calendars/c%40example.test/events`);
});
