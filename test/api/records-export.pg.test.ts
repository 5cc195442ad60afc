import { randomUUID } from "node:crypto";
import { type IncomingMessage, request } from "node:http";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { csvLine } from "../../api/csv.ts";
import { type Shop, startShops } from "./record-shop.ts";
import { until } from "../support/until.ts";

let shops: Awaited<ReturnType<typeof startShops>>;
let shop: Shop;
let address: string;

beforeAll(async () => {
  shops = await startShops();
});
beforeEach(async () => {
  shop = await shops.open();
  address = `/api/records/export?connectionId=${shop.connectionId}&stream=items`;
});
afterAll(() => shops.stop());

/** Reads CSV as RFC 4180 has it; anything else is an error. */
function parse(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  while (cell.lastIndex < text.length) {
    const found = cell.exec(text);
    if (!found) throw new Error(`no CSV from ${text.slice(row.length, 80)}`);
    row.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? "");
    if (found[3] === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

/** A file as it is sent, whatever its lines are. */
const file = async (path: string, role: "owner" | "member" = "owner") => {
  const answer = await fetch(shops.api.url + path, {
    headers: { authorization: `Bearer ${shop.company.keys[role]}` },
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
};

const table = async (query: string, role: "owner" | "member" = "owner") => {
  const { status, text } = await file(`${address}&format=csv${query}`, role);
  expect(status).toBe(200);
  const [names = [], ...rows] = parse(text);
  return rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at]])));
};

/** Records in bulk, as sessions store them. */
const fill = (count: number) =>
  shops.api.sql(
    `with made as (insert into records (company_id, connection_id, stream, remote_id, state, version)
       select $1, $2, 'items', to_char(n, 'FM000000'), 'live', 1 from generate_series(1, $3::int) n returning id, remote_id)
     insert into record_versions (record_id, version, company_id, connection_id, session_id, content, first_seen_at)
     select id, 1, $1, $2, gen_random_uuid(), jsonb_build_object('name', remote_id, 'text', repeat('x', 3000)), now() from made`,
    [shop.companyId, shop.connectionId, count],
  );

describe("a cell of CSV", () => {
  test.each([
    ["=1+1", "'=1+1"],
    ["+SUM(A1)", "'+SUM(A1)"],
    ["-2+3", "'-2+3"],
    ["@cmd", "'@cmd"],
    ["\t=1", '"\'\t=1"'],
    ["\r=1", '"\'\r=1"'],
    ["＝1+1", "'＝1+1"],
    ["-12.5", "-12.5"],
    ["+31612345678", "+31612345678"],
    ["-1e9", "-1e9"],
    ["- 5", "'- 5"],
    [-12.5, "-12.5"],
    ['say "a", b', '"say ""a"", b"'],
    ["a\nb", '"a\nb"'],
    ["a;=1", '"a;=1"'],
    [{ a: [1, "="] }, '"{""a"":[1,""=""]}"'],
    [null, ""],
    [true, "true"],
    ["Cà phê 🍵", "Cà phê 🍵"],
  ])("%j is written %j", (value, written) => {
    expect(csvLine([value, 1])).toBe(`${written},1\r\n`);
  });
});

