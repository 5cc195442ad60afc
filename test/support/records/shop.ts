import type { Fault } from "../google.ts";
import type { Stack } from "../stack.ts";
import type { Random } from "./draw.ts";
import { shopFault } from "./faults.ts";
import { drawChange, type Known } from "./shop-changes.ts";
import { readShopLog, type ShopState, shopRecords } from "./shop-log.ts";
import { controlOf, type Once, type Side, unlessRefused } from "./side.ts";

const lists = ["/categories", "/products", "/productOnHands"];

interface Hook {
  rule: { shop?: string; times: number; changes: object[] };
  given: number;
}

/** A shop of its own in the pretend KiotViet. */
export async function openShop(stack: Stack, seed: number, random: Random): Promise<Side> {
  const control = controlOf(stack.google.url, "kiotviet");
  const entered = { retailer: `shop-${seed}`, clientId: `client-${seed}`, clientSecret: "secret" };
  await control("POST", "/shops", entered);
  await control("POST", `/seed?shop=${entered.retailer}`, {
    categories: 2 + random.upTo(4),
    products: 4 + random.upTo(10),
    branches: 1 + random.upTo(1),
    seed,
    fresh: random.chance(0.5),
  });
  // All shops of the sandbox share its manners: those of a history may change with another's.
  await control("POST", "/settings", {
    removedKey: random.pick([null, "removedIds", "RemoveIds", "removeId", "REMOVEDID"]),
    reusedIds: random.pick(["forget", "keep"]),
    absent: random.pick(["null", "missing", "mixed"]),
    categoryDetail: random.pick(["data", "bare"]),
    deletionShape: random.pick(["removeId", "notifications"]),
  });
  return new Shop(control, entered);
}

class Shop implements Side {
  readonly body: object;
  readonly streams = ["categories", "products", "inventory"];
  readonly #control: ReturnType<typeof controlOf>;
  readonly #retailer: string;
  readonly #gone = { products: new Set<number>(), categories: new Set<number>() };
  #made = 0;
  #isRefused = false;

  constructor(control: ReturnType<typeof controlOf>, entered: { retailer: string }) {
    this.#control = control;
    this.#retailer = entered.retailer;
    this.body = { provider: "kiotviet", entered, schedule: null };
  }

  async change(random: Random, once: Once): Promise<void> {
    const changes = await this.#draw(random, once, 1 + random.upTo(6));
    if (changes.length === 0) return;
    // In one request: most of them bear the same time.
    await this.#control("POST", `/changes?shop=${this.#retailer}`, changes).catch(unlessRefused);
  }

  async changeWhileRead(random: Random, once: Once): Promise<void> {
    for (let hooks = random.upTo(4); hooks > 0; hooks--) {
      const changes = await this.#draw(random, once, 1 + random.upTo(1));
      const [path, moment] = [random.pick(lists), random.pick(["before", "after"])];
      const hook = { shop: this.#retailer, path, moment, nth: 1 + random.upTo(2), changes };
      if (changes.length > 0) await this.#control("POST", "/during", hook);
    }
  }

  async #draw(random: Random, once: Once, count: number) {
    const next = () => 20_000 + this.#made++;
    const known: Known = { ...(await this.#state()), gone: this.#gone, next };
    const changes = Array.from({ length: count }, () => drawChange(known, random, once));
    // Refused where the category is in use, which would keep back those after it.
    return changes
      .flatMap((change) => change ?? [])
      .toSorted((a, b) => Number(a.do === "deleteCategory") - Number(b.do === "deleteCategory"));
  }

  async pending(): Promise<string[]> {
    const { hooks } = await this.#control<{ hooks: Hook[] }>("GET", "/during");
    return hooks
      .filter(({ rule, given }) => rule.shop === this.#retailer && given < rule.times)
      .flatMap(({ rule }) => rule.changes.flatMap((change) => keysIn(change)));
  }

  /** A token that is refused twice in a row is one that a person has to see to: it is refused once a round. */
  fault(random: Random): Fault {
    const fault = shopFault(random, this.#retailer, [...lists, "/products/"]);
    if (fault.status !== 401) return fault;
    const isAgain = this.#isRefused;
    this.#isRefused = true;
    return isAgain ? { ...fault, status: 503 } : fault;
  }

  /** Messages go astray, or come twice, late or forged. */
  async disturb(random: Random): Promise<void> {
    this.#isRefused = false;
    const modes = ["normal", "drop", "double", "shuffle", "wrongSignature"];
    const mode = { mode: random.pick(modes), times: 1 + random.upTo(5) };
    await this.#control("POST", "/webhooks/mode", mode);
  }

  async relieve(): Promise<void> {}
  async settle(): Promise<void> {}

  quietSessions(): number {
    return 1;
  }

  log() {
    return readShopLog(this.#control, this.#retailer);
  }

  async state() {
    return shopRecords(await this.#state());
  }

  #state(): Promise<ShopState> {
    return this.#control<ShopState>("GET", `/state?shop=${this.#retailer}`);
  }
}

/** Everything of what a change names: a product with its stock, a category. */
function keysIn(change: object): string[] {
  const { product, category, id } = change as {
    product?: { id: number } | number;
    category?: { id: number };
    id?: number;
  };
  const ids = [typeof product === "object" ? product.id : product, category?.id, id];
  return ids.flatMap((one) => (one === undefined ? [] : [`${one}`]));
}
