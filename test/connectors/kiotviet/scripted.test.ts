import { describe, expect, test } from "vitest";
import type { Cursor } from "../../../connectors/connector.ts";
import * as errors from "../../../connectors/errors.ts";
import { createKiotviet, type KiotvietConfig } from "../../../connectors/kiotviet/index.ts";
import { collect, connection, json, never, type Reply, scripted } from "../scripted.ts";

/** Answers that no well-behaved KiotViet gives. */
const timestamp = "2026-03-02T10:05:00.1234567";
const resting: Cursor = {
  shop: "demo-shop",
  fullAt: String(Date.now()),
  since: "2026-03-02T09:00:00",
};

const product = (id: number, more: object = {}) => ({
  id,
  name: `product ${id}`,
  createdDate: "2026-01-05T09:10:00",
  modifiedDate: "2026-03-02T10:00:00",
  ...more,
});
const listing = (data: unknown, more: object = {}) =>
  json({ total: Array.isArray(data) ? data.length : 0, pageSize: 100, data, timestamp, ...more });
const rows = (...ids: number[]) => listing(ids.map((id) => product(id)));
const own = (status: number, errorCode: string, headers: Record<string, string> = {}) =>
  json({ responseStatus: { errorCode, message: "SECRET", errors: [] } }, status, headers);

async function kiotviet(config: Partial<KiotvietConfig>, ...replies: Reply[]) {
  const { address, seen } = await scripted(...replies);
  const mine = connection({ retailer: "demo-shop" } as never);
  const usual = { apiUrl: `${address}/kiotviet/`, tokenUrl: "", timeoutMs: 1_000 };
  const remote = createKiotviet({ ...usual, ...config }).open(mine);
  const pull = (cursor: Cursor | null = null, stream = "products") =>
    collect(remote.pull(stream, cursor, never));
  const failure = (call: Promise<unknown> | undefined) =>
    (call ?? Promise.resolve()).then(
      () => null,
      (error: unknown) => error as Error,
    );
  return { seen, own: mine, remote, pull, failure };
}

const query = (seen: { url: URL }[], at: number) =>
  Object.fromEntries(seen[at]?.url.searchParams ?? []);

describe("a request", () => {
  test("names the shop and bears the token, and is metered", async () => {
    const { pull, seen, own } = await kiotviet({}, rows(1), rows());
    await pull();
    expect(seen[0]?.url.pathname).toBe("/kiotviet/products");
    expect(seen[0]?.headers).toMatchObject({
      retailer: "demo-shop",
      authorization: "Bearer token-1",
    });
    expect(own.spent).toEqual([1, 1]);
  });

  test.each([
    ["categories", "/kiotviet/categories", { hierachicalData: "false" }],
    ["products", "/kiotviet/products", { includeInventory: "false" }],
    ["inventory", "/kiotviet/productOnHands", {}],
  ])("for all %s is ordered by id and asks for no changes", async (stream, path, more) => {
    const { pull, seen } = await kiotviet({}, rows());
    await pull(null, stream);
    expect(seen[0]?.url.pathname).toBe(path);
    expect(query(seen, 0)).toEqual({
      orderBy: "id",
      orderDirection: "Asc",
      pageSize: "100",
      currentItem: "0",
      ...more,
    });
  });

  test("for changes names the time since when, and asks for what was removed", async () => {
    const { pull, seen } = await kiotviet({}, rows());
    for (const stream of ["categories", "products"]) await pull(resting, stream);
    for (const at of [0, 1])
      expect(query(seen, at)).toMatchObject({
        lastModifiedFrom: "2026-03-02T09:00:00",
        includeRemoveIds: "true",
      });
  });

  test("never asks for more rows than KiotViet gives, nor for so few that pages could not overlap", async () => {
    for (const [pageSize, asked] of [
      [500, "100"],
      [1, "2"],
    ] as const) {
      const { pull, seen } = await kiotviet({ pageSize }, rows());
      await pull();
      expect(query(seen, 0)).toMatchObject({ pageSize: asked });
    }
  });
});