describe("an export of records", () => {
  test("is a table with fixed columns first, then every field that any record has", async () => {
    shop.store.put("1", { name: '=HYPERLINK("http://x")', state: "sold", tags: ["a", "b"] });
    shop.store.put("2", { "=cmd": 1, price: -3 });
    await shop.session();
    const answer = await shop.get(`${address}&format=csv`);
    expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    expect(answer.headers.get("content-disposition")).toMatch(
      /^attachment; filename="items-\d{4}-\d\d-\d\d\.csv"$/,
    );
    const [names, ...rows] = parse(answer.text);
    expect(names?.slice(0, 11)).toEqual(
      "id connectionId stream remoteId parentId state version firstSeenAt changedAt lastSeenAt reason".split(
        " ",
      ),
    );
    expect(names?.slice(11)).toEqual(["'=cmd", "name", "price", "content.state", "tags"]);
    expect(rows.map((row) => row.slice(11))).toEqual([
      ["", `'=HYPERLINK("http://x")`, "", "sold", '["a","b"]'],
      ["1", "", "-3", "", ""],
    ]);
  });

  test("takes the list's filters, and the same as lines of JSON", async () => {
    shop.store.put("1", { name: "tea", price: 1 });
    shop.store.put("2", { name: "coffee", price: 2 });
    await shop.session();
    const [tea] = await shop.data(`/api/records?connectionId=${shop.connectionId}&stream=items`);
    shop.store.put("1", { name: "tea", price: 5 });
    await shop.session();
    expect(await table("&q=TEA")).toMatchObject([{ remoteId: "1", price: "5" }]);
    expect(await table("&where[price]=2")).toMatchObject([{ remoteId: "2" }]);
    expect(await table(`&asOf=${String(tea?.["changedAt"])}`)).toMatchObject([{ price: "1" }, {}]);
    const lines = await file(`${address}&format=ndjson`);
    expect(lines.headers.get("content-type")).toBe("application/x-ndjson; charset=utf-8");
    expect(
      lines.text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { remoteId: "1", content: { price: 5 } },
      { remoteId: "2", content: { price: 2 } },
    ]);
  });

  test("has sensitive fields only where an owner or admin asks for them", async () => {
    shop.store.put("1", { name: "Anna" }, { sensitive: { iban: "NL01" } });
    await shop.session();
    for (const format of ["csv", "ndjson"]) {
      const plain = await file(`${address}&format=${format}`);
      expect([plain.text.includes("NL01"), plain.text.includes("iban")]).toEqual([false, false]);
      const asked = await file(`${address}&format=${format}&sensitive=true`);
      expect(asked.text).toContain("NL01");
      const member = await file(`${address}&format=${format}&sensitive=true`, "member");
      expect([member.status, member.text.includes("NL01")]).toEqual([403, false]);
    }
    expect(await table("&sensitive=true")).toMatchObject([{ iban: "NL01" }]);
    await shops.api.sql(
      "update record_versions set sealed = 'v1|gone|a|b|c' where connection_id = $1",
      [shop.connectionId],
    );
    expect(await table("&sensitive=true")).toMatchObject([{ name: "Anna", iban: "#unreadable" }]);
  });

  test("refuses before the first byte what it cannot answer, and answers HEAD without a body", async () => {
    expect((await shop.get(`${address}&format=xlsx`)).status).toBe(400);
    expect((await shop.get(address)).status).toBe(400);
    expect((await shop.get(`${address}&format=csv&nonsense=1`)).status).toBe(400);
    const head = await fetch(`${shops.api.url}${address}&format=csv`, {
      method: "HEAD",
      headers: { authorization: `Bearer ${shop.company.keys.owner}` },
    });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  test("of 20,000 records is whole, and no more than a few of them are in memory", async () => {
    await fill(20_000);
    let most = 0;
    let lines = 0;
    let bytes = 0;
    const before = living();
    const answer = await take("csv", (text) => {
      lines += text.split("\r\n").length - 1;
      const turn = Math.floor(bytes / 4_000_000);
      bytes += text.length;
      if (Math.floor(bytes / 4_000_000) > turn) most = Math.max(most, living() - before);
    });
    expect([answer, lines]).toEqual(["whole", 20_001]);
    expect(bytes).toBeGreaterThan(60_000_000);
    expect(most).toBeLessThan(25_000_000);
  });

  test("waits for a slow reader instead of reading ahead, and ends when that one has gone", async () => {
    await fill(20_000);
    const queries = async () => {
      const [found] = await shops.api.sql<{ count: number }>(
        "select count(*)::int as count from pg_stat_activity where datname = current_database() and state <> 'idle' and application_name = 'syncline'",
      );
      return found?.count ?? 0;
    };
    const transactions = vi.spyOn(shops.api.database, "withCompany");
    let written = 0;
    const req = open("ndjson", (res) => {
      res.once("data", (part: Buffer) => {
        written += part.length;
        res.pause();
      });
    });
    for (const end = Date.now() + 10_000; written === 0 && Date.now() < end;) await pause(20);
    // As soon as the line is full nothing more is asked of Postgres, and no transaction is open.
    let taken = -1;
    while (taken !== transactions.mock.calls.length) {
      taken = transactions.mock.calls.length;
      await pause(700);
    }
    // One that is under way as we look ends by itself; a reader that waits holds none.
    await until(async () => (await queries()) === 0, 5_000);
    expect(taken).toBeLessThan(30);
    req.destroy();
    await pause(300);
    expect(transactions.mock.calls.length).toBeLessThanOrEqual(taken + 1);
    transactions.mockRestore();
    expect((await shop.get(`${address}&format=csv&remoteId=000001`)).status).toBe(200);
  });

  test("that fails half-way is cut off, and does not look whole", async () => {
    await fill(20_000);
    let isFirst = true;
    const end = await take("ndjson", () => {
      if (!isFirst) return;
      isFirst = false;
      // The key is revoked while the file is on its way.
      void shops.api.sql("update api_keys set revoked_at = now() where company_id = $1", [
        shop.companyId,
      ]);
    });
    expect(end).toBe("cut");
  });
});

describe("an export of changes", () => {
  test("has every change of events and records, oldest first", async () => {
    shop.store.put("1", { name: "=one" });
    await shop.session();
    shop.store.put("1", { name: "=two" });
    await shop.session();
    await shops.api.sql(
      "insert into changes (company_id, event_id, side, action, rule, version) values ($1, $2, 'local', 'created', '=rule', 1)",
      [shop.companyId, randomUUID()],
    );
    const read = async (query: string) =>
      parse((await shop.get(`/api/changes/export?format=csv${query}`)).text);
    let rows = await read("");
    // Other databases of the server may have transactions under way that hold rows back.
    for (let turn = 0; rows.length < 4 && turn < 100; turn++) rows = await read("");
    const [names, ...told] = rows;
    const column = (name: string) => told.map((row) => row[names?.indexOf(name) ?? -1]);
    expect(column("action")).toEqual(["created", "updated", "created"]);
    expect(column("fields")[1]).toBe('{"name":{"after":"=two","before":"=one"}}');
    expect(column("rule")).toEqual(["", "", "'=rule"]);
    expect(await read("&stream=items&action=updated")).toHaveLength(2);
    const lines = await file("/api/changes/export?format=ndjson&of=records");
    expect(lines.text.trimEnd().split("\n")).toHaveLength(2);
  });
});

setFlagsFromString("--expose_gc");
const collect = runInNewContext("gc") as () => void;
/** Bytes in use, without what only waits to be collected. */
function living(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function open(format: string, heard: (res: IncomingMessage) => void) {
  const req = request(`${shops.api.url}${address}&format=${format}`, {
    headers: { authorization: `Bearer ${shop.company.keys.owner}` },
  });
  req.on("response", heard).on("error", () => undefined);
  req.end();
  return req;
}

/** Reads a file to its end, and answers whether that was its end. */
function take(format: string, each: (text: string) => void): Promise<"whole" | "cut"> {
  return new Promise((resolve) => {
    open(format, (res) => {
      res.setEncoding("utf8").on("data", each);
      res
        .on("end", () => resolve(res.complete ? "whole" : "cut"))
        .on("error", () => resolve("cut"));
    });
  });
}
