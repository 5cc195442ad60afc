import { afterAll, beforeEach, expect, test } from "vitest";
import { type Running, start } from "./kiotviet-client.ts";

let now: Running;
const opened: Running[] = [];
beforeEach(async () => opened.push((now = await start())));
afterAll(() => Promise.all(opened.map(({ listening }) => listening.close())));

const local = (at: number) => new Date(at + 7 * 3_600_000).toISOString().slice(0, 23);
const make = async (body: object) => (await now.call("POST", "/products", body)).body;
const message = async (method: string, path: string, body?: object) => {
  const answer = await now.call(method, path, body);
  return [answer.status, answer.body.responseStatus?.message ?? answer.body.message];
};

test("one product comes bare, its images as texts, by its id and by its code", async () => {
  await make({ name: "Trà sen", unit: "hộp", images: ["https://img.example.test/a.jpg"] });
  const product = await now.get("/products/9001");
  expect(product).toMatchObject({
    id: 9001,
    code: "SP000001",
    fullName: "Trà sen (hộp)",
    images: ["https://img.example.test/a.jpg"],
    inventories: [{ branchId: 1, onHand: 0 }],
  });
  expect(await now.get("/products/code/SP000001")).toEqual(product);
});

test("a code is one product's", async () => {
  await make({ name: "Trà sen", code: "TRA" });
  await make({ name: "Trà lài" });
  expect(await message("POST", "/products", { name: "Khác", code: "tra" })).toEqual([
    400,
    "Mã hàng hóa tra đã tồn tại trong hệ thống",
  ]);
  expect((await now.call("PUT", "/products/9002", { code: "TRA" })).status).toBe(400);
  expect((await now.call("PUT", "/products/9001", { code: "TRA", basePrice: 5 })).status).toBe(200);
  await now.call("DELETE", "/products/9001");
  expect((await make({ name: "Khác", code: "TRA" })).id).toBe(9003);
});

test("a change answers its stock under a key of its own and moves modifiedDate", async () => {
  await make({ name: "Trà sen" });
  const { status, body } = await now.call("PUT", "/products/9001", { basePrice: 120_000 });
  expect([status, body.basePrice, body.inventory.length]).toEqual([200, 120_000, 1]);
  expect(body).not.toHaveProperty("inventories");
  expect(body).toHaveProperty("modifiedDate");
});

test("a movement of stock moves no modifiedDate anywhere, whoever makes it", async () => {
  await make({ name: "Trà sen", inventories: [{ branchId: 1, onHand: 40, cost: 80_000 }] });
  const from = local(Date.now() + 1);
  await now.control("POST", "/stock", { product: 9001, by: -1.5 });
  await now.call("PUT", "/products/9001", { inventories: [{ branchId: 1, reserved: 2 }] });
  const { total, data } = await now.get("/productOnHands");
  expect([total, data]).toEqual([
    1,
    [
      {
        id: 9001,
        code: "SP000001",
        createdDate: expect.any(String),
        inventories: [{ branchId: 1, onhand: 38.5, reserved: 2 }],
      },
    ],
  ]);
  for (const path of ["/products", "/productOnHands"])
    expect((await now.get(`${path}?lastModifiedFrom=${from}`)).total).toBe(0);
  expect(await now.get("/products/9001")).not.toHaveProperty("modifiedDate");
});

test("on-hand amounts can be asked for by branch", async () => {
  await now.control("POST", "/seed", { branches: 3, products: 1 });
  const branches = async (query: string) =>
    (await now.get(`/productOnHands?${query}`)).data[0].inventories.map(
      ({ branchId }: { branchId: number }) => branchId,
    );
  expect(await branches("")).toEqual([1, 2, 3]);
  expect(await branches("branchIds=1,3")).toEqual([1, 3]);
  expect(await branches("branchIds=2&branchIds=3")).toEqual([2, 3]);
  const [row] = (await now.get("/products?includeInventory=true&BranchIds=3")).data;
  expect(row.inventories).toMatchObject([{ branchId: 3 }]);
});

test("what KiotViet would not take is refused and changes nothing", async () => {
  for (const body of [
    {},
    { name: "x", categoryId: 99 },
    { name: "x", barCode: "12345678901234567" },
    { name: "x", inventories: [{ branchId: 99 }] },
    { name: "x", basePrice: "12" },
  ])
    expect((await now.call("POST", "/products", body)).status).toBe(400);
  expect(await now.log()).toEqual([]);
});

