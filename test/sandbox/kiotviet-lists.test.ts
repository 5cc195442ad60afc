import { afterAll, beforeEach, expect, test } from "vitest";
import { type Running, start } from "./kiotviet-client.ts";

const HOUR_MS = 3_600_000;
const LOCAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{7})?$/;

let now: Running;
const opened: Running[] = [];
beforeEach(async () => opened.push((now = await start())));
afterAll(() => Promise.all(opened.map(({ listening }) => listening.close())));

const settings = (body: object) => now.control("POST", "/settings", body);
const seed = (body: object) => now.control("POST", "/seed", body);
const clock = (offsetMs: number) =>
  fetch(`${now.url}/sandbox/clock`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ offsetMs }),
  });
const idsOf = ({ data }: { data: { id: number }[] }) => data.map(({ id }) => id);
/** Local time of Vietnam, as the connector of a client would write it. */
const local = (at: number) => new Date(at + 7 * HOUR_MS).toISOString().slice(0, 23);

async function readAll(path: string): Promise<number[]> {
  const ids: number[] = [];
  for (let currentItem = 0; ; currentItem += 2) {
    const page = await now.get(`${path}&pageSize=2&currentItem=${currentItem}`);
    if (page.data.length === 0) return ids;
    ids.push(...idsOf(page));
  }
}

test("a page is 20 rows from an offset of rows, and 100 at most", async () => {
  await seed({ products: 130 });
  const first = await now.get("/products");
  expect([first.total, first.pageSize, first.data.length]).toEqual([130, 20, 20]);
  expect(idsOf(await now.get("/products?currentItem=125&pageSize=10"))).toEqual([
    9126, 9127, 9128, 9129, 9130,
  ]);
  expect(await now.get("/products?pageSize=500")).toMatchObject({ pageSize: 100, total: 130 });
  await settings({ overPageSize: "refuse" });
  expect((await now.call("GET", "/products?pageSize=500")).status).toBe(400);
  expect((await now.get("/products?currentItem=130")).data).toEqual([]);
});

test("a product in a list is what the guide shows, its stock only where it is asked for", async () => {
  await seed({ categories: 3, products: 4, seed: 5 });
  const { data, timestamp } = await now.get("/products?orderBy=id");
  expect(timestamp).toMatch(LOCAL);
  expect(data[0]).toMatchObject({
    id: 9001,
    code: "SP000001",
    retailerId: 500,
    isActive: expect.any(Boolean),
    masterUnitId: null,
    images: [{ Image: "https://img.example.test/9001.jpg" }],
    createdDate: expect.stringMatching(LOCAL),
  });
  expect(data[0]).not.toHaveProperty("inventories");
  const [row] = (await now.get("/products?IncludeInventory=True&pageSize=1")).data;
  expect(row.inventories).toMatchObject([
    { productId: 9001, branchId: 1, branchName: "Chi nhánh trung tâm", onHand: expect.any(Number) },
  ]);
  const size = JSON.stringify(row).length;
  expect(size).toBeGreaterThan(800);
  expect(size).toBeLessThan(1500);
});

test("a row that was never changed has no modifiedDate, and counts as changed when it was made", async () => {
  const before = Date.now() - 1;
  await now.call("POST", "/products", { name: "Trà sen" });
  const [row] = (await now.get("/products")).data;
  expect(row).not.toHaveProperty("modifiedDate");
  const since = (at: number) => now.get(`/products?lastModifiedFrom=${local(at)}`);
  expect(idsOf(await since(before))).toEqual([9001]);
  expect(idsOf(await since(Date.now() + 1000))).toEqual([]);
});

