import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeEach, expect, test } from "vitest";
import { until } from "../support/until.ts";
import { type Receiver, receiver, type Running, start } from "./kiotviet-client.ts";

const SECRET = "bWFkZS11cC1zZWNyZXQ=";

let now: Running;
let there: Receiver;
const opened: { close: () => unknown }[] = [];
beforeEach(async () => {
  now = await start();
  there = await receiver();
  opened.push(now.listening, there.server);
});
afterAll(() => Promise.all(opened.map((one) => one.close())));

const settings = (body: object) => now.control("POST", "/settings", body);
const mode = (body: object) => now.control("POST", "/webhooks/mode", body);
const register = async (Type: string, more: object = { Secret: SECRET }) =>
  now.call("POST", "/webhooks", {
    Webhook: { Type, Url: there.url, IsActive: true, Description: "sync", ...more },
  });
const got = (count: number) =>
  until(() => Promise.resolve(there.received.length >= count), 5000).then(() =>
    there.received.map(({ body }) => body),
  );
const price = (basePrice: number, id = 9001) => now.call("PUT", `/products/${id}`, { basePrice });
const isActive = async () => (await now.get("/webhooks")).data.map((one: never) => one["isActive"]);

test("a registration is for one type, and its secret is never told again", async () => {
  const { body } = await register("product.update");
  expect(body).toEqual({
    id: 77,
    type: "product.update",
    url: there.url,
    isActive: true,
    retailerId: 500,
    description: "sync",
  });
  const listed = { ...body, modifiedDate: expect.any(String) };
  expect(await now.get("/webhooks")).toEqual({ total: 1, pageSize: 20, data: [listed] });
  expect(await now.get("/webhooks/77")).toEqual(listed);
  expect((await now.call("DELETE", "/webhooks/77")).body).toEqual({
    message: "Hủy đăng ký webhook thành công",
  });
  expect((await now.call("GET", "/webhooks/77")).status).toBe(404);
  expect((await register("product.create")).status).toBe(400);
});

test("the same type and address may be registered twice, unless it may not", async () => {
  await register("product.update");
  expect((await register("product.update")).body.id).toBe(78);
  await settings({ sameWebhookTwice: "refuse" });
  expect((await register("product.update")).status).toBe(400);
  expect((await register("product.delete")).status).toBe(200);
});

test("a movement of stock is told in the guide's words, its action in three parts", async () => {
  await now.call("POST", "/products", { name: "Trà sen" });
  await register("stock.update");
  await now.control("POST", "/stock", { product: 9001, onHand: 39, reserved: 2, cost: 80_000 });
  const [message] = await got(1);
  expect(message).toEqual({
    Id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    Attempt: 1,
    Notifications: [
      {
        Action: "stock.update.500",
        Data: [
          {
            ProductId: 9001,
            ProductCode: "SP000001",
            ProductName: "Trà sen",
            BranchId: 1,
            BranchName: "Chi nhánh trung tâm",
            Cost: 80_000,
            OnHand: 39,
            Reserved: 2,
          },
        ],
      },
    ],
  });
});

test("products and categories are told as they change, whoever changes them", async () => {
  await register("product.update");
  await register("category.update");
  await now.call("POST", "/categories", { categoryName: "Trà" });
  const [category] = await got(1);
  expect(category.Notifications).toMatchObject([
    {
      Action: "category.update.500",
      Data: [{ Id: 11, Name: "Trà", ParentId: null, IsDeleted: false, HasChild: false }],
    },
  ]);
  await now.control("POST", "/products", { name: "Trà sen", categoryId: 11 });
  const [, { Notifications }] = await got(2);
  const [product] = Notifications[0].Data;
  expect(product).toMatchObject({ Id: 9001, Name: "Trà sen", CategoryName: "Trà", Images: [] });
  expect(product).toHaveProperty("masterProductId");
  for (const missing of ["IsActive", "BarCode", "barCode"])
    expect(product).not.toHaveProperty(missing);
});

test("changes within a moment come together, many of them in parts", async () => {
  await now.control("POST", "/seed", { products: 30 });
  await register("product.update");
  await settings({ webhookBatch: 20 });
  await now.control("POST", "/touch", { products: 30, what: "price" });
  const sizes = (await got(2)).map(({ Notifications }) => Notifications[0].Data.length);
  expect(sizes.sort()).toEqual([10, 20]);
});

test("seeding is told only where it is asked for", async () => {
  await register("product.update");
  await now.control("POST", "/seed", { products: 2 });
  await sleep(80);
  expect(there.received).toEqual([]);
  await now.control("POST", "/seed", { products: 2, tell: true });
  expect((await got(1))[0].Notifications[0].Data).toHaveLength(2);
});

