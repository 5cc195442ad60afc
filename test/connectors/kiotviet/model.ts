import type { Api, Listed, Row } from "../../../connectors/kiotviet/api.ts";
import { localOf } from "../../../connectors/kiotviet/times.ts";

/** A list as the reference describes it, in which something may happen before each answer. */
export class Model {
  readonly rows = new Map<number, { name: string; modified: number }>();
  readonly removed = new Map<number, number>();
  requests = 0;
  /** The newest first, whatever order is asked for. */
  isReversed = false;
  /** Called before each answer. */
  happens: () => void = () => {};
  now = Date.UTC(2026, 2, 2, 8);

  write(id: number, name: string): void {
    this.rows.set(id, { name, modified: this.now });
  }

  remove(id: number): void {
    if (this.rows.delete(id)) this.removed.set(id, this.now);
  }

  get ids(): number[] {
    return [...this.rows.keys()].toSorted((a, b) => a - b);
  }

  get names(): Record<string, string> {
    return Object.fromEntries([...this.rows].map(([id, { name }]) => [id, name]));
  }

  get api(): Api {
    const list = async (_path: string, query: Readonly<Record<string, string>>) => {
      this.happens();
      this.requests++;
      return this.answer(query);
    };
    return { list } as unknown as Api;
  }

  private answer(query: Readonly<Record<string, string>>): Listed {
    // Cut to the second, as what is asked for is.
    const from = query["lastModifiedFrom"] ?? "";
    const isSince = (time: number) => localOf(time) >= from;
    const order = this.isReversed ? this.ids.toReversed() : this.ids;
    const found = order.filter((id) => isSince(this.rows.get(id)?.modified ?? 0));
    const at = Number(query["currentItem"]);
    const size = Number(query["pageSize"]);
    const wanted = query["includeRemoveIds"] === "true" && from !== "";
    const gone = [...this.removed].filter(([, time]) => isSince(time)).map(([id]) => id);
    return {
      rows: found.slice(at, at + size).map((id) => this.row(id)),
      total: found.length,
      pageSize: size,
      removed: wanted ? gone : [],
      timestamp: localOf(this.now),
      answer: { status: 200, headers: new Headers(), text: "", sentAt: 0, receivedAt: 0 },
    };
  }

  private row(id: number): Row {
    const { name, modified } = this.rows.get(id) ?? { name: "", modified: 0 };
    return { id, name, createddate: "2026-01-05T09:10:00", modifieddate: localOf(modified) };
  }
}
