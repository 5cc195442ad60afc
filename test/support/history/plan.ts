/** What happens in a history, decided by its seed alone: the same seed gives the same operations (I19). */
export type Side = "here" | "google" | "notion";
export type Shape = "timed" | "all-day" | "series";
export type EditedField = "title" | "description" | "location" | "move" | "all-day" | "length";

export type Op =
  | { do: "create"; side: Side; item: number; shape: Shape; n: number }
  | { do: "edit"; side: Side; item: number; field: EditedField; n: number }
  | {
      do: "occurrence";
      side: Side;
      item: number;
      day: number;
      what: "rename" | "move" | "cancel";
      n: number;
    }
  | { do: "delete"; side: Side; item: number }
  | { do: "fault"; fault: number }
  | { do: "forget sync tokens" }
  /** Somebody copies a page in Notion and gives the copy a title of its own: a new item. */
  | { do: "duplicate"; of: number; item: number; n: number }
  | { do: "notion fault"; fault: number }
  | { do: "lose cursors" }
  | { do: "kill" }
  | { do: "ring" }
  | { do: "wait"; ms: number }
  /** Rings and waits for the end: what is there is on both sides from here on. */
  | { do: "sync" };

interface Item {
  shape: Shape;
  bornAt: Side;
  shared: boolean;
}

const mostDeletions = 6;

/** Small, quick and the same everywhere (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function planHistory(seed: number, faults: number): Op[] {
  const random = randomOf(seed);
  const upTo = (n: number) => Math.floor(random() * n);
  const one = <T>(...from: T[]): T => from[upTo(from.length)] as T;
  const side = (): Side => one("here", "google");
  const items: Item[] = [];
  let n = 0;
  let deletions = 0;

  const create = (): Op => {
    const op: Op = {
      do: "create",
      side: side(),
      item: items.length,
      shape: one<Shape>("timed", "timed", "all-day", "series"),
      n: n++,
    };
    items.push({ shape: op.shape, bornAt: op.side, shared: false });
    return op;
  };
  const change = (): Op => {
    const item = upTo(items.length);
    const found = items[item] as Item;
    const at = found.shared ? side() : found.bornAt;
    const kind = random();
    if (kind < 0.12 && deletions < mostDeletions) {
      deletions += 1;
      return { do: "delete", side: at, item };
    }
    if (found.shape === "series" && kind < 0.6) {
      return {
        do: "occurrence",
        side: at,
        item,
        day: 1 + upTo(4),
        what: one("rename", "rename", "move", "cancel"),
        n: n++,
      };
    }
    const texts: EditedField[] = ["title", "title", "description", "location"];
    const field =
      found.shape === "series" ? one(...texts, "length") : one(...texts, "move", "all-day");
    return { do: "edit", side: at, item, field, n: n++ };
  };
  const sync = (): Op => {
    for (const item of items) item.shared = true;
    return { do: "sync" };
  };
  const next = (): Op => {
    const kind = random();
    if (kind < 0.12) return create();
    if (kind < 0.66) return change();
    if (kind < 0.8) return { do: "fault", fault: upTo(faults) };
    if (kind < 0.83) return { do: "forget sync tokens" };
    if (kind < 0.9) return { do: "ring" };
    return kind < 0.95 ? { do: "wait", ms: 20 + upTo(200) } : sync();
  };
  const length = 24 + upTo(24);
  return [create(), create(), create(), sync(), ...Array.from({ length }, next)];
}