describe("a token that is refused", () => {
  test.each([own(401, "TokenException"), own(400, "TokenException"), json("", 401)])(
    "is renewed once and the call is made once more, both metered (F20)",
    async (refused) => {
      const { pull, own, seen } = await kiotviet({}, refused, rows());
      await pull();
      expect(own.refused).toEqual(["token-1"]);
      expect(seen.map(({ headers }) => headers.authorization)).toEqual([
        "Bearer token-1",
        "Bearer token-2",
      ]);
      expect(own.spent).toEqual([1, 1]);
    },
  );

  test("twice means that the credentials are wrong (F21)", async () => {
    const { pull, seen } = await kiotviet({}, own(401, "TokenException"));
    await expect(pull()).rejects.toThrow(errors.Unauthenticated);
    expect(seen).toHaveLength(2);
  });

  test("in the midst of a listing leaves the cursor where it was (F43)", async () => {
    const { remote } = await kiotviet({ pageSize: 2 }, rows(1, 2), own(401, "TokenException"));
    const pages: Cursor[] = [];
    const walk = (async () => {
      for await (const { cursor } of remote.pull("products", null, never)) pages.push(cursor);
    })();
    await expect(walk).rejects.toThrow(errors.Unauthenticated);
    expect(pages).toMatchObject([{ pageToken: "1", anchor: "2" }]);
  });
});

describe("a listing that cannot be believed is none", () => {
  test.each([
    ["HTML with 200", json("<html>SECRET</html>")],
    ["an empty body", json("")],
    ["cut short", json('{"total":1,"data":[{"id":1')],
    ["null", json("null")],
    ["a list without its envelope", json("[]")],
    ["no rows", json({ total: 0 })],
    ["null for rows", json({ total: 0, data: null })],
    ["rows that are none", listing([null])],
    ["rows that have no id", listing([{ name: "SECRET" }])],
    ["an error with 200", json({ responseStatus: { errorCode: "X", message: "SECRET" } })],
    ["no body at all", json("", 204)],
  ])("%s (F34)", async (_what, reply) => {
    const { pull, failure } = await kiotviet({}, reply);
    const error = await failure(pull(resting));
    expect(error).toBeInstanceOf(errors.InvalidResponse);
    expect(String(error)).not.toContain("SECRET");
  });

  test("neither are the same rows again and again, whatever is asked for (F35)", async () => {
    for (const data of [[1, 2, 3], Array.from({ length: 100 }, (_, at) => at + 1)]) {
      const { pull, seen } = await kiotviet({}, rows(...data));
      await expect(pull()).rejects.toThrow(errors.InvalidResponse);
      expect(seen.length).toBeLessThan(30);
    }
  });

  test("and one that is too slow, or breaks off, is asked for later (F33, F34)", async () => {
    const slow = await kiotviet({ timeoutMs: 50 }, () => {});
    await expect(slow.pull()).rejects.toThrow(errors.Unavailable);
    const broken = await kiotviet({}, (_seen, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("{");
      response.destroy();
    });
    await expect(broken.pull()).rejects.toThrow(errors.Unavailable);
  });
});

test.each([
  [own(403, "ForbiddenException"), errors.Forbidden],
  [own(404, "NotFoundException"), errors.CollectionMissing],
  [json("<html>SECRET</html>", 404), errors.Unavailable],
  [own(429, "TooManyRequests"), errors.RateLimited],
  [own(500, "Exception"), errors.Unavailable],
  [json("", 302, { location: "http://127.0.0.1:9/" }), errors.Unavailable],
])(
  "a refused listing has its recovery, is asked for once and tells nothing",
  async (reply, expected) => {
    const { pull, failure, seen } = await kiotviet({}, reply);
    const error = await failure(pull());
    expect(error).toBeInstanceOf(expected);
    expect(JSON.stringify([error, error?.message, error?.stack])).not.toMatch(
      /SECRET|token-1|demo-shop/,
    );
    expect(seen).toHaveLength(1);
  },
);

