/** What reached the providers, counted by the calls that were applied. */
export interface Counts {
  reads: number;
  writes: number;
  byMethod: Record<string, number>;
  perEvent: Record<string, number>;
  /** Calls about one Notion page. */
  perPage: Record<string, { reads: number; writes: number }>;
  listPages: number;
  notificationsSent: number;
  guestsMailed: number;
}

export interface Counters {
  read(method: string, pageId?: string): void;
  write(method: string, eventId?: string): void;
  writePage(method: string, pageId?: string): void;
  add(name: "listPages" | "notificationsSent" | "guestsMailed", by?: number): void;
  counts(): Counts;
  reset(): void;
}

function noCounts(): Counts {
  return {
    reads: 0,
    writes: 0,
    byMethod: {},
    perEvent: {},
    perPage: {},
    listPages: 0,
    notificationsSent: 0,
    guestsMailed: 0,
  };
}

export function createCounters(): Counters {
  let counts = noCounts();
  const bump = (table: Record<string, number>, key: string): void => {
    table[key] = (table[key] ?? 0) + 1;
  };
  const bumpPage = (pageId: string | undefined, kind: "reads" | "writes"): void => {
    if (pageId !== undefined) (counts.perPage[pageId] ??= { reads: 0, writes: 0 })[kind] += 1;
  };
  return {
    read: (method, pageId) => {
      counts.reads += 1;
      bump(counts.byMethod, method);
      bumpPage(pageId, "reads");
    },
    writePage: (method, pageId) => {
      counts.writes += 1;
      bump(counts.byMethod, method);
      bumpPage(pageId, "writes");
    },
    write: (method, eventId) => {
      counts.writes += 1;
      bump(counts.byMethod, method);
      if (eventId !== undefined) bump(counts.perEvent, eventId);
    },
    add: (name, by = 1) => {
      counts[name] += by;
    },
    counts: () => counts,
    reset: () => {
      counts = noCounts();
    },
  };
}
