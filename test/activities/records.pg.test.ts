import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { RateLimited, Unavailable } from "../../connectors/errors.ts";
import { rotateRecords } from "../../db/rotate-records.ts";
import { openKeyRing } from "../../db/secrets.ts";
import { startRecordsEngine } from "../support/records-engine.ts";

let engine: Awaited<ReturnType<typeof startRecordsEngine>>;
beforeAll(async () => {
  engine = await startRecordsEngine(inject("databaseUrl"));
});
afterAll(() => engine.stop());

const filled = async (count: number, choice: Parameters<typeof engine.connect>[0] = {}) => {
  const shop = await engine.connect(choice);
  for (let id = 1; id <= count; id++) shop.store.put(String(id), { name: `item ${id}`, price: id });
  await shop.session();
  return shop;
};

describe("a session with records", () => {
  it("takes everything over, and says what was created", async () => {
    const shop = await filled(7);
    expect(Object.keys(await shop.known())).toHaveLength(7);
    expect((await shop.known())["3"]).toEqual({ name: "item 3", price: 3 });
    expect(await shop.changes()).toEqual([1, 2, 3, 4, 5, 6, 7].map((id) => `created ${id}`));
  });

  it("writes no row when nothing has changed, however often it lists everything", async () => {
    const shop = await filled(7, { snapshotOnly: true });
    const rows = () =>
      engine.psql(
        `select xmin::text, r.id from records r where connection_id = $1 union all
         select xmin::text, v.record_id from record_versions v where connection_id = $1 union all
         select xmin::text, c.record_id from record_changes c where connection_id = $1 order by 2, 1`,
        [shop.connectionId],
      );
    const before = await rows();
    await shop.session();
    await shop.session();
    expect(await rows()).toEqual(before);
  });

  it("keeps every version, and says which fields changed from one to the next", async () => {
    const shop = await filled(2);
    shop.store.put("2", { name: "item 2", price: 20 });
    await shop.session();
    shop.store.put("2", { name: "two", price: 20, unit: "box" });
    await shop.session();
    expect(await shop.changes()).toEqual([
      "created 1",
      "created 2",
      "updated 2 price",
      "updated 2 name unit",
    ]);
    const versions = await engine.psql(
      `select v.content, v.last_seen_at is null as newest from record_versions v join records r on r.id = v.record_id
       where r.connection_id = $1 and r.remote_id = '2' order by v.version`,
      [shop.connectionId],
    );
    expect(versions).toEqual([
      { content: { name: "item 2", price: 2 }, newest: false },
      { content: { name: "item 2", price: 20 }, newest: false },
      { content: { name: "two", price: 20, unit: "box" }, newest: true },
    ]);
  });

  it("takes the order of fields for no change", async () => {
    const shop = await filled(1);
    shop.store.put("1", { price: 1, name: "item 1" });
    await shop.session();
    expect(await shop.changes()).toEqual(["created 1"]);
  });

  it("deletes what the provider names as deleted, and restores what comes back under its id", async () => {
    const shop = await filled(3);
    shop.store.remove("2");
    await shop.session();
    expect(Object.keys(await shop.known())).toEqual(["1", "3"]);
    shop.store.put("2", { name: "another", price: 9 });
    await shop.session();
    expect(await shop.changes()).toEqual([
      "created 1",
      "created 2",
      "created 3",
      "deleted 2",
      "restored 2",
    ]);
  });

  it("deletes what a whole list lacks and the provider denies", async () => {
    const shop = await filled(3, { snapshotOnly: true });
    shop.store.remove("2");
    await shop.session();
    expect(Object.keys(await shop.known())).toEqual(["1", "3"]);
  });

  it("I6: deletes nothing that a list has skipped although it is there", async () => {
    const shop = await filled(3, { snapshotOnly: true });
    shop.store.hide("2");
    const { sessionId } = await shop.session();
    expect(Object.keys(await shop.known())).toEqual(["1", "2", "3"]);
    expect(await shop.changes()).toHaveLength(3);
    expect(await shop.logs(sessionId)).toContain("not listed: items");
  });

  it("waits for as many whole lists as the stream wants before it believes that something is gone", async () => {
    const shop = await filled(2, { snapshotOnly: true, absences: 3 });
    shop.store.remove("2");
    await shop.session();
    await shop.session();
    expect(Object.keys(await shop.known())).toEqual(["1", "2"]);
    await shop.session();
    expect(Object.keys(await shop.known())).toEqual(["1"]);
  });

  it("I6: forgets absences as soon as an item is seen again", async () => {
    const shop = await filled(2, { snapshotOnly: true, absences: 2 });
    for (const hidden of [true, false, true]) {
      shop.store.hide("2", hidden);
      await shop.session();
    }
    shop.store.remove("2");
    shop.store.hide("2", false);
    await shop.session();
    expect(Object.keys(await shop.known())).toEqual(["1"]);
  });
});