test("a limit that names no pause is waited out for as long as is configured", async () => {
  const { pull } = await kiotviet({ limitPauseMs: 7 }, own(429, "X"));
  await expect(pull()).rejects.toMatchObject({ retryAfterMs: 7 });
});

describe("a snapshot", () => {
  test("ends on an empty page, and not because the count says so", async () => {
    const counted = listing([product(1), product(2)], { total: 2 });
    const { pull, seen } = await kiotviet({}, counted, rows(2, 3), rows(3), rows());
    const pages = await pull();
    expect(pages.map(({ changes }) => changes.map(({ remoteId }) => remoteId))).toEqual([
      ["1", "2"],
      ["3"],
      [],
      [],
    ]);
    expect(pages.map(({ last }) => last)).toEqual([false, false, false, true]);
    expect(seen.map(({ url }) => url.searchParams.get("currentItem"))).toEqual([
      "0",
      "2",
      "4",
      "5",
    ]);
  });

  test("hides nothing that a transient empty answer leaves out: the count is told (F36)", async () => {
    const { pull } = await kiotviet({ pageSize: 2 }, listing([], { total: 5 }));
    expect(await pull()).toMatchObject([{ last: true, changes: [], total: 5 }]);
  });

  test("of stock tells no count, for KiotViet's is of products", async () => {
    const { pull } = await kiotviet({}, rows());
    expect((await pull(null, "inventory"))[0]).not.toHaveProperty("total");
  });

  test("sets one bad row aside, skips what is none, and goes on with the rest (I15)", async () => {
    const data = [product(-1), product(0), product(7, { name: 7 }), product(8)];
    const { pull } = await kiotviet({}, listing(data), rows());
    expect((await pull())[0]?.changes.map(({ remoteId, state }) => [remoteId, state])).toEqual([
      ["7", "set-aside"],
      ["8", "living"],
    ]);
  });

  test("counts a row that a page holds twice as it stands last", async () => {
    const data = [product(7, { name: "old" }), product(8), product(7, { name: "new" })];
    const { pull } = await kiotviet({}, listing(data), rows());
    const changes = (await pull())[0]?.changes ?? [];
    expect(changes).toHaveLength(2);
    expect(changes[0]).toMatchObject({ remoteId: "7", item: { content: { name: "new" } } });
  });

  test.each([
    ["five minutes before the first answer's time", rows(1), {}, "2026-03-02T10:00:00"],
    ["as far before it as is configured", rows(1), { overlapMs: 3_600_000 }, "2026-03-02T09:05:00"],
    [
      "before the date of the answer where that has no time",
      json({ data: [product(1)] }, 200, { date: "Mon, 02 Mar 2026 03:05:00 GMT" }),
      {},
      "2026-03-02T10:00:00",
    ],
    [
      "before its date too where its time is none",
      json({ data: [product(1)], timestamp: "0001-01-01T00:00:00" }, 200, {
        date: "Mon, 02 Mar 2026 03:05:00 GMT",
      }),
      {},
      "2026-03-02T10:00:00",
    ],
  ])("is followed by changes since %s", async (_what, first, config, since) => {
    const later = listing([], { timestamp: "2026-03-02T12:00:00" });
    const { pull } = await kiotviet(config, first, later);
    expect((await pull()).at(-1)?.cursor).toMatchObject({ shop: "demo-shop", since });
  });
});

