import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Cursor } from "../../../connectors/connector.ts";
import * as errors from "../../../connectors/errors.ts";
import { signals } from "../../../connectors/kiotviet/signals.ts";
import type { Content, RecordPage } from "../../../connectors/records.ts";
import { collect, never, scripted, type Seen } from "../scripted.ts";
import { demo, openShop, type ShopRig } from "./sandbox.ts";

/** What KiotViet does, and no other provider. */
let rig: ShopRig;
beforeEach(async () => {
  rig = await openShop();
});
afterEach(() => rig.close());

const pull = (cursor: Cursor | null, stream = "products") =>
  collect(rig.open().pull(stream, cursor, never));
const cursorOf = (pages: readonly RecordPage[]): Cursor => pages.at(-1)?.cursor ?? {};

function contentsOf(pages: readonly RecordPage[]): Record<string, Content | string> {
  const all = pages.flatMap(({ changes }) => changes);
  return Object.fromEntries(
    all.map((one) => [one.remoteId, one.state === "living" ? one.item.content : one.state]),
  );
}

const tea = {
  name: "Trà sen",
  basePrice: 120_000,
  images: ["https://img.example.test/tea.jpg"],
  attributes: [{ attributeName: "Vị", attributeValue: "Sen" }],
};
const put = (product: object) => ({ do: "putProduct", product });

describe.each([
  { fraction: "0", absent: "missing", categoryDetail: "bare", defaultOrder: "newest" },
  { fraction: "7", absent: "mixed", removedKey: "RemovedIds", reusedIds: "keep" },
  { fraction: "3", removedKey: "removeIds" },
  { removedKey: "REMOVEID", overPageSize: "refuse" },
  { removedKey: "removedId" },
])("a KiotViet with %j", (settings) => {
  beforeEach(() => rig.control("/kiotviet/settings", settings));

  test("lists and shows the same product, and names what was removed", async () => {
    const [kept = 0, gone = 0] = await rig.act(put(tea), put({ name: "gone" }));
    await rig.later?.();
    const first = await pull(null);
    expect(contentsOf(first)[kept]).toMatchObject({
      name: "Trà sen",
      images: ["https://img.example.test/tea.jpg"],
      masterUnitId: null,
    });
    const shown = await rig.open().read("products", String(kept), never);
    expect(shown.state === "living" && shown.item.content).toEqual(contentsOf(first)[kept]);
    await rig.act({ do: "deleteProduct", id: gone });
    expect(contentsOf(await pull(cursorOf(first)))).toEqual({ [gone]: "deleted" });
  });

  test("lists and shows the same category", async () => {
    const [id = 0] = await rig.act({ do: "putCategory", category: { categoryName: "Trà" } });
    const listed = contentsOf(await pull(null, "categories"))[id];
    const shown = await rig.open().read("categories", String(id), never);
    expect(shown.state === "living" && shown.item.content).toEqual(listed);
  });
});

test("an id that is used again lives, although it is among the removed ones", async () => {
  await rig.control("/kiotviet/settings", { reusedIds: "keep" });
  const [id = 0] = await rig.act(put(tea));
  const first = await pull(null);
  await rig.act({ do: "deleteProduct", id }, put({ id, name: "again" }));
  expect(contentsOf(await pull(cursorOf(first)))).toMatchObject({ [id]: { name: "again" } });
});

describe("stock", () => {
  test("that a sale moves is in the next list, although the product stays as it was", async () => {
    const [id = 0] = await rig.act(put(tea));
    await rig.act({ do: "moveStock", product: id, onHand: 40, reserved: 2 });
    await rig.later?.();
    const products = await pull(null);
    const stock = await pull(null, "inventory");
    await rig.act({ do: "moveStock", product: id, by: -1 });
    expect(contentsOf(await pull(cursorOf(products)))).toEqual({});
    const [[key, content] = []] = Object.entries(
      contentsOf(await pull(cursorOf(stock), "inventory")),
    );
    expect(key).toBe(`${id}:1`);
    expect(content).toEqual({ productId: id, branchId: 1, onHand: 39, reserved: 2 });
  });

  test("of a product is had from the product itself, in every branch", async () => {
    await rig.control("/kiotviet/seed", { products: 2, branches: 3 });
    const listed = await pull(null, "inventory");
    const [first] = listed[0]?.changes ?? [];
    const [productId = ""] = first?.remoteId.split(":") ?? [];
    const { inventory = [] } = (await rig.open().details?.("products", productId, never)) ?? {};
    expect(inventory).toHaveLength(3);
    const all = listed.flatMap(({ changes }) => changes);
    for (const one of inventory) expect(all).toContainEqual(one);
  });
});