describe("the account's quota", () => {
  it("is taken call by call, and by the dozen once a listing is long: what is lost at its end is little", async () => {
    const spent = async (calls: number): Promise<number> => {
      const shop = await engine.connect({
        connector: (memory) => ({
          ...memory,
          quota: { unitsPerSecond: 0.001, burst: 1_000 },
          open: (connection) => ({
            ...memory.open(connection),
            async *pull(stream, cursor, signal) {
              for (let call = 0; call < calls; call++) await connection.spend(1);
              yield* memory.open(connection).pull(stream, cursor, signal);
            },
          }),
        }),
      });
      const { sessionId } = await shop.session();
      const [found] = await engine.psql<{ left: number; calls: number }>(
        `select (select units from buckets order by filled_at desc limit 1)::float8 as left,
           (select provider_calls from sync_sessions where id = $1) as calls`,
        [sessionId],
      );
      expect(found?.calls).toBe(calls);
      return Math.round(1_000 - (found?.left ?? 0));
    };
    expect(await spent(4)).toBe(4);
    const many = await spent(100);
    expect(many).toBeGreaterThanOrEqual(100);
    expect(many).toBeLessThan(112);
  });
});

describe("a list that cannot be believed", () => {
  it("I14: deletes nothing when it is empty, and says so", async () => {
    let isEmpty = false;
    const shop = await filled(3, {
      connector: (memory) => ({
        ...memory,
        open: (connection) => {
          const remote = memory.open(connection);
          return {
            ...remote,
            async *pull(stream, _cursor, signal) {
              for await (const page of remote.pull(stream, null, signal))
                if (!isEmpty || page.last) yield { ...page, ...(isEmpty && { total: 0 }) };
            },
          };
        },
      }),
    });
    isEmpty = true;
    const { sessionId } = await shop.session();
    expect(Object.keys(await shop.known())).toHaveLength(3);
    expect(await shop.logs(sessionId)).toContainEqual(
      expect.stringMatching(/list is empty.*nothing is deleted/),
    );
  });

  it("I14: deletes nothing when it shows less than there is, and reads everything again", async () => {
    let isCut = false;
    const shop = await filled(6, {
      snapshotOnly: true,
      connector: (memory) => ({
        ...memory,
        open: (connection) => {
          const remote = memory.open(connection);
          return {
            ...remote,
            async *pull(stream, cursor, signal) {
              for await (const page of remote.pull(stream, cursor, signal))
                yield isCut ? { ...page, changes: page.changes.slice(1) } : page;
            },
          };
        },
      }),
    });
    isCut = true;
    const { sessionId } = await shop.session();
    expect(Object.keys(await shop.known())).toHaveLength(6);
    expect(await shop.logs(sessionId)).toContainEqual(
      expect.stringMatching(/not whole.*nothing is deleted/),
    );
    isCut = false;
    await shop.session();
    expect(await shop.changes()).toHaveLength(6);
  });

  it("I13: goes on at the page after the last one that was stored when a page fails", async () => {
    const asked: string[] = [];
    let fails = 0;
    const shop = await engine.connect({
      before: (request) => {
        asked.push(request);
        if (request === "page after 6" && fails++ === 0) throw new Unavailable("page: 502");
      },
    });
    for (let id = 1; id <= 9; id++) shop.store.put(String(id), { id });
    expect((await shop.session()).stopped).toMatchObject({ outcome: "wait" });
    expect(Object.keys(await shop.known())).toHaveLength(6);
    await shop.session();
    expect(asked.filter((request) => request.startsWith("page"))).toEqual(
      [0, 3, 6, 6, 9].map((id) => `page after ${id}`),
    );
    expect(await shop.changes()).toHaveLength(9);
  });

  it("sets an item aside that Postgres cannot keep, and takes the rest", async () => {
    const shop = await engine.connect();
    shop.store.put("1", { name: "nul \u0000 here" });
    shop.store.put("2", { name: "half \ud800 here" });
    shop.store.put("3", { name: "backslash \\u0000 is only text" });
    await shop.session();
    expect(Object.keys(await shop.known())).toEqual(["3"]);
    const aside = await engine.psql<{ reason: string }>(
      "select reason from records where connection_id = $1 and state = 'set-aside' order by remote_id",
      [shop.connectionId],
    );
    expect(aside.map(({ reason }) => reason)).toEqual([
      "it holds the character NUL",
      "it holds half of a character",
    ]);
    shop.store.put("1", { name: "mended" });
    await shop.session();
    expect(await shop.changes()).toEqual(["created 3", "created 1"]);
  });
});

