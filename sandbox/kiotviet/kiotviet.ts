import type { Credentials, SavedShop } from "./acts.ts";
import type { Clock } from "../clock.ts";
import type { Counters } from "../counters.ts";
import { Hooks } from "./during.ts";
import { RateLimit } from "./rate-limit.ts";
import { type Registration, Registrations } from "./registrations.ts";
import { defaultSettings, type KiotVietSettings, kiotVietSettings } from "./settings.ts";
import { Shop } from "./shop.ts";
import { type Token, Tokens } from "./tokens.ts";
import { Webhooks } from "./webhooks.ts";

interface KiotVietSurroundings {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly changed: () => void;
}

export interface SavedKiotViet {
  readonly settings: KiotVietSettings;
  readonly shops: readonly SavedShop[];
  readonly tokens: readonly [string, Token][];
  readonly registrations: readonly Registration[];
}

const DEMO = { retailer: "demo-shop", clientId: "demo-client", clientSecret: "demo-secret" };
const FIRST_RETAILER = 500;

/** Everything the pretend KiotViet holds: shops, none of which knows another. */
export class KiotViet {
  readonly shops = new Map<string, Shop>();
  readonly tokens = new Tokens();
  readonly registrations = new Registrations();
  readonly webhooks: Webhooks;
  /** What will be changed between the calls of a client. */
  readonly hooks = new Hooks();
  readonly limit = new RateLimit();
  readonly clock: Clock;
  readonly counters: Counters;
  settings: KiotVietSettings = defaultSettings();
  readonly #changed: () => void;

  constructor({ clock, counters, changed }: KiotVietSurroundings) {
    this.clock = clock;
    this.counters = counters;
    this.#changed = changed;
    this.webhooks = new Webhooks(this);
    this.addShop(DEMO);
  }

  addShop(given: Omit<Credentials, "retailerId">): Shop {
    const shop = this.#build({ ...given, retailerId: FIRST_RETAILER + this.shops.size }).open();
    this.changed();
    return shop;
  }

  /** The shop of that name; the first there is where none is named. */
  shop(retailer?: string): Shop | undefined {
    return retailer === undefined ? [...this.shops.values()][0] : this.shops.get(retailer);
  }

  shopOfClient(clientId: string): Shop | undefined {
    return [...this.shops.values()].find(({ credentials }) => credentials.clientId === clientId);
  }

  changed(): void {
    this.#changed();
  }

  reset(): void {
    this.shops.clear();
    this.tokens.expire();
    this.registrations.clear();
    this.webhooks.clear();
    this.hooks.clear();
    this.limit.clear();
    this.settings = defaultSettings();
    this.addShop(DEMO);
  }

  save(): SavedKiotViet {
    return {
      settings: this.settings,
      shops: [...this.shops.values()].map((shop) => shop.save()),
      tokens: this.tokens.save(),
      registrations: this.registrations.all(),
    };
  }

  load(saved: SavedKiotViet): void {
    this.settings = kiotVietSettings.parse(saved.settings);
    this.shops.clear();
    for (const { acts, ...credentials } of saved.shops) this.#build(credentials).load(acts);
    this.tokens.load(saved.tokens);
    this.registrations.load(saved.registrations);
  }

  #build(credentials: Credentials): Shop {
    const shop = new Shop(credentials, {
      now: () => this.clock.now(),
      changed: () => this.changed(),
      tell: (teller, change) => this.webhooks.hear(teller, change),
      forgetsReused: () => this.settings.reusedIds === "forget",
    });
    this.shops.set(credentials.retailer, shop);
    return shop;
  }
}
