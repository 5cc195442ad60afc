import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { callAs, type LogEntry, type Running, start } from "./kiotviet-client.ts";

let now: Running;
const opened: Running[] = [];
beforeEach(async () => opened.push((now = await start())));
afterAll(() => Promise.all(opened.map(({ listening }) => listening.close())));

const STREAMS = ["categories", "products", "inventory"] as const;

/** What the log says is there now, by stream and id. */
function replay(log: readonly LogEntry[]): Map<string, Record<string, unknown>> {
  const rows = new Map<string, Record<string, unknown>>();
  for (const { stream, id, action, fields } of log) {
    const key = `${stream} ${id}`;
    const row = rows.get(key) ?? {};
    for (const [name, { before, after }] of Object.entries(fields)) {
      expect(row[name] ?? null).toEqual(before);
      row[name] = after;
    }
    if (action === "deleted") rows.delete(key);
    else rows.set(key, row);
  }
  return rows;
}

/** The same from what the shop holds. */
function held(state: Record<string, Record<string, unknown>[]>): Map<string, unknown> {
  const rows = new Map<string, unknown>();
  for (const one of state["categories"] ?? []) rows.set(`categories ${one["categoryId"]}`, one);
  for (const one of state["products"] ?? []) {
    rows.set(`products ${one["id"]}`, one);
    for (const stock of one["inventories"] as Record<string, unknown>[])
      rows.set(`inventory ${one["id"]}:${stock["branchId"]}`, stock);
  }
  return rows;
}

async function expectLogExact(running: Running): Promise<void> {
  const rows = replay(await running.log("limit=100000"));
  const state = held(await running.control("GET", "/state"));
  expect([...rows.keys()].sort()).toEqual([...state.keys()].sort());
  for (const [key, row] of rows) expect(state.get(key)).toMatchObject(row);
}

test("the log, repeated from nothing, is what the shop holds", async () => {
  await now.control("POST", "/seed", { categories: 8, products: 60, branches: 2, seed: 3 });
  for (const what of ["price", "name", "stock", "active", "delete"])
    await now.control("POST", "/touch", { products: 20, what, seed: what.length });
  await now.control("POST", "/changes", [
    { do: "putCategory", category: { id: 11, categoryName: "Khác" } },
    { do: "putProduct", product: { id: 9001, name: "Trở lại", code: "MOI" } },
    { do: "moveStock", product: 9001, branch: 2, by: 3 },
    { do: "putBranch", branch: { id: 3, branchName: "Kho" } },
    { do: "moveStock", product: 9001, branch: 3, onHand: 1 },
    { do: "deleteBranch", id: 1 },
  ]);
  await expectLogExact(now);
  const log = await now.log("limit=100000");
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, at) => at + 1));
  for (const stream of STREAMS)
    expect((await now.log(`stream=${stream}`)).length).toBe(
      log.filter((entry) => entry.stream === stream).length,
    );
});

test("the same seed makes the same goods, another others", async () => {
  const names = async (seed: number) => {
    const running = await start();
    opened.push(running);
    await running.control("POST", "/seed", { categories: 5, products: 30, seed });
    return (await running.control("GET", "/state")).products.map((one: never) => [
      one["name"],
      one["basePrice"],
    ]);
  };
  const first = await names(1);
  expect(await names(1)).toEqual(first);
  expect(await names(2)).not.toEqual(first);
});

test("a touch changes so many products and says which", async () => {
  await now.control("POST", "/seed", { products: 50 });
  const { lastChange } = (await now.control("GET", "/shops")).shops[0];
  const { ids } = await now.control("POST", "/touch", { products: 10, what: "price", seed: 4 });
  const log = await now.log(`since=${lastChange}`);
  expect(ids).toHaveLength(10);
  expect(log.map(({ id }) => id).sort()).toEqual([...ids].sort());
  for (const { fields } of log) expect(Object.keys(fields)).toEqual(["basePrice"]);
});