describe("while changes are read", () => {
  async function changed(during: object[]): Promise<[number[], Record<string, unknown>]> {
    const ids = await rig.act(...["a", "b", "c", "d", "e", "f"].map((name) => put({ name })));
    await rig.later?.();
    const first = await pull(null);
    await rig.later?.();
    await rig.act(...ids.map((id) => put({ id, name: `new ${id}` })));
    const path = "/products";
    const changes = during.map(
      (one) =>
        JSON.parse(
          JSON.stringify(one).replace(/"@(\d)"/g, (_all, at: string) => String(ids[Number(at)])),
        ) as object,
    );
    await rig.control("/kiotviet/during", { path, changes });
    return [ids, contentsOf(await pull(cursorOf(first)))];
  }

  test("the deletion of an earlier row hides no later one (F48)", async () => {
    const [ids, contents] = await changed([
      { do: "deleteProduct", id: "@0" },
      { do: "deleteProduct", id: "@1" },
    ]);
    for (const id of ids.slice(2)) expect(contents[id]).toMatchObject({ name: `new ${id}` });
  });

  test("another change of an earlier row hides no later one (F48)", async () => {
    const [ids, contents] = await changed([put({ id: "@0", name: "newest" })]);
    for (const id of ids.slice(1)) expect(contents[id]).toMatchObject({ name: `new ${id}` });
  });
});

test("a token that ends early is renewed once, in the midst of a listing (F20)", async () => {
  await rig.act(put({ name: "a" }), put({ name: "b" }), put({ name: "c" }));
  const pages = [];
  for await (const page of rig.open().pull("products", null, never))
    if (pages.push(page) === 1) await rig.control("/kiotviet/tokens/expire", {});
  expect(pages.at(-1)?.last).toBe(true);
  expect(rig.connection.renewals).toBe(1);
});

test("credentials that the shop has changed are refused (F21)", async () => {
  await rig.control("/kiotviet/shops/demo-shop/secret", { clientSecret: "another" });
  await expect(pull(null)).rejects.toThrow(errors.Unauthenticated);
  await expect(rig.grant()).rejects.toThrow(errors.Unauthenticated);
});

test("another shop's name with this shop's token is forbidden", async () => {
  await rig.control("/kiotviet/shops", { retailer: "other-shop" });
  const other = { ...rig.connection, settings: { retailer: "other-shop" } };
  const pages = collect(rig.connector.open(other).pull("products", null, never));
  await expect(pages).rejects.toThrow(errors.Forbidden);
});

test("the hourly limit is a pause, and the listing goes on where it was (F48)", async () => {
  await rig.act(put({ name: "a" }), put({ name: "b" }), put({ name: "c" }));
  await rig.control("/kiotviet/settings", { getsPerHour: 2 });
  const pages: RecordPage[] = [];
  const walk = (async () => {
    for await (const page of rig.open().pull("products", null, never)) pages.push(page);
  })();
  await expect(walk).rejects.toMatchObject({ name: "RateLimited", retryAfterMs: 60_000 });
  await rig.control("/kiotviet/settings", { getsPerHour: 5_000 });
  const rest = await pull(cursorOf(pages));
  expect(rest[0]?.snapshotId).toBe(pages[0]?.snapshotId);
  expect(Object.keys(contentsOf([...pages, ...rest]))).toHaveLength(3);
});