test("times are Vietnam's, without offset; a client that sends one is refused", async () => {
  await now.call("POST", "/products", { name: "Trà sen" });
  const [{ createdDate }] = (await now.get("/products")).data;
  expect(Math.abs(Date.parse(`${createdDate.slice(0, 19)}+07:00`) - Date.now())).toBeLessThan(5000);
  for (const wrong of [new Date().toISOString(), "2026-03-02T10:00:00%2B07:00", "yesterday"])
    expect((await now.call("GET", `/products?lastModifiedFrom=${wrong}`)).status).toBe(400);
  await settings({ fraction: "3" });
  expect((await now.get("/products")).timestamp).toMatch(/T\d\d:\d\d:\d\d\.\d{3}$/);
  await settings({ fraction: "0" });
  expect((await now.get("/products")).timestamp).toMatch(/T\d\d:\d\d:\d\d$/);
});

test("removed ids come with lastModifiedFrom and includeRemoveIds, not with one of them", async () => {
  await seed({ products: 4 });
  const from = local(Date.now() - 1000);
  await now.call("DELETE", "/products/9002");
  const both = await now.get(`/products?lastModifiedFrom=${from}&includeRemoveIds=true`);
  expect([idsOf(both), both.removeId]).toEqual([[], [9002]]);
  expect(await now.get(`/products?lastModifiedFrom=${from}`)).not.toHaveProperty("removeId");
  expect(await now.get("/products?includeRemoveIds=true")).not.toHaveProperty("removeId");
  const later = local(Date.now() + 60_000);
  expect(
    (await now.get(`/products?lastModifiedFrom=${later}&includeRemoveIds=true`)).removeId,
  ).toEqual([]);
});

test("the list of removed ids has whichever name it is given", async () => {
  await seed({ products: 1, categories: 1 });
  const from = local(Date.now() - 1000);
  await now.call("DELETE", "/products/9001");
  for (const removedKey of ["removedIds", "removeIds", "RemoveID"]) {
    await settings({ removedKey });
    const products = await now.get(`/products?lastModifiedFrom=${from}&includeRemoveIds=true`);
    expect(products[removedKey]).toEqual([9001]);
    expect(await now.get("/categories")).toHaveProperty(removedKey, []);
  }
});

test("an id may be used again; whether it is then still among the removed is a setting", async () => {
  await seed({ products: 2 });
  const from = local(Date.now() - 1000);
  const changes = () => now.get(`/products?lastModifiedFrom=${from}&includeRemoveIds=true`);
  await now.control("DELETE", "/products/9001");
  await now.control("POST", "/products", { id: 9001, name: "Trà lài" });
  expect(await changes()).toMatchObject({ removeId: [], data: [{ id: 9001, name: "Trà lài" }] });
  await settings({ reusedIds: "keep" });
  await now.control("DELETE", "/products/9002");
  await now.control("POST", "/products", { id: 9002, name: "Bút bi" });
  expect(await changes()).toMatchObject({ removeId: [9002], total: 2 });
  expect((await now.call("POST", "/products", { name: "Sổ tay" })).body.id).toBe(9003);
});

test("products are ordered and filtered as they are asked for", async () => {
  await seed({ products: 40, categories: 4, seed: 2 });
  const all: { id: number; name: string; categoryId: number; isActive: boolean }[] = (
    await now.get("/products?pageSize=100&orderBy=id")
  ).data;
  const ids = all.map(({ id }) => id);
  expect(ids).toEqual([...ids].sort((one, other) => one - other));
  const get = async (query: string) => idsOf(await now.get(`/products?pageSize=100&${query}`));
  expect(await get("orderBy=Id&orderDirection=DESC")).toEqual([...ids].reverse());
  const names = (await now.get("/products?pageSize=100&orderBy=name")).data.map(
    ({ name }: { name: string }) => name,
  );
  expect(names).toEqual([...names].sort());
  expect(await get("categoryId=12")).toEqual(
    all.filter(({ categoryId }) => categoryId === 12).map(({ id }) => id),
  );
  await now.call("PUT", "/products/9003", { isActive: false, name: "Chỉ một" });
  expect(await get("isActive=false")).toContain(9003);
  expect(await get("name=CHỈ MỘT")).toEqual([9003]);
  expect((await get("orderBy=modifiedDate")).at(-1)).toBe(9003);
  expect((await now.call("GET", "/products?orderBy=colour")).status).toBe(400);
  await settings({ defaultOrder: "newest" });
  expect((await get(""))[0]).toBe(9040);
});

