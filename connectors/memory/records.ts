import type { Cursor, Page } from "../connector.ts";
import { Gone, Rejected } from "../errors.ts";
import type {
  Content,
  Details,
  RecordChange,
  RecordItem,
  RecordsConnector,
  RecordsRemote,
} from "../records.ts";

interface Kept {
  item: RecordItem;
  /** Rises with every change of the shop, whatever it is of. */
  changedAt: number;
}

/** A pretend provider of records: a shop with items, each of which has parts that no listing shows. */
export interface RecordsStore {
  put(id: string, content: Content, more?: Omit<RecordItem, "content">): void;
  remove(id: string): void;
  /** What belongs to an item, by its own id. */
  setParts(id: string, parts: Readonly<Record<string, Content>>): void;
  items(): ReadonlyMap<string, Kept>;
  parts(id: string): Readonly<Record<string, Content>>;
  /** What a listing shows of what has changed since, by id. */
  listed(since: number): [string, Kept][];
  removedSince(at: number): string[];
  /** An item that listings skip although it is there, as paging over a moving list can. */
  hide(id: string, hidden?: boolean): void;
  now(): number;
}

export function createRecordsStore(): RecordsStore {
  const items = new Map<string, Kept>();
  const parts = new Map<string, Readonly<Record<string, Content>>>();
  const removed: { id: string; at: number }[] = [];
  const hidden = new Set<string>();
  let at = 0;
  return {
    put: (id, content, more = {}) =>
      void items.set(id, { item: { ...more, content }, changedAt: ++at }),
    remove: (id) => {
      if (items.delete(id)) removed.push({ id, at: ++at });
      parts.delete(id);
    },
    setParts: (id, given) => void parts.set(id, given),
    items: () => items,
    parts: (id) => parts.get(id) ?? {},
    listed: (since) =>
      [...items]
        .filter(([id, { changedAt }]) => changedAt > since && !hidden.has(id))
        .toSorted(([a], [b]) => Number(a) - Number(b)),
    removedSince: (since) =>
      removed.flatMap((one) => (one.at > since && !items.has(one.id) ? [one.id] : [])),
    hide: (id, isHidden = true) => void (isHidden ? hidden.add(id) : hidden.delete(id)),
    now: () => at,
  };
}

export interface MemoryRecordsOptions {
  pageSize?: number;
  /** Always lists everything, as a provider without a filter for changes. */
  snapshotOnly?: boolean;
  absences?: number;
  sensitive?: readonly string[];
  /** Called before each request, with its name: may change the shop, or throw what a connector throws. */
  before?(request: string): void | Promise<void>;
}

/**
 * The smallest connector of records that keeps the contract: ids are numbers, and pages follow their order.
 */
export function createMemoryRecords(
  store: RecordsStore,
  options: MemoryRecordsOptions = {},
): RecordsConnector {
  const { absences = 1, sensitive = [] } = options;
  return {
    provider: "memory-records",
    kind: "records",
    streams: ["items"],
    shapes: {
      items: { absences, sensitive },
      parts: { of: "items", absences: 1, sensitive: [] },
    },
    quota: { unitsPerSecond: 1_000_000, burst: 1_000_000 },
    usualEveryHours: 24,
    checkSettings: () => ({ in: "memory" }),
    open: () => openRemote(store, options),
  };
}

function openRemote(store: RecordsStore, options: MemoryRecordsOptions): RecordsRemote {
  const ask = async (request: string) => options.before?.(request);
  return {
    pull: (stream, cursor) => {
      if (stream !== "items") throw new Rejected(`Unknown stream "${stream}": ask for items`);
      return pull(store, options, ask, cursor);
    },
    async read(_stream, id) {
      await ask(`read ${id}`);
      const kept = store.items().get(id);
      return kept
        ? living(id, kept)
        : { state: "deleted", remoteId: id, version: null, updatedAt: null };
    },
    async details(_stream, id): Promise<Details> {
      await ask(`details ${id}`);
      if (!store.items().has(id)) throw new Gone(`details: ${id}`);
      return {
        parts: Object.entries(store.parts(id)).map(([part, content]) => ({
          ...living(part, { item: { content, parentId: id }, changedAt: 0 }),
        })),
      };
    },
  };
}

async function* pull(
  store: RecordsStore,
  { pageSize = 3, snapshotOnly = false }: MemoryRecordsOptions,
  ask: (request: string) => Promise<void>,
  cursor: Cursor | null,
): AsyncGenerator<Page<RecordItem>> {
  let place = placeOf(store, cursor, snapshotOnly);
  for (;;) {
    await ask(`page after ${place.pageToken}`);
    const listed = store.listed(Number(place.since));
    const rows = listed.filter(([id]) => Number(id) > Number(place.pageToken)).slice(0, pageSize);
    const last = rows.length === 0;
    const isDelta = place.snapshotId === "";
    place = { ...place, pageToken: rows.at(-1)?.[0] ?? place.pageToken };
    yield {
      ...(isDelta ? { extent: "delta" } : { extent: "snapshot", snapshotId: place.snapshotId }),
      changes: [
        ...rows.map(([id, kept]) => living(id, kept)),
        ...(last && isDelta ? store.removedSince(Number(place.since)).map(deleted) : []),
      ],
      cursor: last ? { next: place.next } : { ...place },
      last,
      total: listed.length,
    };
    if (last) return;
  }
}

/** Where a listing stands. A delta begins where the pull before it had begun: it repeats, and omits nothing. */
interface Place extends Readonly<Record<string, string>> {
  pageToken: string;
  since: string;
  next: string;
  snapshotId: string;
}

function placeOf(store: RecordsStore, cursor: Cursor | null, snapshotOnly: boolean): Place {
  const { pageToken, since = "0", next = "0", snapshotId = "" } = cursor ?? {};
  if (pageToken !== undefined) return { pageToken, since, next, snapshotId };
  const isSnapshot = snapshotOnly || cursor === null;
  const at = String(store.now());
  const begun = { pageToken: "0", next: at };
  return isSnapshot
    ? { ...begun, since: "0", snapshotId: `at ${at}` }
    : { ...begun, since: next, snapshotId: "" };
}

function living(
  remoteId: string,
  { item, changedAt }: Kept,
): Extract<RecordChange, { state: "living" }> {
  return { state: "living", remoteId, version: String(changedAt), updatedAt: null, item };
}

function deleted(remoteId: string): RecordChange {
  return { state: "deleted", remoteId, version: null, updatedAt: null };
}