describe("webhooks", () => {
  const secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA";

  async function watched(status = 200) {
    const { address, seen } = await scripted((_seen, response) => {
      response.writeHead(status);
      response.end();
    });
    const { watch } = rig.open();
    if (!watch) throw new Error("it can be watched");
    const request = { id: "channel-1", address: `${address}/hooks`, secret, ttlSeconds: 3_600 };
    const { resourceId, expiresAt } = await watch.open(request, never);
    const channel = { id: request.id, resourceId };
    return { seen, watch, channel, request, expiresAt };
  }

  const heard = async (seen: Seen[], count: number) => {
    await expect.poll(() => seen.length, { timeout: 5_000 }).toBeGreaterThanOrEqual(count);
    return seen.map(({ body }) => signals.read(Buffer.from(body)));
  };

  test.each(["sha1=", "sha256=", "none"])(
    "are signed with the secret as it was registered (%s), and name what is to be read",
    async (signatureLabel) => {
      await rig.control("/kiotviet/settings", { signatureLabel });
      const [id = 0] = await rig.act(put(tea));
      const { seen } = await watched();
      await rig.act({ do: "moveStock", product: id, by: 7 });
      const [message] = await heard(seen, 1);
      expect(message).toMatchObject({
        id: expect.any(String) as string,
        items: [{ stream: "products", remoteId: String(id) }],
      });
      const [{ headers, body, url } = { headers: {}, body: "", url: new URL("http://x") }] = seen;
      expect(url.pathname).toBe("/hooks/channel-1");
      expect(signals.isSigned(headers, Buffer.from(body), secret)).toBe(true);
      expect(signals.isSigned(headers, Buffer.from(`${body} `), secret)).toBe(false);
    },
  );

  test.each(["removeId", "notifications"])("tell of deletions as %s", async (deletionShape) => {
    await rig.control("/kiotviet/settings", { deletionShape });
    const [id = 0] = await rig.act(put(tea));
    const { seen } = await watched();
    await rig.act({ do: "deleteProduct", id });
    const messages = await heard(seen, 1);
    expect(messages.flatMap(({ streams }) => streams)).toContain("products");
  });

  test("are stopped by a refusal, which a look finds, and opened anew (F41, F42)", async () => {
    const { seen, watch, channel, request } = await watched(404);
    expect(await watch.isAlive(channel, never)).toBe(true);
    await rig.act(put(tea));
    await heard(seen, 1);
    await expect.poll(() => watch.isAlive(channel, never), { timeout: 5_000 }).toBe(false);
    const again = await watch.open(request, never);
    expect(await watch.isAlive({ ...channel, resourceId: again.resourceId }, never)).toBe(true);
    await watch.close({ ...channel, resourceId: again.resourceId }, never);
    await watch.close(channel, never);
    const { webhooks } = await rig.control<{ webhooks: unknown[] }>("/kiotviet/webhooks");
    expect(webhooks).toEqual([]);
  });

  test("are kept no longer than until the look of the next day", async () => {
    const { expiresAt } = await watched();
    expect(expiresAt).toBeGreaterThan(Date.now() + 25 * 3_600_000);
  });
});

describe("an injected fault", () => {
  const fault = (rule: object) =>
    rig.control("/faults", { match: { path: "/kiotviet/" }, ...rule });

  test.each([
    [{ kind: "status", status: 500 }, errors.Unavailable],
    [{ kind: "status", status: 403 }, errors.Forbidden],
    [{ kind: "status", status: 404 }, errors.CollectionMissing],
    [{ kind: "status", status: 429 }, errors.RateLimited],
    [{ kind: "reset" }, errors.Unavailable],
    [{ kind: "body", body: "html" }, errors.InvalidResponse],
    [{ kind: "body", body: "garbage" }, errors.InvalidResponse],
    [{ kind: "body", body: "truncated" }, errors.InvalidResponse],
  ])("%j of a listing is no success", async (rule, expected) => {
    await rig.act(put(tea));
    await fault(rule);
    await expect(pull(null)).rejects.toThrow(expected);
  });
});

test("the demo shop is entered with its own credentials", async () => {
  expect(await rig.grant()).toMatchObject({ account: "demo-shop/demo-client", entered: demo });
});
