import type { Comparison } from "./compare.ts";
import type { GoogleCalendar, GoogleItem } from "./google.ts";
import type { Field, Row } from "./sides.ts";

/** One edit by a person, and what must be on the other side in the end. */
export interface Edit {
  readonly side: "google" | "here";
  readonly what: string;
  /** Of the side that it was made on; of the occurrence's series for a change of an occurrence. */
  readonly id: string;
  readonly expect: Readonly<Partial<Record<Field, string>>> | "gone" | "cancelled";
  /** How many more items each side has after it. */
  readonly more: number;
}

/** An event that both sides hold. */
export interface Pair {
  readonly item: GoogleItem;
  readonly row: Row;
}

/** A series with occurrences that nobody has changed yet. */
export interface SeriesPair extends Pair {
  readonly free: readonly GoogleItem[];
}

/** What there is to edit: nothing is edited twice but where a step says so. */
export interface Material {
  readonly singles: Pair[];
  readonly series: SeriesPair[];
}

/** More series than the edits take need not be asked for. */
const seriesWanted = 4;

export async function gatherMaterial(
  comparison: Comparison,
  google: GoogleCalendar,
): Promise<Material> {
  const { links, rows } = comparison;
  const eventOf = new Map(links.map((link) => [link.remote_id, link.event_id]));
  const rowOf = new Map(rows.map((row) => [row.id, row]));
  const pairs = comparison.google.flatMap((item): Pair[] => {
    const row = rowOf.get(eventOf.get(item.id) ?? "");
    return row && item.recurringEventId === undefined ? [{ item, row }] : [];
  });
  const known = new Set(comparison.google.map((item) => item.id));
  const masters = pairs.filter(({ item }) => item.recurrence !== undefined);
  const series = await Promise.all(
    masters.slice(0, 2 * seriesWanted).map(async (pair) => {
      const instances = await google.instances(pair.item.id);
      return { ...pair, free: instances.filter(({ id }) => !known.has(id)).slice(0, 6) };
    }),
  );
  // The one with the most to change first: it may be the only one.
  return {
    singles: pairs.filter(({ item }) => item.recurrence === undefined),
    series: series.toSorted((a, b) => b.free.length - a.free.length).slice(0, seriesWanted),
  };
}

/** Which single event each edit takes, in turn, so that a small calendar gets a bit of everything. */
export function shareOut(material: Material) {
  const left = [...material.singles];
  const next = (): Pair[] => left.splice(0, 1);
  const here = { title: next(), move: [] as Pair[], remove: [] as Pair[] };
  const google = { title: next(), move: [] as Pair[], remove: [] as Pair[] };
  here.move = next();
  google.move = next();
  const both = next();
  here.remove = next();
  google.remove = next();
  here.title.push(...next(), ...next());
  google.title.push(...next(), ...next());
  return { here, google, both };
}

export type Share = ReturnType<typeof shareOut>;
