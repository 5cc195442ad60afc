import { z } from "zod";
import type { DemoOptions } from "./demo.ts";
import { callJson } from "./http-json.ts";

const connection = z.object({ id: z.string() });
const employesToken = z.object({ token: z.string(), companyId: z.string() });

/** The shop that the pretend KiotViet has from its start, and who may read it. */
const shop = { retailer: "demo-shop", clientId: "demo-client", clientSecret: "demo-secret" };

export type RecordsProvider = "kiotviet" | "employes";

/** Fills the pretend provider; answers what a person would enter to connect it. */
const fill: Record<
  RecordsProvider,
  (sandboxUrl: string) => Promise<{ entered: Record<string, string>; settings?: object }>
> = {
  async kiotviet(sandboxUrl) {
    const body = { categories: 12, products: 240, branches: 2, seed: 1 };
    await callJson(`${sandboxUrl}/sandbox/kiotviet/seed`, { method: "POST", body });
    return { entered: shop };
  },
  async employes(sandboxUrl) {
    const employes = `${sandboxUrl}/sandbox/employes`;
    await callJson(`${employes}/seed`, { method: "POST", body: { employees: 24, seed: 1 } });
    const { token, companyId } = employesToken.parse(await callJson(`${employes}/token`));
    return { entered: { token }, settings: { companyId } };
  },
};

/** Connects a shop or a company's people as anybody would with curl; answers the connection. */
export async function connectPretend(
  options: DemoOptions,
  provider: RecordsProvider,
  key: string,
): Promise<string> {
  const answer = await callJson(`${options.apiUrl}/api/connections`, {
    method: "POST",
    key: options.apiKey,
    idempotencyKey: `demo-${provider}-${key}`,
    body: { provider, ...(await fill[provider](options.sandboxUrl)) },
  });
  return connection.parse(answer).id;
}
