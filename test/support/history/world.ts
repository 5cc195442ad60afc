import type { Connected } from "../connected.ts";
import type { Stack } from "../stack.ts";
import type { Books } from "./books.ts";
import type { Op } from "./plan.ts";

export type Create = Extract<Op, { do: "create" }>;
export type Edit = Extract<Op, { do: "edit" }>;
export type Occurrence = Extract<Op, { do: "occurrence" }>;

/** What a person does on one side. Nothing happens where there is nothing (any more) to do it to. */
export interface Person {
  create(op: Create): Promise<void>;
  edit(op: Edit): Promise<void>;
  occurrence(op: Occurrence): Promise<void>;
  delete(item: number): Promise<void>;
}

/** Where a history takes place, and what each item is called on either side. */
export class World {
  readonly eventIds = new Map<number, string>();
  readonly remoteIds = new Map<number, string>();
  readonly stack: Stack;
  readonly connected: Connected;
  readonly books: Books;
  readonly seed: number;

  constructor(stack: Stack, connected: Connected, books: Books, seed: number) {
    this.stack = stack;
    this.connected = connected;
    this.books = books;
    this.seed = seed;
  }

  /** Text that no other operation of any history writes. */
  marker(n: number): string {
    return `m${this.seed}.${n}.`;
  }

  async eventId(item: number): Promise<string | null> {
    const remoteId = this.remoteIds.get(item);
    if (!this.eventIds.has(item) && remoteId) {
      const [link] = await this.stack.psql<{ event_id: string }>(
        "select event_id from links where connection_id = $1 and remote_id = $2 and event_id is not null",
        [this.connected.connectionId, remoteId],
      );
      if (link) this.eventIds.set(item, link.event_id);
    }
    return this.eventIds.get(item) ?? null;
  }

  /** The current one: an item that had to be made again at the provider has another. */
  async remoteId(item: number): Promise<string | null> {
    const eventId = await this.eventId(item);
    if (!eventId) return this.remoteIds.get(item) ?? null;
    const [link] = await this.stack.psql<{ remote_id: string }>(
      "select remote_id from links where connection_id = $1 and event_id = $2 and remote_id is not null",
      [this.connected.connectionId, eventId],
    );
    return link?.remote_id ?? null;
  }
}