test("a deletion while a list is read makes a living row fall between two pages", async () => {
  await seed({ products: 6 });
  const changes = [{ do: "deleteProduct", id: 9001 }];
  await now.control("POST", "/during", { path: "/products", nth: 1, changes });
  expect(await readAll("/products?orderBy=id")).toEqual([9001, 9002, 9004, 9005, 9006]);
  expect((await now.call("GET", "/products/9003")).status).toBe(200);
});

test("an insertion before the offset shows a row twice", async () => {
  await seed({ products: 4 });
  await now.control("POST", "/during", {
    path: "/kiotviet/products",
    nth: 2,
    moment: "before",
    changes: [{ do: "putProduct", product: { id: 1, name: "Trà sen" } }],
  });
  expect(await readAll("/products?orderBy=id")).toEqual([9001, 9002, 9002, 9003, 9004]);
});

test("categories are a flat list with what was removed, or a tree that knows no time", async () => {
  for (const category of [
    { id: 11, categoryName: "Đồ uống" },
    { id: 12, categoryName: "Trà", parentId: 11 },
    { id: 13, categoryName: "Trà sen", parentId: 12 },
    { id: 14, categoryName: "Bánh" },
  ])
    await now.control("POST", "/categories", category);
  await clock(HOUR_MS);
  const from = local(Date.now() + HOUR_MS - 1000);
  await now.call("PUT", "/categories/12", { categoryName: "Các loại trà" });
  await now.call("DELETE", "/categories/14");
  const flat = await now.get(`/categories?lastModifiedFrom=${from}`);
  expect(flat).toMatchObject({
    total: 1,
    data: [{ categoryId: 12, categoryName: "Các loại trà", parentId: 11, hasChild: true }],
    removedIds: [14],
    timestamp: expect.stringMatching(LOCAL),
  });
  const tree = await now.get(`/categories?hierachicalData=true&lastModifiedFrom=${from}`);
  expect(tree).toMatchObject({
    total: 1,
    data: [{ categoryId: 11, children: [{ categoryId: 12, children: [{ categoryId: 13 }] }] }],
    removedIds: [],
  });
  expect((await now.get("/categories/12")).data.children).toMatchObject([{ categoryId: 13 }]);
  await settings({ categoryDetail: "bare" });
  expect(await now.get("/categories/12")).toMatchObject({ categoryId: 12, hasChild: true });
});

test("branches have removed ids too, and customers a summary for a first row", async () => {
  await seed({ branches: 3, customers: 3 });
  expect(await now.get("/branches?includeRemoveIds=true")).toMatchObject({
    total: 3,
    data: [{ id: 1, branchName: "Chi nhánh trung tâm", retailerId: 500 }, {}, {}],
    removedIds: [],
    timestamp: expect.any(String),
  });
  const from = local(Date.now() - 1000);
  await now.control("POST", "/changes", { do: "deleteBranch", id: 2 });
  expect(
    (await now.get(`/branches?includeRemoveIds=true&lastModifiedFrom=${from}`)).removedIds,
  ).toEqual([2]);
  expect(idsOf(await now.get("/customers"))).toEqual([-1, 7001, 7002, 7003]);
  expect(idsOf(await now.get("/customers?currentItem=2"))).toEqual([7003]);
  await settings({ customerSummary: false });
  expect(idsOf(await now.get("/customers"))).toEqual([7001, 7002, 7003]);
  expect(await now.get("/customers/7002")).toMatchObject({ code: "KH000002" });
});

test("what is absent is null, or missing, or by turns", async () => {
  await now.control("POST", "/products", [{ name: "Một" }, { name: "Hai" }]);
  const has = async () =>
    (await now.get("/products?orderBy=id")).data.map((row: object) => "masterUnitId" in row);
  expect(await has()).toEqual([true, true]);
  await settings({ absent: "missing" });
  expect(await has()).toEqual([false, false]);
  await settings({ absent: "mixed" });
  expect(await has()).toEqual([false, true]);
});
