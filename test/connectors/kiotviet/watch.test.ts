import { describe, expect, test } from "vitest";
import * as errors from "../../../connectors/errors.ts";
import { createKiotviet } from "../../../connectors/kiotviet/index.ts";
import { connection, json, never, type Reply, scripted, type Seen } from "../scripted.ts";

interface Registration {
  id: number;
  type: string;
  url: string;
  isActive: boolean;
}

/** A KiotViet that only knows webhooks; `failing` may answer in its stead. */
async function hooks(failing: (seen: Seen, kept: Registration[]) => Reply | null = () => null) {
  const kept: Registration[] = [];
  let next = 77;
  const { address, seen } = await scripted((request, response) => {
    const reply = failing(request, kept) ?? answerTo(request);
    reply(request, response);
  });
  function answerTo({ method, url, body }: Seen): Reply {
    if (method === "GET") {
      const at = Number(url.searchParams.get("currentItem"));
      return json({ total: kept.length, pageSize: 100, data: kept.slice(at, at + 100) });
    }
    if (method === "DELETE") return remove(Number(url.pathname.split("/").at(-1)));
    const { Type, Url, IsActive } = (JSON.parse(body) as { Webhook: Record<string, never> })
      .Webhook;
    const made = { id: next++, type: Type ?? "", url: Url ?? "", isActive: IsActive ?? false };
    kept.push(made);
    return json(made);
  }
  function remove(id: number): Reply {
    const at = kept.findIndex((one) => one.id === id);
    if (at < 0) return own(404, "NotFoundException");
    kept.splice(at, 1);
    return json({ message: "Hủy đăng ký webhook thành công" });
  }
  const mine = connection({ retailer: "demo-shop" } as never);
  const { watch } = createKiotviet({ apiUrl: address, tokenUrl: "", timeoutMs: 1_000 }).open({
    ...mine,
    now: () => 1_000,
  });
  if (!watch) throw new Error("it can be watched");
  return { kept, seen, watch };
}

const own = (status: number, errorCode: string) =>
  json({ responseStatus: { errorCode, message: "SECRET", errors: [] } }, status);

const types = [
  "product.update",
  "product.delete",
  "stock.update",
  "category.update",
  "category.delete",
];
const request = {
  id: "made-up-channel",
  address: "https://hooks.example.test/kiotviet",
  secret: "c2VjcmV0LXNlY3JldA",
  ttlSeconds: 3_600,
};
const url = "https://hooks.example.test/kiotviet/made-up-channel";
const stranger = {
  id: 1,
  type: "product.update",
  url: "https://elsewhere.example.test/",
  isActive: true,
};