describe("changes", () => {
  test.each(["removedIds", "removeIds", "removeId", "removedId", "RemovedIDs", "REMOVEID"])(
    "name what was removed under %s, at the end",
    async (key) => {
      const { pull } = await kiotviet(
        {},
        listing([product(1)], { [key]: [8999, "8998", -1] }),
        rows(),
      );
      const pages = await pull(resting);
      expect(pages.map(({ extent, last }) => [extent, last])).toEqual([
        ["delta", false],
        ["delta", true],
      ]);
      expect(pages.at(-1)?.changes).toEqual(
        ["8999", "8998"].map((remoteId) => ({
          remoteId,
          version: null,
          updatedAt: null,
          state: "deleted",
        })),
      );
    },
  );

  test("remember what was removed when they are broken off, and say it once", async () => {
    const { pull, remote } = await kiotviet(
      { pageSize: 2 },
      listing([product(1), product(2)], { removedIds: [7] }),
      listing([product(2)], { removedIds: [8] }),
      rows(),
    );
    const walk = remote.pull("products", resting, never)[Symbol.asyncIterator]();
    const first = (await walk.next()).value as { cursor: Cursor };
    await walk.return?.();
    const rest = await pull(JSON.parse(JSON.stringify(first.cursor)) as Cursor);
    expect(rest.at(-1)?.changes.map(({ remoteId }) => remoteId)).toEqual(["7", "8"]);
  });

  test("are asked for again from the same time when an answer is empty that counts some (I3, F36)", async () => {
    const empty = await kiotviet({}, listing([], { total: 2 }));
    expect((await empty.pull(resting)).at(-1)?.cursor?.["since"]).toBe(resting["since"]);
    const closing = await kiotviet({ pageSize: 2 }, rows(1), listing([], { total: 3 }));
    expect((await closing.pull(resting)).at(-1)?.cursor?.["since"]).toBe(resting["since"]);
    const believed = await kiotviet({}, rows());
    expect((await believed.pull(resting)).at(-1)?.cursor?.["since"]).toBe("2026-03-02T10:00:00");
  });

  test("do not name as removed what they have shown alive", async () => {
    const { pull } = await kiotviet({}, listing([product(1)], { removeId: [1, 2] }), rows());
    expect((await pull(resting)).at(-1)?.changes.map(({ remoteId }) => remoteId)).toEqual(["2"]);
  });

  test("remember what they have shown alive when they are broken off (I6)", async () => {
    const { pull, remote } = await kiotviet(
      { pageSize: 2 },
      listing([product(1), product(2)], { removedIds: [1, 7] }),
      listing([product(2)], { removedIds: [1, 7] }),
      rows(),
    );
    const walk = remote.pull("products", resting, never)[Symbol.asyncIterator]();
    const first = (await walk.next()).value as { cursor: Cursor };
    await walk.return?.();
    const rest = await pull(JSON.parse(JSON.stringify(first.cursor)) as Cursor);
    expect(rest.at(-1)?.changes.map(({ remoteId }) => remoteId)).toEqual(["7"]);
  });

  test("become a snapshot when the last one is too long ago", async () => {
    const old = { ...resting, fullAt: String(Date.now() - 7 * 24 * 3_600_000) };
    const { pull, seen } = await kiotviet({}, listing([], { removeId: [1] }));
    const [page] = await pull(old);
    expect(page).toMatchObject({ extent: "snapshot", changes: [], last: true });
    expect(query(seen, 0)).not.toHaveProperty("lastModifiedFrom");
    expect(Number(page?.cursor["fullAt"])).toBeGreaterThan(Date.now() - 60_000);
  });

  test("are none of stock, which is read whole each time", async () => {
    const { pull, seen } = await kiotviet({}, rows());
    expect(await pull(resting, "inventory")).toMatchObject([{ extent: "snapshot" }]);
    expect(query(seen, 0)).not.toHaveProperty("lastModifiedFrom");
  });
});

test.each([
  { ...resting, shop: "other-shop" },
  { ...resting, since: "yesterday" },
  { ...resting, fullAt: "x" },
  { ...resting, pageToken: "SECRET" },
  { shop: "demo-shop" },
])("from the cursor %j everything begins anew", async (cursor) => {
  const { pull, seen } = await kiotviet({}, rows());
  await expect(pull(cursor as unknown as Cursor)).rejects.toThrow(errors.CursorExpired);
  expect(seen).toHaveLength(0);
});