test("deletions have two shapes", async () => {
  await now.control("POST", "/seed", { products: 2, categories: 1 });
  await register("product.delete");
  await now.call("DELETE", "/products/9001");
  expect(await got(1)).toEqual([{ RemoveId: [9001] }]);
  await settings({ deletionShape: "notifications" });
  await now.call("DELETE", "/products/9002");
  expect((await got(2))[1]).toEqual({
    Id: expect.any(String),
    Attempt: 1,
    Notifications: [{ Action: "product.delete.500", Data: [9002] }],
  });
  await register("category.delete");
  await now.call("DELETE", "/categories/11");
  expect((await got(3))[2].Notifications[0].Action).toBe("category.delete.500");
});

test("what is sent is signed with the text of the secret, by SHA-256 under any label", async () => {
  await now.call("POST", "/products", { name: "Trà sen" });
  await register("product.update");
  for (const [at, label] of (["sha1=", "sha256=", "none"] as const).entries()) {
    await settings({ signatureLabel: label });
    await price(at + 1);
    await got(at + 1);
    const { text, signature } = there.received[at] ?? {};
    const digits = createHmac("sha256", SECRET)
      .update(text ?? "")
      .digest("hex");
    expect(signature).toBe(`${label === "none" ? "" : label}${digits}`);
  }
  await mode({ mode: "wrongSignature", times: 1 });
  await price(9);
  await got(4);
  const { text, signature } = there.received[3] ?? {};
  const digits = createHmac("sha256", SECRET)
    .update(text ?? "")
    .digest("hex");
  expect(signature).toMatch(/^[0-9a-f]{64}$/);
  expect(signature).not.toBe(digits);
});

test("without a secret there is no signature", async () => {
  await now.call("POST", "/products", { name: "Trà sen" });
  await register("product.update", {});
  await price(5);
  await got(1);
  expect(there.received[0]?.signature).toBeUndefined();
});

test.each([400, 401, 403, 404, 405])("an answer of %i ends it for good", async (status) => {
  await now.call("POST", "/products", { name: "Trà sen" });
  await register("product.update");
  await register("stock.update");
  await settings({ webhookRetryMs: 5 });
  there.status = status;
  await price(5);
  await got(1);
  await until(async () => (await isActive()).every((one: boolean) => !one), 5000);
  there.status = 200;
  await price(6);
  await sleep(100);
  expect(there.received).toHaveLength(1);
  await now.call("DELETE", "/webhooks/77");
  await register("product.update");
  await price(7);
  await got(2);
});

test("an answer of 500 or none within the limit is followed by another attempt, under the same id", async () => {
  await now.call("POST", "/products", { name: "Trà sen" });
  await register("product.update");
  await settings({ webhookRetryMs: 10, webhookAnswerMs: 100 });
  there.answers.push(500, undefined, 200);
  await price(5);
  const messages = await got(3);
  expect(messages.map(({ Attempt }) => Attempt)).toEqual([1, 2, 3]);
  expect(new Set(messages.map(({ Id }) => Id)).size).toBe(1);
  expect(await isActive()).toEqual([true]);
  await until(async () => {
    const { deliveries } = await now.control("GET", "/deliveries");
    return deliveries.length === 3 && deliveries[2].status === 200;
  }, 5000);
  const { deliveries } = await now.control("GET", "/deliveries");
  expect(deliveries.map((one: never) => one["status"])).toEqual([500, null, 200]);
});

test("five seconds is what a receiver has unless the test says otherwise", async () => {
  expect(await now.control("GET", "/settings")).toMatchObject({ webhookAnswerMs: 5000 });
});

test("messages can be lost, doubled, held back and come in another order", async () => {
  await now.control("POST", "/seed", { products: 3 });
  await register("product.update");
  await settings({ webhookBatch: 1 });
  await mode({ mode: "drop", times: 1 });
  await price(1);
  await sleep(80);
  await mode({ mode: "double", times: 1 });
  await price(2);
  const doubled = await got(2);
  expect(doubled[0]).toEqual(doubled[1]);
  expect(doubled[0].Notifications[0].Data[0].BasePrice).toBe(2);
  await mode({ mode: "hold" });
  for (const one of [3, 4]) {
    await price(one);
    await sleep(60);
  }
  expect(await now.control("POST", "/webhooks/release")).toEqual({ released: 2 });
  const prices = (await got(4)).map(({ Notifications }) => Notifications[0].Data[0].BasePrice);
  expect(prices.slice(2).sort()).toEqual([3, 4]);
});

test("a registration that is not active is sent nothing", async () => {
  await now.call("POST", "/products", { name: "Trà sen" });
  await register("product.update", { IsActive: false });
  await price(5);
  await sleep(80);
  expect(there.received).toEqual([]);
});
