import { inBody } from "./settings.ts";
import { eventFields, type EventItem } from "../../sync/event.ts";
import type { Write, Written } from "../connector.ts";
import { InvalidResponse, KeyTaken, Rejected, Unavailable } from "../errors.ts";
import type { PageBody } from "./api.ts";
import { cannotHold, normalise, toProperties, zoneOf } from "./bodies.ts";
import { type Note, noteText } from "./note.ts";
import type { Made } from "./reader.ts";
import { toRuns } from "./texts.ts";
import type { WriteContext } from "./write.ts";

/**
 * Keys with which a page may just have been made, and until when a search that finds none is not
 * believed: Notion's lists lag behind its writes. Kept in this process alone.
 */
export interface Doubts {
  /** Until when, in milliseconds since the epoch; 0 where there is no doubt. */
  until(key: string, now: number): number;
  add(key: string, now: number): void;
  remove(key: string): void;
}

export function createDoubts(settleMs: number): Doubts {
  const doubts = new Map<string, number>();
  return {
    until(key, now) {
      for (const [one, until] of doubts) if (until <= now) doubts.delete(one);
      return doubts.get(key) ?? 0;
    },
    add: (key, now) => void doubts.set(key, now + settleMs),
    remove: (key) => void doubts.delete(key),
  };
}

interface Calls {
  written(entry: unknown, signal: AbortSignal): Promise<Written<EventItem>>;
  patch(id: string, body: PageBody, signal: AbortSignal): Promise<unknown>;
}

/**
 * Makes a page. Notion takes no id of ours, so that the key is kept on the page, and searched for
 * before anything is made. What remains: a process that dies between a creation and its answer, whose
 * successor searches before Notion's lists show the page. That page then bears the key as well, and is
 * an event of its own.
 */
export function createCreate(
  { api, table, reader, mapping, doubts, now }: WriteContext,
  { written, patch }: Calls,
): Write<EventItem>["create"] {
  /** Writes the page's own id beside the key, which tells it from every copy. */
  async function complete({ page, note }: Made, signal: AbortSignal): Promise<Written<EventItem>> {
    const own = noteText({ ...note, pageId: page.id });
    const properties = { [inBody(mapping.key)]: { rich_text: toRuns(own) } };
    return written(await patch(page.id, { properties }, signal), signal);
  }

  async function make(item: EventItem, key: string, note: Note, signal: AbortSignal) {
    const properties = toProperties(item, eventFields, note, mapping);
    doubts.add(key, now());
    try {
      return await table.forPage(signal, () =>
        api.createPage(mapping.dataSourceId, properties, signal),
      );
    } catch (error) {
      const unknown = error instanceof Unavailable || error instanceof InvalidResponse;
      if (!unknown) doubts.remove(key);
      throw error;
    }
  }

  return async (item, key, mark, signal) => {
    const why = cannotHold(item);
    if (why !== null) throw new Rejected(`Notion cannot hold this event: ${why}`);
    const there = await reader.madeWith(key, false, signal);
    if (there !== null)
      return there.note.pageId === null ? complete(there, signal) : written(there.page, signal);
    if ((await reader.madeWith(key, true, signal)) !== null)
      throw new KeyTaken("a page that was made with this key is in the trash");
    const wait = doubts.until(key, now()) - now();
    if (wait > 0)
      throw new Unavailable("pages.create: whether an earlier try made the page is not known yet", {
        retryAfterMs: wait,
      });
    const normal = normalise(item);
    const note = { key, pageId: null, mark, zone: zoneOf(normal.fields) };
    const entry = await make(normal, key, note, signal);
    return complete({ page: reader.pageOf(entry), note }, signal);
  };
}
