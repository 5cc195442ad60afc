import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Row, type Shop, startShops } from "./record-shop.ts";

let shops: Awaited<ReturnType<typeof startShops>>;
let shop: Shop;
let list: string;

beforeAll(async () => {
  shops = await startShops();
});
beforeEach(async () => {
  shop = await shops.open();
  list = `/api/records?connectionId=${shop.connectionId}&stream=items`;
});
afterAll(() => shops.stop());

const ids = (rows: readonly Row[]) => rows.map((row) => row["remoteId"]);
const idOf = async (remoteId: string): Promise<string> => {
  const [found] = await shop.data(`${list}&state=any&remoteId=${remoteId}`);
  return String(found?.["id"]);
};

describe("the list of records", () => {
  test("holds what lives now, by remote id, each with its newest version", async () => {
    shop.store.put("2", { name: "Tea", price: 3 });
    shop.store.put("1", { name: "Coffee", price: 4 });
    await shop.session();
    shop.store.put("1", { name: "Coffee", price: 5 });
    shop.store.remove("2");
    await shop.session();
    const [coffee, ...others] = await shop.data(list);
    expect(others).toEqual([]);
    expect(coffee).toMatchObject({
      connectionId: shop.connectionId,
      stream: "items",
      remoteId: "1",
      parentId: null,
      state: "live",
      version: 2,
      content: { name: "Coffee", price: 5 },
      reason: null,
    });
    const [pass] = await shops.api.sql<{ at: Date }>(
      "select passed_at as at from cursors where connection_id = $1 and stream = 'items'",
      [shop.connectionId],
    );
    expect(coffee?.["lastSeenAt"]).toBe(pass?.at.toISOString());
    expect(ids(await shop.data(`${list}&state=deleted`))).toEqual(["2"]);
    expect(ids(await shop.data(`${list}&state=any`))).toEqual(["1", "2"]);
  });

  test("comes page by page, without a gap and without a repeat", async () => {
    for (let id = 1; id <= 7; id++) shop.store.put(String(id), { name: `item ${id}` });
    await shop.session();
    const seen: unknown[] = [];
    for (let cursor = ""; ;) {
      const { body } = await shop.get(`${list}&limit=3${cursor}`);
      seen.push(...ids(body["data"] as unknown as Row[]));
      if (body["nextCursor"] === null) break;
      cursor = `&cursor=${String(body["nextCursor"])}`;
    }
    expect(seen).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
  });

  test("is searched by words in any case and order, in values and not in names of fields", async () => {
    shop.store.put("1", { name: "Ly CÀ PHÊ sữa", note: { kind: ["iced"] } });
    shop.store.put("3", { name: "Trà ĐÁ".normalize("NFD") });
    shop.store.put("2", { name: "Tea", percent: "100% organic", path: String.raw`C:\tea_room` });
    await shop.session();
    const found = async (q: string) => ids(await shop.data(`${list}&q=${encodeURIComponent(q)}`));
    expect(await found("phê ly")).toEqual(["1"]);
    expect(await found("ICED cà")).toEqual(["1"]);
    expect(await found("Ly Cà Phê".normalize("NFD"))).toEqual(["1"]);
    expect(await found("trà đá".normalize("NFC"))).toEqual(["3"]);
    expect(await found("tea coffee")).toEqual([]);
    expect(await found("name")).toEqual([]);
    expect(await found("100%")).toEqual(["2"]);
    expect(await found("1%0")).toEqual([]);
    expect(await found(String.raw`\tea_r`)).toEqual(["2"]);
    expect(await found("te_")).toEqual([]);
  });

  test("is filtered by fields of the content, several at once", async () => {
    shop.store.put("1", { color: "red", size: 2, sold: true });
    shop.store.put("2", { color: "red", size: 3, sold: false });
    await shop.session();
    const where = async (text: string) => ids(await shop.data(`${list}&${text}`));
    expect(await where("where[color]=red")).toEqual(["1", "2"]);
    expect(await where("where[color]=red&where[size]=3")).toEqual(["2"]);
    expect(await where("where[sold]=true")).toEqual(["1"]);
    expect(await where("where[absent]=red")).toEqual([]);
  });

  test("is filtered by when a record changed, and by what it belongs to", async () => {
    shop.store.put("1", { name: "one" });
    shop.store.setParts("1", { a: { part: 1 }, b: { part: 2 } });
    await shop.session();
    const [one] = await shop.data(list);
    const at = String(one?.["changedAt"]);
    expect(await shop.data(`${list}&changedFrom=${at}`)).toHaveLength(1);
    expect(await shop.data(`${list}&changedTo=${at}`)).toHaveLength(0);
    const parts = list.replace("stream=items", "stream=parts");
    expect(ids(await shop.data(`${parts}&parentId=1`))).toEqual(["a", "b"]);
    expect(await shop.data(`${parts}&parentId=2`)).toEqual([]);
    // Read with its item and in no listing: it was last seen when that was last read.
    expect((await shop.data(parts))[0]?.["lastSeenAt"]).not.toBeNull();
  });

  test("answers as it was known at a moment: versions of then, and not what was deleted", async () => {
    shop.store.put("1", { name: "first" });
    shop.store.put("2", { name: "short-lived" });
    await shop.session();
    const [{ changedAt: born } = {}] = await shop.data(list);
    shop.store.put("1", { name: "second" });
    shop.store.remove("2");
    await shop.session();
    const then = await shop.data(`${list}&asOf=${String(born)}`);
    expect(then.map(({ content, version, state }) => ({ content, version, state }))).toEqual([
      { content: { name: "first" }, version: 1, state: "live" },
      { content: { name: "short-lived" }, version: 1, state: "live" },
    ]);
    const before = new Date(Date.parse(String(born)) - 1).toISOString();
    expect(await shop.data(`${list}&asOf=${before}&state=any`)).toEqual([]);
    const now = new Date(Date.now() + 60_000).toISOString();
    expect(ids(await shop.data(`${list}&asOf=${now}`))).toEqual(["1"]);
    expect(ids(await shop.data(`${list}&asOf=${now}&state=deleted`))).toEqual(["2"]);
    expect((await shop.get(`${list}&asOf=${now}&state=set-aside`)).status).toBe(400);
  });

  test("takes a provider where there is one connection of it, and refuses to guess", async () => {
    shop.store.put("1", { name: "one" });
    await shop.session();
    const byProvider = "/api/records?provider=memory-records&stream=items";
    expect(ids(await shop.data(byProvider))).toEqual(["1"]);
    await shops.open(shop.company);
    expect((await shop.get(byProvider)).status).toBe(400);
    expect((await shop.get("/api/records?provider=nobody&stream=items")).status).toBe(404);
    expect((await shop.get("/api/records?stream=items")).status).toBe(400);
  });

  test("refuses what is misshapen, whatever it tries", async () => {
    const wrong = [
      "where[a b]=1",
      "where[color]=1&where[color]=2",
      "where[iban]=NL1",
      "where=1",
      `where[${"x".repeat(65)}]=1`,
      "where[a';drop table records]=1",
      "q=",
      "state=all",
      "nonsense=1",
      "cursor=e30",
      "asOf=yesterday",
      Array.from({ length: 11 }, (_, at) => `where[f${at}]=1`).join("&"),
      `q=${"w+".repeat(11)}w`,
      "q=%00",
    ];
    for (const one of wrong)
      expect([one, (await shop.get(`${list}&${one}`)).status]).toEqual([one, 400]);
    expect((await shop.get(list.replace("=items", "=nothing"))).status).toBe(400);
    for (const one of ["'", "\\", '"', "%", "_", "$1", "\u202e", "');--", "🍵"]) {
      const text = encodeURIComponent(one);
      expect((await shop.get(`${list}&q=${text}&where[a]=${text}&remoteId=${text}`)).status).toBe(
        200,
      );
    }
  });
});

