import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { send } from "./harness.ts";
import { type Row, type Shop, startShops } from "./record-shop.ts";

let shops: Awaited<ReturnType<typeof startShops>>;
let shop: Shop;

beforeAll(async () => {
  shops = await startShops();
});
beforeEach(async () => {
  shop = await shops.open();
});
afterAll(() => shops.stop());

const feed = async (query: string, cursor: string | null) => {
  const { body } = await shop.get(
    `/api/changes?order=oldest${query}${cursor === null ? "" : `&cursor=${cursor}`}`,
  );
  return { rows: body["data"] as unknown as Row[], next: String(body["nextCursor"]) };
};

/** A reader that never stops asking; other databases of the server may have transactions under way. */
const reader = (query = "") => {
  const seen: Row[] = [];
  let cursor: string | null = null;
  const look = async () => {
    const { rows, next } = await feed(query, cursor);
    seen.push(...rows);
    cursor = next;
    return rows;
  };
  const until = async (count: number) => {
    for (const end = Date.now() + 30_000; seen.length < count && Date.now() < end;) await look();
    return seen;
  };
  return { seen, look, until };
};

const insertRecord = (client: pg.Client, remoteId: string) =>
  client.query(
    `insert into record_changes (company_id, connection_id, session_id, record_id, stream, remote_id, action, version)
     values ($1, $2, $3, $3, 'items', $4, 'created', 1)`,
    [shop.companyId, shop.connectionId, randomUUID(), remoteId],
  );
const insertEvent = (client: pg.Client, rule: string) =>
  client.query(
    `insert into changes (company_id, event_id, side, action, rule, version) values ($1, $2, 'local', 'created', $3, 1)`,
    [shop.companyId, randomUUID(), rule],
  );

const createEvent = (title: string) =>
  send(shops.api, "POST", "/api/events", {
    key: shop.company.keys.member,
    body: { title, startDateTime: "2026-12-01T10:00:00Z", endDateTime: "2026-12-01T11:00:00Z" },
  });

describe("the list of changes", () => {
  test("has events alone, newest first, for whoever asks as before there were records", async () => {
    await createEvent("one");
    shop.store.put("1", { name: "one" });
    await shop.session();
    await createEvent("two");
    const rows = await shop.data("/api/changes");
    expect(rows).toHaveLength(2);
    expect(Number(rows[0]?.["id"])).toBeGreaterThan(Number(rows[1]?.["id"]));
    expect(rows[0]).toMatchObject({ recordId: null, stream: null, remoteId: null, parentId: null });
    const both = await shop.data("/api/changes?of=all");
    expect(both.map(({ eventId }) => eventId === null)).toEqual([false, true, false]);
    const first = await shop.get("/api/changes?of=all&limit=2");
    const rest = await shop.data(
      `/api/changes?of=all&limit=2&cursor=${String(first.body["nextCursor"])}`,
    );
    expect(rest.map(({ id }) => id)).toEqual([both[2]?.["id"]]);
  });

  test("is narrowed by connection, stream, record, field, action and session", async () => {
    shop.store.put("1", { name: "one", price: 1 });
    shop.store.put("2", { name: "two", price: 1 });
    await shop.session();
    shop.store.put("1", { name: "one", price: 2 });
    shop.store.put("2", { name: "deux", price: 1 });
    const { sessionId } = await shop.session();
    const told = async (query: string) =>
      (await shop.data(`/api/changes?${query}`)).map(({ action, remoteId }) => [action, remoteId]);
    expect(await told(`connectionId=${shop.connectionId}`)).toHaveLength(4);
    expect(await told("stream=items&field=price")).toEqual([["updated", "1"]]);
    expect(await told("field=name&action=updated")).toEqual([["updated", "2"]]);
    expect(await told(`sessionId=${sessionId}`)).toHaveLength(2);
    const [{ recordId } = {}] = await shop.data("/api/changes?field=price");
    expect(await told(`recordId=${String(recordId)}`)).toEqual([
      ["updated", "1"],
      ["created", "1"],
    ]);
    expect(await told(`recordId=${String(recordId)}&eventId=${randomUUID()}`)).toEqual([]);
    expect(await told("of=events&stream=items")).toEqual([]);
    expect(await told("stream=items&from=2199-01-01")).toEqual([]);
  });
});

