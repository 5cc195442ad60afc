import type { Expected } from "../database.ts";
import { pagesOf, type Product } from "../rivals/products.ts";
import { callerOf, hashOf } from "../sandbox.ts";

const categories = 100;
const unlimited = 1_000_000_000;
const overAnHourMs = 61 * 60_000;

export type ShopControl = ReturnType<typeof createShopControl>;

/** The pretend KiotViet as a shop's people, and as whoever sets the stage. */
export function createShopControl(url: string) {
  const call = callerOf(url);
  const apiUrl = `${url}/kiotviet`;
  const token = (retailer: string) => tokenOf(apiUrl, retailer);
  return {
    apiUrl,
    token,
    /** Without a limit: what is measured is ours, not how long one waits for KiotViet's quota. */
    async makeShops(shops: Readonly<Record<string, number>>): Promise<void> {
      await call("POST", "/sandbox/kiotviet/settings", { getsPerHour: unlimited });
      for (const [retailer, products] of Object.entries(shops)) {
        await call("POST", "/sandbox/kiotviet/shops", { retailer });
        const seed = { products, categories };
        await call("POST", `/sandbox/kiotviet/seed?shop=${retailer}`, seed);
      }
    },
    /** Changes the prices of so many products, and sends no message of it. */
    async touch(retailer: string, products: number): Promise<void> {
      const seed = Math.floor(Math.random() * 1_000_000);
      const change = { products, what: "price", seed, tell: false };
      await call("POST", `/sandbox/kiotviet/touch?shop=${retailer}`, change);
    },
    /** KiotViet's clock moves on: what was changed before is outside every look for changes. */
    async anHourLater(): Promise<void> {
      const { offsetMs } = (await call("GET", "/sandbox/clock")) as { offsetMs: number };
      await call("POST", "/sandbox/clock", { offsetMs: offsetMs + overAnHourMs });
    },
    async expected(retailer: string): Promise<Expected> {
      const { accessToken } = await token(retailer);
      const nowhere = { databaseUrl: "", companyId: "", connectionId: "" };
      const lines: ReturnType<typeof lineOf>[] = [];
      for await (const { data } of pagesOf({ apiUrl, retailer, accessToken, ...nowhere }))
        for (const product of data) lines.push(lineOf(product));
      return { count: lines.length, hash: hashOf(lines) };
    },
  };
}

async function tokenOf(apiUrl: string, retailer: string) {
  const entered = { clientId: `${retailer}-client`, clientSecret: `${retailer}-secret` };
  const form = {
    scopes: "PublicApi.Access",
    grant_type: "client_credentials",
    client_id: entered.clientId,
    client_secret: entered.clientSecret,
  };
  const body = new URLSearchParams(form);
  const answer = await fetch(`${apiUrl}/connect/token`, { method: "POST", body });
  if (!answer.ok) throw new Error(`token: ${answer.status}`);
  const { access_token: accessToken } = (await answer.json()) as { access_token: string };
  return { accessToken, entered: { retailer, ...entered } };
}

/** One product as one line, as `fieldsIn` reads it from a table; equal lines are equal products. */
function lineOf(product: Product): (string | null)[] {
  const { id, code, name, description, categoryId, basePrice, unit, isActive, images } = product;
  const texts = [id, code, name, description, categoryId, basePrice, unit, isActive];
  const line = texts.map((value) => (value === null ? null : String(value)));
  return [...line, images[0]?.Image ?? null];
}

/** The same line out of a column with a product's JSON; where its first image stands differs. */
export function fieldsIn(column: string, image: string): string {
  const names = ["code", "name", "description", "categoryId", "basePrice", "unit", "isActive"];
  return [...names.map((name) => `${column}->>'${name}'`), `${column}#>>'${image}'`].join(", ");
}
