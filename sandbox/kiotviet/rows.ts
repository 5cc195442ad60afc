import type { Row } from "./objects.ts";

/** A table in the order of its ids, with the ids that were removed from it. */
export class Rows<T extends Row> {
  /** Every removed id, with the time of its removal. */
  readonly removed = new Map<number, number>();
  /** The smallest id that nobody has had. */
  nextId: number;
  readonly #rows: T[] = [];
  /** When each row was last changed: numbers side by side, because a hundred thousand are looked through for each delta. */
  readonly #times: number[] = [];
  readonly #results = new Map<string, readonly T[]>();

  constructor(firstId: number) {
    this.nextId = firstId;
  }

  get all(): readonly T[] {
    return this.#rows;
  }

  get(id: number): T | undefined {
    const row = this.#rows[this.#place(id)];
    return row?.id === id ? row : undefined;
  }

  /** Rows whose ids lie from `first` up to, not including, `end`. */
  between(first: number, end: number): T[] {
    return this.#rows.slice(this.#place(first), this.#place(end));
  }

  /** Rows changed at this time or later. */
  since(from: number): T[] {
    const found: T[] = [];
    for (let at = 0; at < this.#times.length; at += 1) {
      const row = this.#rows[at];
      if ((this.#times[at] ?? 0) >= from && row !== undefined) found.push(row);
    }
    return found;
  }

  /** Puts a row where its id belongs, and tells which one it replaces. */
  put(row: T): T | undefined {
    const at = this.#place(row.id);
    const before = this.#rows[at];
    const replaces = before?.id === row.id;
    const time = row.modifiedAt ?? row.createdAt;
    // Ids mostly rise: appending is what makes filling fast.
    if (at === this.#rows.length) {
      this.#rows.push(row);
      this.#times.push(time);
    } else {
      this.#rows.splice(at, replaces ? 1 : 0, row);
      this.#times.splice(at, replaces ? 1 : 0, time);
    }
    this.nextId = Math.max(this.nextId, row.id + 1);
    this.#results.clear();
    return replaces ? before : undefined;
  }

  drop(id: number, now: number): T | undefined {
    const at = this.#place(id);
    const row = this.#rows[at];
    if (row?.id !== id) return undefined;
    this.#rows.splice(at, 1);
    this.#times.splice(at, 1);
    this.removed.set(id, now);
    this.#results.clear();
    return row;
  }

  /** What a query finds, worked out once and kept until something changes: the pages of a list ask for it again and again. */
  found(query: string, look: () => readonly T[]): readonly T[] {
    const known = this.#results.get(query) ?? look();
    if (this.#results.size > 20) this.#results.clear();
    this.#results.set(query, known);
    return known;
  }

  /** Where the id is, or would be. */
  #place(id: number): number {
    const last = this.#rows.at(-1);
    if (last === undefined || last.id < id) return this.#rows.length;
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#rows[middle]?.id ?? 0) < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
