import type { ChannelRequest } from "../connector.ts";
import { Gone } from "../errors.ts";
import type { RecordsWatch } from "../records.ts";
import type { Api, Row } from "./api.ts";
import { idOf } from "./keys.ts";

/** One registration has one type (reference: 8). */
const types = [
  "product.update",
  "product.delete",
  "stock.update",
  "category.update",
  "category.delete",
] as const;

/** A registration has no end, but KiotViet may stop it: it is looked at each day (reference: 8, rule 4). */
const lifeMs = 26 * 3_600_000;

/** How long what a failure leaves behind is cleared away, whoever has stopped waiting. */
const clearingMs = 30_000;

export function createWatch(api: Api, now: () => number): RecordsWatch {
  return {
    async open(request, signal) {
      await clear(api, urlOf(request), signal);
      const ids: string[] = [];
      try {
        for (const type of types) ids.push(await api.register(webhook(type, request), signal));
      } catch (error) {
        await takeBack(api, urlOf(request), ids);
        throw error;
      }
      return { resourceId: ids.join(","), expiresAt: now() + lifeMs };
    },

    close: ({ resourceId }, signal) => removeAll(api, idsIn(resourceId), signal),

    async isAlive({ resourceId }, signal) {
      const all = await registered(api, signal);
      const ids = idsIn(resourceId);
      const isActive = (id: string) => all.get(id)?.["isactive"] === true;
      return ids.length === types.length && ids.every(isActive);
    },
  };
}

function urlOf({ address, id }: ChannelRequest): string {
  return `${address.replace(/\/+$/, "")}/${id}`;
}

function webhook(type: string, request: ChannelRequest) {
  const { secret: Secret } = request;
  const Url = urlOf(request);
  return { Type: type, Url, IsActive: true, Description: "Syncline", Secret } as const;
}

/**
 * Whether one address may be registered twice is not documented (reference: 8): what an opening whose
 * answer was lost has left there would send beside us, with another secret.
 */
async function clear(api: Api, url: string, signal: AbortSignal): Promise<void> {
  const isOurs = (row: Row) => row["url"] === url && types.some((type) => type === row["type"]);
  const all = [...(await registered(api, signal))];
  const ours = all.filter(([, row]) => isOurs(row)).map(([id]) => id);
  await removeAll(api, ours, signal);
}

/** As far as it can be done; what remains is cleared by the next opening. */
async function takeBack(api: Api, url: string, ids: readonly string[]): Promise<void> {
  const signal = AbortSignal.timeout(clearingMs);
  await removeAll(api, ids, signal).catch(() => {});
  await clear(api, url, signal).catch(() => {});
}

/** Removes all it can, and then says what went wrong with the first it could not. */
async function removeAll(api: Api, ids: readonly string[], signal: AbortSignal): Promise<void> {
  let failure: unknown = null;
  for (const id of ids) {
    try {
      await api.unregister(id, signal);
    } catch (error) {
      if (!(error instanceof Gone)) failure ??= error;
    }
  }
  if (failure !== null) throw failure as Error;
}

/** Every registration there is, by its id, until a page shows none that is new. */
async function registered(api: Api, signal: AbortSignal): Promise<Map<string, Row>> {
  const all = new Map<string, Row>();
  for (let at = 0; ;) {
    const query = { pageSize: "100", currentItem: String(at) };
    const { rows } = await api.list("/webhooks", query, signal);
    const before = all.size;
    for (const row of rows) {
      const id = idOf(row["id"]);
      if (id !== null) all.set(String(id), row);
    }
    if (all.size === before) return all;
    at += rows.length;
  }
}

function idsIn(resourceId: string): string[] {
  return resourceId.split(",").filter((id) => /^\d{1,16}$/.test(id));
}
