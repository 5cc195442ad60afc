import type { Collection } from "../connector.ts";
import { CollectionMissing } from "../errors.ts";
import type { Api } from "./api.ts";
import { type DataSource, dataSourceSchema, isTrashed, type Runs } from "./schemas.ts";
import { storable } from "./texts.ts";

/**
 * The data sources that were shared with the connection. The search that finds them lags behind what
 * people do; one that it does not show yet can be named by its id. A database of several data sources
 * is named before each of them.
 */
export async function collections(api: Api, signal: AbortSignal): Promise<Collection[]> {
  const found = (await api.dataSources(signal)).flatMap((entry): DataSource[] => {
    const parsed = dataSourceSchema.safeParse(entry);
    return parsed.success && !isTrashed(parsed.data) ? [parsed.data] : [];
  });
  const byDatabase = new Map<string, DataSource[]>();
  for (const one of found) {
    const database = one.parent.database_id ?? "";
    byDatabase.set(database, [...(byDatabase.get(database) ?? []), one]);
  }
  const all: Collection[] = [];
  for (const [databaseId, sources] of byDatabase) {
    const prefix =
      databaseId !== "" && sources.length > 1 ? await titleOf(api, databaseId, signal) : "";
    for (const { id, title } of sources) {
      const name = prefix + (textOf(title) || id);
      all.push({ id: id.toLowerCase(), name, zone: null, writable: true, primary: false });
    }
  }
  return all;
}

async function titleOf(api: Api, databaseId: string, signal: AbortSignal): Promise<string> {
  try {
    const title = textOf((await api.database(databaseId, signal)).title);
    return title === "" ? "" : `${title} / `;
  } catch (error) {
    if (error instanceof CollectionMissing) return "";
    throw error;
  }
}

function textOf(runs: Runs): string {
  return storable(runs.map((run) => run.plain_text).join(""));
}