describe("a record", () => {
  test("has every version, with the session that brought it and until when it was seen", async () => {
    shop.store.put("1", { name: "first" });
    const { sessionId } = await shop.session();
    shop.store.put("1", { name: "second" });
    await shop.session();
    shop.store.remove("1");
    await shop.session();
    const id = await idOf("1");
    const versions = await shop.data(`/api/records/${id}/versions`);
    expect(versions.map(({ version, deleted }) => ({ version, deleted }))).toEqual([
      { version: 3, deleted: true },
      { version: 2, deleted: false },
      { version: 1, deleted: false },
    ]);
    expect(versions[2]).toMatchObject({ sessionId, content: { name: "first" } });
    expect(Date.parse(String(versions[2]?.["lastSeenAt"]))).toBeGreaterThanOrEqual(
      Date.parse(String(versions[2]?.["firstSeenAt"])),
    );
    const paged = await shop.get(`/api/records/${id}/versions?limit=2`);
    const rest = await shop.data(
      `/api/records/${id}/versions?limit=2&cursor=${String(paged.body["nextCursor"])}`,
    );
    expect(rest.map(({ version }) => version)).toEqual([1]);
    expect((await shop.get(`/api/records/${id}/versions/2`)).body).toMatchObject({
      version: 2,
      content: { name: "second" },
    });
    for (const none of ["4", "0", "x", "-1", "1e9"])
      expect((await shop.get(`/api/records/${id}/versions/${none}`)).status).toBe(404);
  });

  test("tells field by field what differs between two versions", async () => {
    shop.store.put("1", { name: "first", price: 1, gone: true });
    await shop.session();
    shop.store.put("1", { name: "first", price: 2, gone: true });
    await shop.session();
    shop.store.put("1", { name: "third", price: 2 });
    await shop.session();
    const id = await idOf("1");
    const diff = async (query: string) => (await shop.get(`/api/records/${id}/diff${query}`)).body;
    expect((await diff("?from=1&to=3"))["fields"]).toEqual({
      name: { before: "first", after: "third" },
      price: { before: 1, after: 2 },
      gone: { before: true, after: null },
    });
    expect(await diff("")).toMatchObject({ from: 2, to: 3 });
    expect((await diff("?from=0&to=1"))["fields"]).toMatchObject({
      price: { before: null, after: 1 },
    });
    expect((await shop.get(`/api/records/${id}/diff?from=1&to=9`)).status).toBe(400);
  });

  test("has its changes, newest first", async () => {
    shop.store.put("1", { name: "first" });
    await shop.session();
    shop.store.put("1", { name: "second" });
    await shop.session();
    expect(await shop.data(`/api/records/${await idOf("1")}/changes`)).toMatchObject([
      {
        action: "updated",
        remoteId: "1",
        stream: "items",
        eventId: null,
        fields: { name: { before: "first", after: "second" } },
      },
      { action: "created", fields: {} },
    ]);
  });
});

