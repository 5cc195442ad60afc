import type { Page } from "./objects.ts";

interface Past {
  /** What there was; undefined before the page was made. */
  readonly page: Page | undefined;
  readonly until: number;
}

/** What pages were a moment ago, kept only while reads are made to lag behind. */
export class PageHistory {
  readonly #past = new Map<string, Past[]>();

  /** Keeps a page as it is before a change; without one, that it was not there. */
  keep(id: string, page: Page | undefined, now: number, lagMs: number): void {
    if (lagMs === 0) return;
    const recent = (this.#past.get(id) ?? []).filter(({ until }) => until > now - lagMs);
    this.#past.set(id, [...recent, { page: structuredClone(page), until: now }]);
  }

  /** The page as a reader sees it that is so far behind. */
  seen(id: string, page: Page | undefined, now: number, lagMs: number): Page | undefined {
    if (lagMs === 0) return page;
    const past = this.#past.get(id)?.find(({ until }) => until > now - lagMs);
    return past === undefined ? page : past.page;
  }

  /** Pages that are no more, but that such a reader may still see. */
  ids(): Iterable<string> {
    return this.#past.keys();
  }

  clear(): void {
    this.#past.clear();
  }
}
