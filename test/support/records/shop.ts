import type { Fault } from "../google.ts";
import type { Stack } from "../stack.ts";
import type { Random } from "./draw.ts";
import { drawChange, type Known } from "./shop-changes.ts";
import { readShopLog, type ShopState, shopRecords } from "./shop-log.ts";
import { controlOf, type Once, Refused, type Side } from "./side.ts";

const paths = ["/categories", "/products", "/productOnHands"];
const removedKeys = [null, "removedIds", "RemoveIds", "removeId", "REMOVEDID"];

/** A shop of its own in the pretend KiotViet. */
export async function openShop(stack: Stack, seed: number, random: Random): Promise<Side> {
  const control = controlOf(stack.google.url, "kiotviet");
  const retailer = `shop-${seed}`;
  const at = `?shop=${retailer}`;
  const { clientId, clientSecret } = await control<Record<string, string>>("POST", "/shops", {
    retailer,
  });
  await control("POST", `/seed${at}`, {
    categories: 2 + random.upTo(4),
    products: 4 + random.upTo(10),
    branches: 1 + random.upTo(1),
    seed,
    fresh: random.chance(0.5),
  });
  // All shops of the sandbox share its manners: those of a history may change with another's.
  await control("POST", "/settings", {
    removedKey: random.pick(removedKeys),
    reusedIds: random.pick(["forget", "keep"]),
    fraction: random.pick(["natural", "0", "3", "7"]),
    absent: random.pick(["null", "missing", "mixed"]),
    categoryDetail: random.pick(["data", "bare"]),
    deletionShape: random.pick(["removeId", "notifications"]),
  });
  const state = () => control<ShopState>("GET", `/state${at}`);
  const gone = { products: new Set<number>(), categories: new Set<number>() };
  let made = 0;
  const draw = async (once: Once, count: number, by: Random) => {
    const known: Known = { ...(await state()), gone, next: () => 20_000 + made++ };
    const changes = Array.from({ length: count }, () => drawChange(known, by, once));
    // Refused where the category is in use, which would keep back those after it.
    return changes
      .flatMap((change) => change ?? [])
      .toSorted((a, b) => Number(a.do === "deleteCategory") - Number(b.do === "deleteCategory"));
  };
  return {
    body: { provider: "kiotviet", entered: { retailer, clientId, clientSecret }, schedule: null },
    streams: ["categories", "products", "inventory"],
    async change(by, once) {
      const changes = await draw(once, 1 + by.upTo(6), by);
      if (changes.length > 0) await control("POST", `/changes${at}`, changes).catch(unlessRefused);
    },
    async changeWhileRead(by, once) {
      for (let hooks = by.upTo(4); hooks > 0; hooks--) {
        const changes = await draw(once, 1 + by.upTo(1), by);
        const [path, moment, nth] = [by.pick(paths), by.pick(["before", "after"]), 1 + by.upTo(2)];
        const hook = { shop: retailer, path, moment, nth, changes };
        if (changes.length > 0) await control("POST", "/during", hook);
      }
    },
    pending: async () =>
      pendingIn((await control<{ hooks: Hook[] }>("GET", "/during")).hooks, retailer),
    fault: (by) => faultOf(by, retailer),
    disturb: async (by) => {
      const modes = ["normal", "drop", "double", "shuffle", "wrongSignature"];
      await control("POST", "/webhooks/mode", { mode: by.pick(modes), times: 1 + by.upTo(5) });
    },
    relieve: async () => undefined,
    settle: async () => undefined,
    quietSessions: () => 1,
    log: () => readShopLog(control, retailer),
    state: async () => shopRecords(await state()),
  };
}

interface Hook {
  rule: { shop?: string; times: number; changes: object[] };
  given: number;
}

/** Everything of what a change names: a product with its stock, a category. */
function pendingIn(hooks: readonly Hook[], retailer: string): string[] {
  return hooks
    .filter(({ rule, given }) => rule.shop === retailer && given < rule.times)
    .flatMap(({ rule }) => rule.changes.flatMap((change) => keysIn(change)));
}

function keysIn(change: object): string[] {
  const { product, category, id } = change as {
    product?: { id: number } | number;
    category?: { id: number };
    id?: number;
  };
  const ids = [typeof product === "object" ? product.id : product, category?.id, id];
  return ids.flatMap((one) => (one === undefined ? [] : [`${one}`]));
}

function faultOf(random: Random, retailer: string): Fault {
  const path = `/kiotviet${random.pick([...paths, "/products/"])}`;
  const match = { path, headers: { Retailer: retailer } };
  const nth = random.chance(0.5) ? 1 : 2 + random.upTo(2);
  return { match, nth, ...random.pick(faults) };
}

/** One page fails, or every answer is late for a while. */
export const faults: Omit<Fault, "match">[] = [
  { status: 500, times: 3 },
  { status: 502, kind: "body", body: "html" },
  { status: 429 },
  { status: 401 },
  { kind: "reset" },
  { kind: "reset", phase: "after" },
  { kind: "timeout", delayMs: 100 },
  { kind: "body", body: "truncated", phase: "after" },
  { kind: "body", body: "empty-list", phase: "after" },
  { kind: "body", body: "empty-list", phase: "after" },
  { kind: "body", body: "empty-list", phase: "after", times: 2 },
  { kind: "body", body: "garbage" },
  { kind: "delay", delayMs: 120, times: 5 },
];

export function unlessRefused(error: unknown): void {
  if (!(error instanceof Refused)) throw error;
}
