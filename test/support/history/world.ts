import type { Connected } from "../connected.ts";
import type { NotionSide } from "../connected-notion.ts";
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
  /** Pages that people made in Notion. */
  readonly pageIds = new Map<number, string>();
  /** Items that began as copies of a page. */
  readonly copies = new Set<number>();
  /** Set where Notion is a third side. */
  notion: NotionSide | null = null;
  /** What of strangers' things has been touched, in words; set where there are strangers. */
  touched: () => Promise<string[]> = async () => [];
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
    const bornAt = [
      [this.connected.connectionId, this.remoteIds.get(item)],
      [this.notion?.connectionId, this.pageIds.get(item)],
    ] as const;
    for (const [connectionId, remoteId] of bornAt) {
      if (this.eventIds.has(item) || !connectionId || !remoteId) continue;
      const [link] = await this.stack.psql<{ event_id: string }>(
        "select event_id from links where connection_id = $1 and remote_id = $2 and event_id is not null",
        [connectionId, remoteId],
      );
      if (link) this.eventIds.set(item, link.event_id);
    }
    return this.eventIds.get(item) ?? null;
  }

  /** The current one: an item that had to be made again at the provider has another. */
  remoteId(item: number): Promise<string | null> {
    return this.idAt(this.connected.connectionId, item, this.remoteIds);
  }

  /** The page of an item in Notion, where it has one. */
  async pageId(item: number): Promise<string | null> {
    return this.notion ? this.idAt(this.notion.connectionId, item, this.pageIds) : null;
  }

  private async idAt(
    connectionId: string,
    item: number,
    born: ReadonlyMap<number, string>,
  ): Promise<string | null> {
    const eventId = await this.eventId(item);
    if (!eventId) return born.get(item) ?? null;
    const [link] = await this.stack.psql<{ remote_id: string }>(
      "select remote_id from links where connection_id = $1 and event_id = $2 and remote_id is not null",
      [connectionId, eventId],
    );
    return link?.remote_id ?? null;
  }
}
