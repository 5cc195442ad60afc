import { randomUUID } from "node:crypto";
import { blankCancelled, pick, sameValue } from "../../sync/change.ts";
import { eventFields, type EventItem } from "../../sync/event.ts";
import { occurrenceOf as occurrenceIn } from "../../sync/recurrence.ts";
import type { Connector, Cursor, Page, RemoteChange, RemoteLiving, Write } from "../connector.ts";
import { CursorExpired, Gone, KeyTaken, PreconditionFailed, Unavailable } from "../errors.ts";
import { createMemoryStore, type MemoryStore, type Stored } from "./store.ts";

/**
 * The smallest connector that keeps the contract: a calendar in memory. It can be pulled and written
 * but not watched, so it has no `watch`; it needs nobody's consent, so it has no `consent`.
 */
export function createMemory(
  store: MemoryStore = createMemoryStore(),
  pageSize = 100,
): Connector<EventItem> {
  return {
    provider: "memory",
    kind: "calendar",
    streams: ["events"],
    fields: eventFields,
    quota: { unitsPerSecond: 1_000, burst: 1_000 },
    checkSettings: () => ({}),
    open: () => ({
      pull: (_stream, cursor, signal) => pull(store, pageSize, cursor, signal),
      write: createWrite(store),
    }),
  };
}

/**
 * A delta lists what changed since `{since}`. A snapshot walks through the ids, so that it can be
 * resumed from `{snapshotId, since, after}`; what changes meanwhile comes with the next delta, since
 * the snapshot ends with the change number it began at.
 */
async function* pull(
  store: MemoryStore,
  pageSize: number,
  cursor: Cursor | null,
  signal: AbortSignal,
): AsyncGenerator<Page<EventItem>> {
  let place = cursor ?? { snapshotId: randomUUID(), since: String(store.changes), after: "" };
  for (let last = false; !last;) {
    if (signal.aborted) throw new Unavailable("stopped by the caller");
    const since = Number(place["since"]);
    if (since < store.forgotten) throw new CursorExpired("the history was forgotten");
    const { snapshotId, after = "" } = place;
    const rest =
      snapshotId === undefined
        ? store.all().filter(({ change }) => change > since)
        : store
            .all()
            .filter(({ id, item }) => item !== null && id > after)
            .sort(byId);
    const entries = rest.slice(0, pageSize);
    last = rest.length <= pageSize;
    const end = entries.at(-1);
    if (snapshotId === undefined) place = { since: String(end?.change ?? since) };
    else place = last ? { since: String(since) } : { ...place, after: end?.id ?? after };
    const changes = entries.map(toChange);
    yield snapshotId === undefined
      ? { extent: "delta", changes, cursor: place, last }
      : { extent: "snapshot", snapshotId, changes, cursor: place, last };
  }
}

function byId(a: Stored, b: Stored): number {
  return a.id < b.id ? -1 : 1;
}

function toChange(stored: Stored): RemoteChange<EventItem> {
  const { id: remoteId, change, updatedAt } = stored;
  return stored.item === null
    ? { state: "deleted", remoteId, version: String(change), updatedAt }
    : toLiving(stored, stored.item);
}

function toLiving(stored: Stored, item: EventItem): RemoteLiving<EventItem> {
  const { id: remoteId, change, updatedAt, key, mark } = stored;
  return {
    state: "living",
    remoteId,
    version: String(change),
    updatedAt,
    item: structuredClone(item),
    ...(key === undefined ? {} : { key }),
    ...(mark === undefined ? {} : { mark }),
  };
}

function createWrite(store: MemoryStore): Write<EventItem> {
  /** Puts what is given over what is there. */
  function put(entry: Omit<Stored, "change" | "updatedAt">, item: EventItem) {
    return toLiving(store.put({ ...entry, item: blankCancelled(item) }), blankCancelled(item));
  }

  function find(id: string): Stored | undefined {
    return store.get(id) ?? occurrenceOf(store, id);
  }

  function atVersion(id: string, version: string | null): Stored | undefined {
    const stored = find(id);
    if (stored && version !== null && version !== String(stored.change)) {
      throw new PreconditionFailed(`${id} is no longer at ${version}`);
    }
    return stored;
  }

  return {
    normalise: blankCancelled,
    timeResolutionMs: 1,

    async create(item, key, mark) {
      const id = `made-${key}`;
      const found = store.get(id);
      if (found === undefined) return put({ id, item, key, mark }, item);
      if (found.item === null || found.key !== key) throw new KeyTaken(`${id} is taken`);
      return toLiving(found, found.item);
    },

    async update(remoteId, item, fields, version, mark) {
      const stored = atVersion(remoteId, version);
      const held = stored?.item;
      if (!stored || !held) throw new Gone(`${remoteId} is not there`);
      const merged = { ...held, fields: { ...held.fields, ...pick(item.fields, fields) } };
      return put({ ...stored, mark }, merged);
    },

    async delete(remoteId, version) {
      const stored = atVersion(remoteId, version);
      if (stored?.item) store.remove(remoteId);
    },

    async restore(remoteId, mark) {
      const held = store.restore(remoteId) ? store.get(remoteId) : undefined;
      if (!held?.item) throw new Gone(`nothing is left of ${remoteId}`);
      return put({ ...held, mark }, held.item);
    },

    async read(remoteId) {
      const stored = find(remoteId);
      if (stored !== undefined) return toChange(stored);
      return { state: "deleted", remoteId, version: null, updatedAt: null };
    },

    async occurrence(master, originalStart) {
      const exception = store
        .all()
        .find(
          ({ item }) => item?.master === master && sameValue(item.originalStart, originalStart),
        );
      const id = `${master} ${JSON.stringify(originalStart)}`;
      const found = exception ?? find(id);
      return found === undefined ? null : toChange(found);
    },
  };
}

/** An occurrence that nobody has changed yet: the master's fields, at its own start. */
function occurrenceOf(store: MemoryStore, id: string): Stored | undefined {
  const [master = "", start = ""] = id.split(" ");
  const stored = store.get(master);
  if (!stored?.item || start === "") return undefined;
  const originalStart = JSON.parse(start) as NonNullable<EventItem["originalStart"]>;
  const fields = occurrenceIn(stored.item.fields, originalStart);
  const { change, updatedAt } = stored;
  return { id, change, updatedAt, item: { fields, master, originalStart } };
}