describe("the feed of changes", () => {
  test("is read for ever: each row once, and a cursor even where there is nothing", async () => {
    const all = reader("&limit=2");
    expect(await all.look()).toEqual([]);
    for (let round = 0; round < 3; round++) {
      for (const id of ["1", "2", "3"]) shop.store.put(id, { name: `round ${round}` });
      await shop.session();
      await createEvent(`round ${round}`);
      await all.until((round + 1) * 4);
    }
    await all.look();
    const ids = all.seen.map(({ id }) => Number(id));
    expect(ids).toHaveLength(12);
    expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => a - b));
  });

  test.each([
    ["records", insertRecord],
    ["events", insertEvent],
  ])(
    "misses none of %s that was noted first and committed last, in either order of their beginnings",
    async (_name, insert) => {
      const connect = async () => {
        const client = new pg.Client({ connectionString: shops.api.databaseUrl });
        await client.connect();
        await client.query("begin");
        return client;
      };
      const [older, younger] = [await connect(), await connect()];
      const all = reader();
      try {
        // The older transaction has the lower number; the younger one takes the lower id.
        await older.query("select pg_current_xact_id()");
        await insert(younger, "noted first");
        await insert(older, "noted second");
        await older.query("commit");
        await all.look();
        expect(all.seen.length).toBeLessThanOrEqual(1);
        await younger.query("commit");
      } finally {
        await Promise.all([older.end(), younger.end()]);
      }
      const seen = await all.until(2);
      expect(seen.map(({ remoteId, rule }) => remoteId ?? rule).toSorted()).toEqual([
        "noted first",
        "noted second",
      ]);
    },
  );

  test("holds back what a transaction noted while an older one may still note something", async () => {
    const older = new pg.Client({ connectionString: shops.api.databaseUrl });
    await older.connect();
    const all = reader();
    try {
      await older.query("begin");
      await insertRecord(older, "from the older");
      shop.store.put("1", { name: "from a session meanwhile" });
      await shop.session();
      expect(await all.look()).toEqual([]);
      await older.query("commit");
    } finally {
      await older.end();
    }
    const seen = await all.until(2);
    expect(seen.map(({ remoteId }) => remoteId)).toEqual(["from the older", "1"]);
  });

  test("loses and repeats nothing while many write at once and one reads", async () => {
    const writers = 6;
    const all = reader("&of=records&limit=7");
    let isDone = false;
    const writing = Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        const client = new pg.Client({ connectionString: shops.api.databaseUrl });
        await client.connect();
        for (let round = 0; round < 15; round++) {
          await client.query("begin");
          for (let row = 0; row < 3; row++) {
            await insertRecord(client, `${writer} ${round} ${row}`);
            await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
          }
          await client.query(round % 5 === 4 ? "rollback" : "commit");
        }
        await client.end();
      }),
    ).finally(() => (isDone = true));
    while (!isDone) await all.look();
    await writing;
    const expected = writers * 12 * 3;
    await all.until(expected);
    await all.look();
    const names = all.seen.map(({ remoteId }) => String(remoteId));
    expect(names).toHaveLength(expected);
    expect(new Set(names).size).toBe(expected);
  });

  test("refuses a cursor of another list, or one that was tampered with", async () => {
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    for (const wrong of [{ id: 1 }, { tx: "-1", id: 0 }, { tx: "1;", id: 0 }, { tx: "1" }, []])
      expect((await shop.get(`/api/changes?order=oldest&cursor=${encode(wrong)}`)).status).toBe(
        400,
      );
  });
});