describe("sensitive fields", () => {
  beforeEach(async () => {
    shop.store.put("1", { name: "Anna" }, { sensitive: { iban: "NL01" } });
    await shop.session();
    shop.store.put("1", { name: "Anna" }, { sensitive: { iban: "NL02" } });
    await shop.session();
  });

  test("are read by owners and admins; a member gets their names", async () => {
    const id = await idOf("1");
    for (const role of ["owner", "admin"] as const) {
      const [record] = await shop.data(list, role);
      expect(record).toMatchObject({ sensitive: { iban: "NL02" }, masked: false });
      const { body } = await shop.get(`/api/records/${id}/diff?from=1&to=2`, role);
      expect(body["sensitive"]).toEqual({ iban: { before: "NL01", after: "NL02" } });
    }
    const paths = ["", "/versions", "/versions/1", "/diff", "/changes", "/timeline"];
    for (const path of [list, ...paths.map((rest) => `/api/records/${id}${rest}`)]) {
      const { status, text } = await shop.get(path, "member");
      expect([path, status, text.includes("NL0")]).toEqual([path, 200, false]);
    }
    expect((await shop.get(`/api/records/${id}`, "member")).body).toMatchObject({
      sensitive: { iban: null },
      masked: true,
    });
    expect((await shop.get(`/api/records/${id}/diff`, "member")).body).toMatchObject({
      fields: {},
      sensitive: { iban: { before: null, after: null } },
      masked: true,
    });
  });

  test("that cannot be opened cost nobody the rest of the answer", async () => {
    shop.store.put("2", { name: "Bert" }, { sensitive: { iban: "NL03" } });
    await shop.session();
    // An envelope of another row does not open in this one.
    await shops.api.sql(
      `update record_versions set sealed = (select v.sealed from record_versions v join records r on r.id = v.record_id where r.connection_id = $1 and r.remote_id = '2')
       where connection_id = $1 and version = 2`,
      [shop.connectionId],
    );
    const [anna, bert] = await shop.data(list);
    expect(anna).toMatchObject({
      content: { name: "Anna" },
      sensitive: { iban: null },
      unreadable: true,
    });
    expect(bert).toMatchObject({ sensitive: { iban: "NL03" }, unreadable: false });
    const { status, body } = await shop.get(`/api/records/${await idOf("1")}/diff`);
    expect([status, body["unreadable"]]).toEqual([200, true]);
  });
});

describe("another company", () => {
  test("is answered exactly as if nothing were there", async () => {
    shop.store.put("1", { name: "theirs" });
    await shop.session();
    const id = await idOf("1");
    const us = await shops.open();
    const bare = async (path: string) => {
      const { status, body } = await us.get(path);
      const { instance: _, ...rest } = body;
      return { status, rest };
    };
    for (const rest of ["", "/versions", "/versions/1", "/diff", "/changes", "/timeline"]) {
      const theirs = await bare(`/api/records/${id}${rest}`);
      expect(theirs).toEqual(await bare(`/api/records/${randomUUID()}${rest}`));
      expect(theirs.status).toBe(404);
    }
    for (const path of [
      "/api/records?stream=items&",
      "/api/records/export?format=csv&stream=items&",
    ]) {
      const theirs = await bare(`${path}connectionId=${shop.connectionId}`);
      expect(theirs).toEqual(await bare(`${path}connectionId=${randomUUID()}`));
      expect(theirs.status).toBe(404);
    }
    for (const query of [`connectionId=${shop.connectionId}`, `recordId=${id}`, "stream=items"])
      expect(await us.data(`/api/changes?${query}`)).toEqual([]);
    expect(await us.data("/api/timeline")).toEqual([]);
  });
});