describe("the brake", () => {
  it("I14: holds more deletions than usual for a person, and everything else goes on", async () => {
    const shop = await filled(30);
    for (let id = 1; id <= 15; id++) shop.store.remove(String(id));
    shop.store.put("30", { name: "changed", price: 30 });
    await shop.session();
    expect(Object.keys(await shop.known())).toHaveLength(30);
    expect(await shop.changes()).toContain("updated 30 name");
    const [plan] = await engine.psql<{ id: string; items: number; reason: string }>(
      "select id, items, reason from plans where connection_id = $1 and state = 'held'",
      [shop.connectionId],
    );
    expect(plan).toMatchObject({ items: 15, reason: expect.stringContaining("15 items") });
    await engine.psql(
      "update plans set state = 'approved', settled_by = 'a person', settled_at = clock_timestamp() where id = $1",
      [plan?.id],
    );
    await shop.session();
    expect(Object.keys(await shop.known())).toHaveLength(15);
    // What was approved has no part in the brake of the next day.
    for (let id = 16; id <= 18; id++) shop.store.remove(String(id));
    await shop.session();
    expect(Object.keys(await shop.known())).toHaveLength(12);
  });

  it("keeps what a person wants kept, until the provider says again that it is gone", async () => {
    const shop = await filled(30, { snapshotOnly: true });
    for (let id = 1; id <= 15; id++) shop.store.remove(String(id));
    await shop.session();
    await engine.psql(
      "update plans set state = 'rejected', settled_by = 'a person', settled_at = clock_timestamp() where connection_id = $1 and state = 'held'",
      [shop.connectionId],
    );
    await shop.session();
    expect(Object.keys(await shop.known())).toHaveLength(30);
  });
});

describe("what is read item by item", () => {
  it("is read for what is new or changed, and for nothing else", async () => {
    const asked: string[] = [];
    const shop = await engine.connect({ before: (request) => void asked.push(request) });
    shop.store.put("1", { name: "one" });
    shop.store.put("2", { name: "two" });
    shop.store.setParts("1", { "1/a": { size: 1 }, "1/b": { size: 2 } });
    await shop.session();
    expect(await shop.known("parts")).toEqual({ "1/a": { size: 1 }, "1/b": { size: 2 } });
    asked.length = 0;
    shop.store.put("2", { name: "two!" });
    shop.store.setParts("2", { "2/a": { size: 3 } });
    await shop.session();
    expect(asked.filter((request) => request.startsWith("details"))).toEqual(["details 2"]);
    expect(await shop.changes("parts")).toEqual(["created 1/a", "created 1/b", "created 2/a"]);
  });

  it("is read again when the hint moves, without a new version of the item", async () => {
    const shop = await engine.connect({ snapshotOnly: true });
    shop.store.put("1", { name: "one" }, { hint: "x" });
    shop.store.setParts("1", { "1/a": { size: 1 } });
    await shop.session();
    shop.store.put("1", { name: "one" }, { hint: "y" });
    shop.store.setParts("1", { "1/a": { size: 2 } });
    await shop.session();
    expect(await shop.changes()).toEqual(["created 1"]);
    expect(await shop.changes("parts")).toEqual(["created 1/a", "updated 1/a size"]);
    // A reading that says nothing of it is no news.
    shop.store.put("1", { name: "one" });
    await shop.session();
    expect(await shop.changes("parts")).toHaveLength(2);
  });

  it("loses a part when a whole answer lacks it, and its last one only when that is said again and again", async () => {
    const shop = await engine.connect();
    shop.store.put("1", { name: "one" });
    shop.store.setParts("1", { "1/a": { size: 1 }, "1/b": { size: 2 } });
    await shop.session();
    shop.store.put("1", { name: "one!" });
    shop.store.setParts("1", { "1/a": { size: 1 } });
    await shop.session();
    expect(await shop.changes("parts")).toContain("deleted 1/b");
    shop.store.put("1", { name: "one!!" });
    shop.store.setParts("1", {});
    await shop.session();
    await shop.session();
    expect(await shop.known("parts")).toEqual({ "1/a": { size: 1 } });
    await shop.session();
    expect(await shop.known("parts")).toEqual({});
  });

  it("is taken when it can be kept after all", async () => {
    const shop = await engine.connect();
    shop.store.put("1", { name: "one" });
    shop.store.setParts("1", { "1/a": { size: "nul \u0000" } });
    await shop.session();
    expect(await shop.known("parts")).toEqual({});
    shop.store.put("1", { name: "one!" });
    shop.store.setParts("1", { "1/a": { size: "mended" } });
    await shop.session();
    expect(await shop.known("parts")).toEqual({ "1/a": { size: "mended" } });
    shop.store.put("1", { name: "one!!" });
    shop.store.setParts("1", { "1/b": { size: "other" } });
    await shop.session();
    expect(await shop.changes("parts")).toEqual(["created 1/a", "created 1/b", "deleted 1/a"]);
  });

  it("goes with its item", async () => {
    const shop = await engine.connect();
    shop.store.put("1", { name: "one" });
    shop.store.setParts("1", { "1/a": { size: 1 } });
    await shop.session();
    shop.store.remove("1");
    await shop.session();
    expect(await shop.changes("parts")).toEqual(["created 1/a", "deleted 1/a"]);
  });

  it("I15: sets one item aside that fails again and again, keeps its last state, and reads the rest", async () => {
    let isFailing = false;
    const asked: string[] = [];
    const shop = await engine.connect({
      before: (request) => {
        asked.push(request);
        if (isFailing && request === "details 2") throw new Unavailable("details: 500");
      },
    });
    for (const id of ["1", "2", "3"]) {
      shop.store.put(id, { name: id });
      shop.store.setParts(id, { [`${id}/a`]: { size: 1 } });
    }
    await shop.session();
    isFailing = true;
    for (const id of ["1", "2", "3"]) {
      shop.store.put(id, { name: `${id}!` });
      shop.store.setParts(id, { [`${id}/a`]: { size: 2 } });
    }
    const { sessionId, stopped } = await shop.session();
    expect(stopped).toBeNull();
    expect(await shop.known("parts")).toEqual({
      "1/a": { size: 2 },
      "2/a": { size: 1 },
      "3/a": { size: 2 },
    });
    expect(Object.keys(await shop.known())).toHaveLength(3);
    expect(await shop.logs(sessionId)).toContain("set aside: it keeps its last state");
    isFailing = false;
    await shop.session();
    expect((await shop.known("parts"))["2/a"]).toEqual({ size: 2 });
  });

  it("takes many failures in a row for the provider's, and waits", async () => {
    let isDown = false;
    const shop = await engine.connect({
      before: (request) => {
        if (isDown && request.startsWith("details")) throw new Unavailable("details: 503");
      },
    });
    for (let id = 1; id <= 9; id++) shop.store.put(String(id), { id });
    isDown = true;
    expect((await shop.session()).stopped).toMatchObject({ outcome: "wait", why: "provider" });
    const aside = await engine.psql(
      "select 1 from record_work where connection_id = $1 and session_id is not null",
      [shop.connectionId],
    );
    expect(aside).toEqual([]);
  });

  it("waits where the provider limits us, and says until when", async () => {
    const shop = await engine.connect({
      before: (request) => {
        if (request.startsWith("details")) throw new RateLimited("details: 429", 60_000);
      },
    });
    shop.store.put("1", { name: "one" });
    expect((await shop.session()).stopped).toMatchObject({ outcome: "wait", why: "quota" });
  });
});

