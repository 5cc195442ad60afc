import type { Json } from "../json.ts";

/** A value that a person had set, and that a connection replaced without having read it. */
export interface Overwritten {
  readonly page: string;
  readonly property: string;
  readonly value: Json;
}

/**
 * Keeps track of what nobody could prevent: Notion has no compare-and-swap, so a person's edit that falls
 * between a connection's read and its write of the same property is lost. Not saved with the state.
 */
export class Unseen {
  overwritten: Overwritten[] = [];
  #moment = 0;
  readonly #edits = new Map<string, number>();
  readonly #reads = new Map<string, number>();

  /** A connection was shown a page as it is; one that is shown what was before has not seen what came since. */
  read(botId: string, pageId: string): void {
    this.#reads.set(`${botId} ${pageId}`, ++this.#moment);
  }

  /** A person has set these properties of a page. */
  edited(pageId: string, properties: readonly string[]): void {
    for (const property of properties) this.#edits.set(`${pageId} ${property}`, ++this.#moment);
  }

  /** A connection has replaced these values of a page. */
  replaced(botId: string, pageId: string, before: Readonly<Record<string, Json>>): void {
    const read = this.#reads.get(`${botId} ${pageId}`) ?? 0;
    for (const [property, value] of Object.entries(before)) {
      const edited = this.#edits.get(`${pageId} ${property}`) ?? 0;
      if (edited > read) this.overwritten.push({ page: pageId, property, value });
    }
  }

  clear(): void {
    this.overwritten = [];
    this.#edits.clear();
    this.#reads.clear();
  }
}
