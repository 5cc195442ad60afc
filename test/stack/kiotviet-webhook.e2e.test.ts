import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { controlOf } from "../sandbox/sandbox-client.ts";
import { ownerOf } from "../support/http.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";

let stack: Stack;
let id: string;
let control: ReturnType<typeof controlOf>;

beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    temporalAddress: inject("temporalAddress"),
    api: true,
  });
  control = controlOf(stack.google.url);
  await control("POST", "/kiotviet/products", [{ id: 11, name: "Trà sen" }]);
  const { call } = await ownerOf(stack);
  const entered = {
    retailer: "demo-shop",
    clientId: "demo-client",
    clientSecret: "demo-secret",
  };
  const made = await call<{ id: string }>("POST", "/connections", {
    provider: "kiotviet",
    entered,
    schedule: null,
  });
  if (made.status !== 201) throw new Error(`no connection: ${made.status}`);
  id = made.body.id;
  await until(async () => (await sessions()).some(({ status }) => status === "completed"));
});
afterAll(() => stack?.stop());

interface Session {
  trigger: string;
  status: string;
  streams: string[];
}

const sessions = (trigger = "manual") =>
  stack.psql<Session>(
    "select trigger, status, streams from sync_sessions where connection_id = $1 and trigger = $2 order by created_at",
    [id, trigger],
  );

const versions = (stream: string) =>
  stack.psql<{ id: string; version: number }>(
    "select remote_id as id, version from records where connection_id = $1 and stream = $2 and state = 'live'",
    [id, stream],
  );

it("what is changed in the shop is here without anybody asking, by a message that the first session has subscribed to", async () => {
  const { webhooks } = await control<{ webhooks: { url: string }[] }>("GET", "/kiotviet/webhooks");
  expect(new Set(webhooks.map(({ url }) => new URL(url).pathname)).size).toBe(1);
  const before = await versions("products");
  await control("POST", "/kiotviet/products", [{ id: 11, name: "Trà sen vàng" }]);
  await until(async () => {
    const [now] = await versions("products");
    return (now?.version ?? 0) > (before[0]?.version ?? 0);
  });
  const [first] = await sessions("webhook");
  expect(first?.streams).toEqual(["products"]);
});

it("what is sold moves the stock of that product, and no list of stock is read", async () => {
  const { branches } = await control<{ branches: { id: number }[] }>("GET", "/kiotviet/state");
  await until(async () =>
    (await sessions("webhook")).every(({ status }) => status === "completed"),
  );
  const before = await versions("inventory");
  const since = (await requests()).at(-1)?.seq ?? 0;
  await control("POST", "/kiotviet/stock", [{ product: 11, branch: branches[0]?.id, by: 5 }]);
  await until(async () => {
    const now = await versions("inventory");
    return now.some(
      ({ id: of, version }) => version > (before.find((one) => one.id === of)?.version ?? 0),
    );
  });
  const paths = (await requests()).filter(({ seq }) => seq > since).map(({ path }) => path);
  expect(paths.some((path) => path.includes("/products/11"))).toBe(true);
  expect(paths.filter((path) => path.includes("/productOnHands"))).toEqual([]);
  const { deliveries } = await control<{ deliveries: { status: number | null }[] }>(
    "GET",
    "/kiotviet/deliveries",
  );
  expect(new Set(deliveries.map(({ status }) => status))).toEqual(new Set([200]));
});

const requests = () => stack.google.requests();