test("a category in use or with children cannot be deleted, and there are three levels", async () => {
  const top = await now.call("POST", "/categories", { categoryName: "Đồ uống" });
  expect(top.body).toMatchObject({
    message: "Cập nhật dữ liệu thành công",
    data: { categoryId: 11, parentId: null, hasChild: false },
  });
  await now.call("POST", "/categories", { categoryName: "Trà", parentId: 11 });
  await now.call("POST", "/categories", { categoryName: "Trà sen", parentId: 12 });
  expect((await now.call("POST", "/categories", { categoryName: "x", parentId: 13 })).status).toBe(
    400,
  );
  expect((await now.call("PUT", "/categories/11", { parentId: 13 })).status).toBe(400);
  expect((await now.call("POST", "/categories", { categoryName: "x".repeat(126) })).status).toBe(
    400,
  );
  await make({ name: "Trà sen", categoryId: 13 });
  expect((await now.call("DELETE", "/categories/12")).status).toBe(400);
  expect((await now.call("DELETE", "/categories/13")).status).toBe(400);
  await now.call("DELETE", "/products/9001");
  expect(await message("DELETE", "/categories/13")).toEqual([200, "Xóa dữ liệu thành công"]);
});

test("bulk calls answer a message and nothing else", async () => {
  const listProducts = [{ name: "Một" }, { name: "Hai" }];
  expect((await now.call("POST", "/listaddproducts", { listProducts })).body).toEqual({
    message: "Cập nhật dữ liệu thành công",
  });
  const changed = { listProducts: [{ id: 9002, basePrice: 7 }] };
  expect((await now.call("PUT", "/listupdatedproducts", changed)).body).toEqual({
    message: "Cập nhật dữ liệu thành công",
  });
  expect((await now.get("/products?orderBy=id")).data).toMatchObject([{}, { basePrice: 7 }]);
});

test("attributes are listed with the values in use", async () => {
  const attributes = (attributeValue: string) => [{ attributeName: "Màu", attributeValue }];
  await make({ name: "Áo", attributes: attributes("đỏ") });
  const other = await make({ name: "Áo", attributes: attributes("xanh"), masterProductId: 9001 });
  expect([other.fullName, other.masterProductId]).toEqual(["Áo - xanh", 9001]);
  expect(await now.get("/attributes/allwithdistinctvalue")).toEqual([
    {
      id: 1,
      name: "Màu",
      attributeValues: [
        { value: "đỏ", attributeId: 1 },
        { value: "xanh", attributeId: 1 },
      ],
    },
  ]);
});

test("the log tells every change, what it was before and after, and nothing that is no change", async () => {
  await now.call("POST", "/categories", { categoryName: "Trà" });
  await make({ name: "Trà sen", categoryId: 11, inventories: [{ branchId: 1, onHand: 4 }] });
  await now.call("PUT", "/products/9001", { name: "Trà sen", basePrice: 5 });
  await now.call("PUT", "/products/9001", { basePrice: 5 });
  await now.control("POST", "/stock", { product: 9001, by: -1 });
  await now.call("DELETE", "/products/9001");
  const log = await now.log();
  expect(log.map(({ seq, stream, id, action }) => [seq, stream, id, action])).toEqual([
    [1, "categories", 11, "created"],
    [2, "products", 9001, "created"],
    [3, "inventory", "9001:1", "created"],
    [4, "products", 9001, "updated"],
    [5, "inventory", "9001:1", "updated"],
    [6, "inventory", "9001:1", "deleted"],
    [7, "products", 9001, "deleted"],
  ]);
  expect(log[0]?.fields).toEqual({
    categoryName: { before: null, after: "Trà" },
    parentId: { before: null, after: null },
  });
  expect(log[3]?.fields).toEqual({ basePrice: { before: 0, after: 5 } });
  expect(log[4]?.fields).toEqual({ onHand: { before: 4, after: 3 } });
  expect(log[6]?.fields["fullName"]).toEqual({ before: "Trà sen", after: null });
  expect((await now.log("since=5")).map(({ seq }) => seq)).toEqual([6, 7]);
  expect(await now.log("stream=products&limit=1")).toHaveLength(1);
  expect((await now.log("id=9001:1")).length).toBe(3);
});
