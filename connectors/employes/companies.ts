import type { Collection, Settings } from "../connector.ts";
import { CollectionMissing, Forbidden, Rejected } from "../errors.ts";
import type { Api } from "./api.ts";
import { companySchema } from "./schemas.ts";
import { zone } from "./values.ts";

const mostPages = 100;

/** The companies that a token reaches (reference: 2). One that is alone is the one that is meant. */
export async function collections(api: Api, signal: AbortSignal): Promise<Collection[]> {
  const names = new Map<string, string>();
  for (let page = 1; page <= mostPages; page++) {
    const { rows, pages } = await api.companies(page, signal);
    for (const row of rows) {
      const company = companySchema.safeParse(row).data;
      if (company) names.set(company.id, company.name || company.id);
    }
    if (rows.length === 0 || page >= (pages ?? 1)) break;
  }
  const primary = names.size === 1;
  return [...names].map(([id, name]) => ({ id, name, zone, writable: false, primary }));
}

/** Asks whether the company is within reach. @throws Rejected */
export async function prepare(
  api: Api,
  settings: Settings,
  signal: AbortSignal,
): Promise<Settings> {
  try {
    await api.company(signal);
    return settings;
  } catch (error) {
    if (!(error instanceof CollectionMissing || error instanceof Forbidden)) throw error;
    throw new Rejected(
      `companyId: ${settings["companyId"] ?? ""} is no company that this token reaches: choose another, or enter a token of that company`,
    );
  }
}