describe("opening", () => {
  test("registers each type at the connection's own address, with the secret as it is", async () => {
    const { watch, kept, seen } = await hooks();
    expect(await watch.open(request, never)).toEqual({
      resourceId: "77,78,79,80,81",
      expiresAt: 1_000 + 26 * 3_600_000,
    });
    expect(kept.map(({ type }) => type)).toEqual(types);
    const sent = seen
      .filter(({ method }) => method === "POST")
      .map(({ body }) => JSON.parse(body) as unknown);
    expect(sent[0]).toEqual({
      Webhook: {
        Type: "product.update",
        Url: url,
        IsActive: true,
        Description: "Syncline",
        Secret: "c2VjcmV0LXNlY3JldA",
      },
    });
  });

  test("replaces what is there at that address, and touches nothing else (I7)", async () => {
    const { watch, kept } = await hooks();
    const others = [
      stranger,
      { id: 2, type: "order.update", url, isActive: true },
      { id: 3, type: "product.update", url: `${url}x`, isActive: true },
    ];
    kept.push(...others, { id: 4, type: "stock.update", url, isActive: false });
    await watch.open(request, never);
    const { resourceId } = await watch.open(request, never);
    expect(kept.slice(0, 3)).toEqual(others);
    expect(
      kept
        .slice(3)
        .map(({ id }) => id)
        .join(","),
    ).toBe(resourceId);
  });

  test.each([
    ["refused", own(400, "KvValidateException"), errors.Rejected],
    ["failing", own(500, "Exception"), errors.Unavailable],
    ["forbidden", own(403, "ForbiddenException"), errors.Forbidden],
    ["not there", own(404, "NotFoundException"), errors.WatchUnsupported],
    ["limited", own(429, "X"), errors.RateLimited],
    ["answered without an id", json({ type: "stock.update" }), errors.InvalidResponse],
  ])("that is %s half-way takes back what it has registered", async (_what, reply, expected) => {
    const { watch, kept } = await hooks(({ method }, kept) =>
      method === "POST" && kept.length === 3 ? reply : null,
    );
    kept.push(stranger);
    await expect(watch.open(request, never)).rejects.toThrow(expected);
    expect(kept).toEqual([stranger]);
  });

  test("whose answer is lost takes back that registration too (F33)", async () => {
    const { watch, kept } = await hooks(({ method, body }, kept) => {
      if (method !== "POST" || !body.includes("stock.update")) return null;
      kept.push({ id: 500, type: "stock.update", url, isActive: true });
      return (_seen, response) => response.destroy();
    });
    await expect(watch.open(request, never)).rejects.toThrow(errors.Unavailable);
    expect(kept).toEqual([]);
  });

  test("that is broken off takes back what it has registered", async () => {
    const stop = new AbortController();
    const { watch, kept } = await hooks(({ method, body }) => {
      if (method === "POST" && body.includes("stock.update")) stop.abort();
      return null;
    });
    await expect(watch.open(request, stop.signal)).rejects.toThrow(errors.Unavailable);
    expect(kept).toEqual([]);
  });
});

describe("closing", () => {
  test("removes each registration, and one that is gone counts as removed (F29)", async () => {
    const { watch, kept } = await hooks();
    const { resourceId } = await watch.open(request, never);
    kept.splice(1, 1);
    await watch.close({ id: request.id, resourceId }, never);
    expect(kept).toEqual([]);
    await watch.close({ id: request.id, resourceId }, never);
  });

  test("goes on past one that fails, and then says so", async () => {
    const { watch, kept } = await hooks(({ method, url: { pathname } }) =>
      method === "DELETE" && pathname.endsWith("/78") ? own(500, "Exception") : null,
    );
    const { resourceId } = await watch.open(request, never);
    await expect(watch.close({ id: request.id, resourceId }, never)).rejects.toThrow(
      errors.Unavailable,
    );
    expect(kept.map(({ id }) => id)).toEqual([78]);
  });

  test("is not done because a sign-in page answers 200", async () => {
    const { watch } = await hooks(({ method }) => (method === "DELETE" ? json("<html>") : null));
    await expect(watch.close({ id: request.id, resourceId: "77" }, never)).rejects.toThrow(
      errors.InvalidResponse,
    );
  });
});

describe("looking", () => {
  test("finds a channel alive whose registrations are all there and active (F42)", async () => {
    const { watch, kept } = await hooks();
    for (let id = 1000; id < 1150; id++) kept.push({ ...stranger, id });
    const { resourceId } = await watch.open(request, never);
    const isAlive = () => watch.isAlive({ id: request.id, resourceId }, never);
    expect(await isAlive()).toBe(true);
    const last = kept.at(-1);
    if (last) last.isActive = false;
    expect(await isAlive()).toBe(false);
    if (last) last.isActive = true;
    kept.pop();
    expect(await isAlive()).toBe(false);
    expect(await watch.isAlive({ id: request.id, resourceId: "" }, never)).toBe(false);
  });

  test("ends where KiotViet answers the same page whatever is asked for", async () => {
    const page = json({ data: [stranger] });
    const { watch, seen } = await hooks(({ method }) => (method === "GET" ? page : null));
    expect(await watch.isAlive({ id: request.id, resourceId: "77" }, never)).toBe(false);
    expect(seen).toHaveLength(2);
  });

  test("says nothing where it cannot see", async () => {
    const { watch } = await hooks(() => own(500, "Exception"));
    await expect(watch.isAlive({ id: request.id, resourceId: "77" }, never)).rejects.toThrow(
      errors.Unavailable,
    );
  });
});