test("a change that cannot be made while a client reads is told by the hook, not by the call", async () => {
  const changes = [{ do: "deleteProduct", id: 5 }];
  await now.control("POST", "/during", { path: "/branches", changes });
  expect((await now.call("GET", "/branches")).status).toBe(200);
  expect((await now.control("GET", "/during")).hooks).toMatchObject([
    { matched: 1, given: 1, problem: "Hàng hóa không tồn tại" },
  ]);
});

test("changes while a client reads happen at the GET that was named, as often as was said", async () => {
  const moves = [{ do: "moveStock", product: 9001, by: 1 }];
  await now.control("POST", "/seed", { products: 1 });
  const [before] = (await now.get("/productOnHands")).data[0].inventories;
  await now.control("POST", "/during", {
    path: "/productOnHands",
    nth: 2,
    times: 2,
    changes: moves,
  });
  const seen = [];
  for (let at = 0; at < 5; at += 1)
    seen.push((await now.get("/productOnHands")).data[0].inventories[0].onhand - before.onhand);
  expect(seen).toEqual([0, 0, 1, 2, 2]);
});

test("a sandbox that starts again holds what it held, tokens and registrations too", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sandbox-"));
  const path = join(folder, "state.json");
  const first = await start(path);
  await first.control("POST", "/seed", { categories: 5, products: 40, seed: 2 });
  expect((await first.call("PUT", "/products/9001", { name: "Trà sen" })).status).toBe(200);
  expect((await first.call("DELETE", "/products/9002")).status).toBe(200);
  await first.call("POST", "/products", { name: "Bút bi", code: "SP000002" });
  await first.control("POST", "/stock", { product: 9003, by: 5 });
  await first.control("POST", "/touch", { products: 5, what: "delete" });
  await first.control("POST", "/settings", { removedKey: "removedId" });
  const Webhook = { Type: "product.update", Url: "http://127.0.0.1:9/hook", IsActive: true };
  await first.call("POST", "/webhooks", { Webhook });
  const [state, log] = [await first.control("GET", "/state"), await first.log()];
  await first.listening.close();
  const again = await start(path);
  expect(await again.control("GET", "/state")).toEqual(state);
  expect(await again.log()).toEqual(log);
  expect((await callAs({ ...again, token: first.token }, "GET", "/webhooks")).body.total).toBe(1);
  expect(await again.control("GET", "/settings")).toMatchObject({ removedKey: "removedId" });
  expect((await again.call("POST", "/products", { name: "Mới" })).body.id).toBe(9042);
  await again.listening.close();
  rmSync(folder, { recursive: true });
});

test("a hundred thousand products are made in a moment, read page by page, and weigh nothing in the state", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sandbox-"));
  const path = join(folder, "state.json");
  const big = await start(path);
  const started = performance.now();
  const made = await big.control("POST", "/seed", { categories: 300, products: 100_000, seed: 1 });
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(made).toMatchObject({ products: 100_000, lastChange: 200_300 });
  const last = await big.get("/products?orderBy=id&pageSize=100&currentItem=99950");
  expect([last.total, last.data.length, last.data[49].id]).toEqual([100_000, 50, 109_000]);
  await big.call("PUT", "/products/50000", { name: "Trà sen" });
  await big.listening.close();
  expect(statSync(path).size).toBeLessThan(20_000);
  rmSync(folder, { recursive: true });
});

test("what the control is asked wrongly is refused", async () => {
  const refusals = [];
  for (const [path, body] of [
    ["/seed", { product: 3 }],
    ["/changes", [{ do: "sell" }]],
    ["/products?shop=nobody", { name: "x" }],
    ["/settings", { colour: "red" }],
  ] as const)
    refusals.push(
      await now.control("POST", path, body).then(
        () => "taken",
        (error: Error) => /: (\d+) /.exec(error.message)?.[1],
      ),
    );
  expect(refusals).toEqual(["400", "400", "404", "400"]);
});