describe("reading one item", () => {
  test.each([
    ["bare", { categoryId: 11, categoryName: "Trà" }],
    ["as data", { data: { categoryId: 11, categoryName: "Trà", children: [] } }],
  ])("takes a category that comes %s", async (_what, body) => {
    const { remote, seen } = await kiotviet({}, json(body));
    expect(await remote.read("categories", "11", never)).toMatchObject({
      remoteId: "11",
      state: "living",
      item: { content: { name: "Trà" } },
    });
    expect(seen[0]?.url.pathname).toBe("/kiotviet/categories/11");
  });

  const stocked = product(9001, {
    inventories: [
      { branchId: 1, onHand: 4 },
      { branchId: 2, onHand: 5 },
    ],
  });

  test("takes one branch's stock from its product, and denies another's", async () => {
    const { remote, seen } = await kiotviet({}, json(stocked));
    expect(await remote.read("inventory", "9001:2", never)).toMatchObject({
      remoteId: "9001:2",
      item: { content: { onHand: 5 }, parentId: "9001" },
    });
    expect(await remote.read("inventory", "9001:3", never)).toMatchObject({ state: "deleted" });
    expect(seen[0]?.url.pathname).toBe("/kiotviet/products/9001");
  });

  test.each([
    ["categories", "11"],
    ["products", "9001"],
    ["inventory", "9001:1"],
  ])("of %s that KiotViet denies answers that it is deleted (F24)", async (stream, id) => {
    const { remote } = await kiotviet({}, own(404, "NotFoundException"));
    expect(await remote.read(stream, id, never)).toEqual({
      remoteId: id,
      version: null,
      updatedAt: null,
      state: "deleted",
    });
  });

  test("is no deletion because a gateway knows no such page (F24)", async () => {
    for (const reply of [json("<html>", 404), json("", 404), json({}, 404)]) {
      const { remote } = await kiotviet({}, reply);
      await expect(remote.read("products", "9001", never)).rejects.toThrow(errors.Unavailable);
    }
  });

  test.each([
    ["another product", product(1)],
    ["no product", {}],
    ["null", "null"],
    ["HTML", "<html>"],
  ])("that answers %s is not believed", async (_what, body) => {
    const { remote } = await kiotviet({}, json(body));
    await expect(remote.read("products", "9001", never)).rejects.toThrow(errors.InvalidResponse);
    await expect(remote.details?.("products", "9001", never)).rejects.toThrow(
      errors.InvalidResponse,
    );
  });

  test("whose product says nothing of stock denies no stock", async () => {
    const { remote } = await kiotviet({}, json(product(9001)));
    await expect(remote.read("inventory", "9001:1", never)).rejects.toThrow(errors.InvalidResponse);
    await expect(remote.details?.("products", "9001", never)).rejects.toThrow(
      errors.InvalidResponse,
    );
  });

  test("by an id that is none asks nobody", async () => {
    const { remote, seen } = await kiotviet({}, json({}));
    for (const [stream, id] of [
      ["products", "../x"],
      ["products", "1:2"],
      ["categories", ""],
      ["inventory", "1:2:3"],
    ] as const)
      await expect(remote.read(stream, id, never)).rejects.toThrow(errors.Rejected);
    await expect(remote.details?.("categories", "1", never)).rejects.toThrow(errors.Rejected);
    expect(seen).toHaveLength(0);
  });

  test("in full has the stock of every branch, and is gone with its product", async () => {
    const { remote, own: mine } = await kiotviet({}, json(stocked), own(404, "NotFoundException"));
    const { inventory = [] } = (await remote.details?.("products", "9001", never)) ?? {};
    expect(inventory.map(({ remoteId }) => remoteId)).toEqual(["9001:1", "9001:2"]);
    await expect(remote.details?.("products", "9001", never)).rejects.toThrow(errors.Gone);
    expect(mine.spent).toEqual([1, 1]);
  });
});
