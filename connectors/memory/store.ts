import type { EventItem } from "../../sync/event.ts";

/** An item as the pretend provider holds it; `item: null` is what remains of a deleted one. */
export interface Stored {
  readonly id: string;
  /** The number of its last change, which is its version as well. */
  readonly change: number;
  readonly updatedAt: number;
  readonly item: EventItem | null;
  readonly key?: string;
  readonly mark?: string;
  /** Of a deleted one: what went with it, itself the first. */
  readonly was?: readonly Stored[];
}

/** The far side of the memory connector. Connections that are given the same store share it. */
export interface MemoryStore {
  put(entry: Omit<Stored, "change" | "updatedAt">): Stored;
  /** Deletes an item and, with a master, its exceptions; leaves one tombstone, the item's own. */
  remove(id: string): void;
  /** Brings back what was removed; false where nothing is left of it. */
  restore(id: string): boolean;
  get(id: string): Stored | undefined;
  /** Everything, tombstones included, in the order of the last change. */
  all(): Stored[];
  readonly changes: number;
  /** Cursors from before this change are no longer known. */
  readonly forgotten: number;
  forgetHistory(): void;
}

export function createMemoryStore(now: () => number = Date.now): MemoryStore {
  const entries = new Map<string, Stored>();
  let changes = 0;
  let forgotten = 0;

  function put(entry: Omit<Stored, "change" | "updatedAt">): Stored {
    const stored = { ...structuredClone(entry), change: ++changes, updatedAt: now() };
    entries.delete(entry.id);
    entries.set(entry.id, stored);
    return stored;
  }

  return {
    put,
    remove(id) {
      const own = entries.get(id);
      const exceptions = [...entries.values()].filter(({ item }) => item?.master === id);
      for (const exception of exceptions) entries.delete(exception.id);
      put({ id, item: null, was: own?.item ? [own, ...exceptions] : [] });
    },
    restore(id) {
      const { item, was = [] } = entries.get(id) ?? {};
      for (const { change: _change, updatedAt: _updatedAt, ...entry } of was) put(entry);
      return Boolean(item) || was.length > 0;
    },
    get: (id) => entries.get(id),
    all: () => [...entries.values()],
    get changes() {
      return changes;
    },
    get forgotten() {
      return forgotten;
    },
    forgetHistory() {
      forgotten = ++changes;
    },
  };
}
