import { createHmac, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signals } from "../../../connectors/kiotviet/signals.ts";

const secret = randomBytes(32).toString("base64url");
const body = Buffer.from('{"Id":"made-up","Attempt":1,"Notifications":[]}');
const digest = createHmac("sha256", secret).update(body).digest("hex");
const signed = (header: string | string[] | undefined, by = secret, what = body) =>
  signals.isSigned({ "x-hub-signature": header }, what, by);

describe("a signature", () => {
  test.each([
    ["without a label", digest],
    ["that calls itself SHA-1", `sha1=${digest}`],
    ["that calls itself SHA-256", `sha256=${digest}`],
    ["in capitals", `SHA1=${digest.toUpperCase()}`],
  ])("%s passes", (_what, header) => {
    expect(signed(header)).toBe(true);
  });

  test("is made with the secret's text, and not with what that might encode", () => {
    const decoded = createHmac("sha256", Buffer.from(secret, "base64url")).update(body);
    expect(signed(decoded.digest("hex"))).toBe(false);
  });

  test.each([
    ["nothing", ""],
    ["no header", undefined],
    ["one digit", "a"],
    ["63 digits", digest.slice(1)],
    ["65 digits", `${digest}a`],
    ["128 digits", digest + digest],
    ["no hex", `${digest.slice(1)}g`],
    ["true SHA-1", createHmac("sha1", secret).update(body).digest("hex")],
    ["another label", `md5=${digest}`],
    ["two labels", `sha1=sha256=${digest}`],
    ["a space before it", ` ${digest}`],
    ["a line after it", `${digest}\n`],
    ["two headers", [digest, digest]],
    ["two headers in one", `${digest}, ${digest}`],
    ["a wide digit", `${digest.slice(1)}\uFF11`],
  ] as [string, string | string[] | undefined][])("of %s does not (F39)", (_what, header) => {
    expect(signed(header)).toBe(false);
  });

  test("of another body, by another secret or by none does not (F39)", () => {
    expect(signed(digest, secret, Buffer.concat([body, Buffer.from(" ")]))).toBe(false);
    expect(signed(digest, `${secret}x`)).toBe(false);
    const byNone = createHmac("sha256", "").update(body).digest("hex");
    expect(signed(byNone, "")).toBe(false);
  });

  test("that is any text is false, and throws nothing", () => {
    const any = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.array(fc.string()));
    fc.assert(
      fc.property(any, fc.string(), (header, key) => {
        expect(signed(header, key)).toBe(false);
      }),
    );
  });
});

const read = (message: unknown) => signals.read(Buffer.from(JSON.stringify(message)));
const notified = (...notifications: object[]) =>
  read({ Id: "made-up", Attempt: 1, Notifications: notifications });

describe("a message", () => {
  test.each([
    ["category.update.500", [{ Id: 11, Name: "Trà" }], ["categories"], []],
    ["category.delete.500", [11], ["categories"], []],
    ["product.update.500", [{ Id: 9001, Inventories: [] }], ["products"], []],
    ["product.update.500", [{ Id: 9001, Inventories: [{ OnHand: 1 }] }], ["products"], ["9001"]],
    ["product.delete.500", [9001], ["products"], []],
    ["product.delete", [9001], ["products"], []],
    ["Product.Update.500.more", [], ["products"], []],
    ["stock.update.500", [{ ProductId: 9001, BranchId: 1, OnHand: 39 }], [], ["9001"]],
    ["stock.update.500", [{ productID: 1 }, { ProductId: 2 }, { ProductId: 1 }], [], ["1", "2"]],
    ["stock.update.500", [{ ProductId: -1 }, { ProductId: "SECRET" }, null, 7], [], []],
    ["order.update.500", [{ Id: 1 }], [], []],
    ["products.update.500", [{ Id: 1 }], [], []],
    ["product.audit.500", [{ Id: 1 }], [], []],
    ["", [{ Id: 1 }], [], []],
  ])("of %s %j names %j and %j", (Action, Data, streams, ids) => {
    const items = ids.map((remoteId) => ({ stream: "products", remoteId }));
    expect(notified({ Action, Data })).toEqual({ id: "made-up", streams, items });
    expect(notified({ action: Action, DATA: Data })).toEqual({ id: "made-up", streams, items });
  });

  test("of several notifications names each once", () => {
    const stock = (...ids: number[]) => ({
      Action: "stock.update.500",
      Data: ids.map((ProductId) => ({ ProductId })),
    });
    const category = { Action: "category.update.500", Data: [] };
    expect(notified(stock(1, 2), category, category, stock(2, 3))).toEqual({
      id: "made-up",
      streams: ["categories"],
      items: ["1", "2", "3"].map((remoteId) => ({ stream: "products", remoteId })),
    });
  });

  test.each(["RemoveId", "removeId", "RemovedIds", "removeIds"])(
    "of a deletion under %s alone may be of a product or of a category",
    (key) => {
      expect(read({ [key]: [9001] })).toEqual({
        id: null,
        streams: ["categories", "products"],
        items: [],
      });
      expect(read({ [key]: [] }).streams).toEqual([]);
    },
  );

  test.each([
    "",
    "{",
    "null",
    "[]",
    "7",
    '"x"',
    "<html>",
    '{"Notifications":{}}',
    '{"Id":7}',
    '{"Id":""}',
    '{"Notifications":[null,7,[],{"Action":7,"Data":{}}]}',
    "[".repeat(50_000),
  ])("that is %.40s names nothing", (text) => {
    expect(signals.read(Buffer.from(text))).toEqual({ id: null, streams: [], items: [] });
  });

  test("of any bytes or any JSON names what it may and throws nothing", () => {
    const key = fc.constantFrom("Id", "Notifications", "Action", "Data", "RemoveId", "ProductId");
    const value = fc.constantFrom("stock.update.1", "product.update", 9001, -1, 1e300);
    const object = fc.object({ key, values: [value, fc.anything()], maxDepth: 4 });
    const bytes = fc.uint8Array().map((given) => Buffer.from(given));
    const text = object.map((given) =>
      Buffer.from(
        JSON.stringify(given, (_key, one: unknown) => (typeof one === "bigint" ? null : one)) ?? "",
      ),
    );
    fc.assert(
      fc.property(fc.oneof(bytes, text), (given) => {
        const { streams, items } = signals.read(given);
        for (const stream of streams) expect(["categories", "products"]).toContain(stream);
        for (const { remoteId } of items) expect(remoteId).toMatch(/^[1-9]\d{0,15}$/);
      }),
      { numRuns: 500 },
    );
  });
});