describe("sensitive fields", () => {
  it("are kept sealed, and a change of them is told without saying what they are", async () => {
    const shop = await engine.connect({ sensitive: ["bsn"] });
    shop.store.put("1", { name: "one" }, { sensitive: { bsn: "000000000" } });
    await shop.session();
    shop.store.put("1", { name: "one" }, { sensitive: { bsn: "000000001" } });
    await shop.session();
    const [change] = await engine.psql<{ fields: object }>(
      "select fields from record_changes where connection_id = $1 and action = 'updated'",
      [shop.connectionId],
    );
    expect(change?.fields).toEqual({ bsn: { sensitive: true } });
    const everything = await engine.psql<{ text: string }>(
      `select v::text as text from record_versions v where connection_id = $1 union all
       select c::text from record_changes c where connection_id = $1 union all select r::text from records r where connection_id = $1`,
      [shop.connectionId],
    );
    expect(everything.map(({ text }) => text).join()).not.toContain("00000000");
  });

  it("are sealed anew with a new key, and changes are still recognised", async () => {
    const shop = await engine.connect({ sensitive: ["bsn"] });
    shop.store.put("1", { name: "one" }, { sensitive: { bsn: "000000000" } });
    await shop.session();
    const fresh = `fresh:${Buffer.alloc(32, 9).toString("base64")}`;
    const both = openKeyRing([fresh, `test:${Buffer.alloc(32, 7).toString("base64")}`]);
    const rotate = () => engine.db.withCompany(shop.companyId, (tx) => rotateRecords(tx, both));
    expect(await rotate()).toBe(2);
    expect(await rotate()).toBe(0);
    shop.deps.keys = openKeyRing([fresh]);
    shop.store.put("1", { name: "one" }, { sensitive: { bsn: "000000000" } });
    await shop.session();
    expect(await shop.changes()).toEqual(["created 1"]);
    shop.store.put("1", { name: "one" }, { sensitive: { bsn: "000000002" } });
    await shop.session();
    expect(await shop.changes()).toEqual(["created 1", "updated 1 bsn"]);
  });
});
