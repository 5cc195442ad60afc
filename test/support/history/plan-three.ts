import { type EditedField, type Op, randomOf, type Shape, type Side } from "./plan.ts";

interface Item {
  shape: Shape;
  bornAt: Side;
  shared: boolean;
}

const mostDeletions = 6;

/** A history of three sides: our own, Google and Notion, which knows no series. The seed alone decides. */
export function planThree(seed: number, faults: { google: number; notion: number }): Op[] {
  const random = randomOf(seed + 100_000);
  const upTo = (n: number) => Math.floor(random() * n);
  const one = <T>(...from: T[]): T => from[upTo(from.length)] as T;
  const items: Item[] = [];
  let n = 0;
  let deletions = 0;

  const add = (item: Omit<Item, "shared">): number => items.push({ ...item, shared: false }) - 1;
  const create = (): Op => {
    const side = one<Side>("here", "google", "notion");
    const plain = one<Shape>("timed", "timed", "all-day");
    const shape = side === "notion" ? plain : one<Shape>(plain, plain, "series");
    return { do: "create", side, item: add({ shape, bornAt: side }), shape, n: n++ };
  };
  const change = (): Op => {
    const item = upTo(items.length);
    const { shape, shared, bornAt } = items[item] as Item;
    const anywhere: Side[] = shape === "series" ? ["here", "google"] : ["here", "google", "notion"];
    const side = shared ? one(...anywhere) : bornAt;
    const kind = random();
    if (kind < 0.1 && deletions < mostDeletions) {
      deletions += 1;
      return { do: "delete", side, item };
    }
    if (shape === "series" && kind < 0.5) {
      const what = one("rename" as const, "rename" as const, "move" as const, "cancel" as const);
      return { do: "occurrence", side, item, day: 1 + upTo(4), what, n: n++ };
    }
    if (shape !== "series" && shared && kind > 0.95) {
      return { do: "duplicate", of: item, item: add({ shape, bornAt: "notion" }), n: n++ };
    }
    const texts: EditedField[] = ["title", "title", "description", "location"];
    const field = shape === "series" ? one(...texts, "length") : one(...texts, "move", "all-day");
    return { do: "edit", side, item, field, n: n++ };
  };
  const sync = (): Op => {
    for (const item of items) item.shared = true;
    return { do: "sync" };
  };
  const next = (): Op => {
    const kind = random();
    if (kind < 0.12) return create();
    if (kind < 0.64) return change();
    if (kind < 0.71) return { do: "fault", fault: upTo(faults.google) };
    if (kind < 0.78) return { do: "notion fault", fault: upTo(faults.notion) };
    if (kind < 0.8) return { do: "forget sync tokens" };
    if (kind < 0.82) return { do: "lose cursors" };
    if (kind < 0.9) return { do: "ring" };
    return kind < 0.95 ? { do: "wait", ms: 20 + upTo(200) } : sync();
  };
  const length = 20 + upTo(20);
  const ops = [create(), create(), create(), sync(), ...Array.from({ length }, next)];
  // One history in fifteen loses its worker, twice, at moments of the seed's choice.
  if (seed % 15 === 0)
    for (let time = 0; time < 2; time++) ops.splice(4 + upTo(ops.length - 4), 0, { do: "kill" });
  return ops;
}
