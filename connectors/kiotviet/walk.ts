/**
 * Where a walk through a list stands. Rows are ordered by id, and a page begins at a row's offset
 * (reference: 2): when an earlier row is deleted meanwhile, all later ones move up, and a page that
 * began where the last one ended would skip one that lives. So each page begins with the last row that
 * was read, or one before it; where it does not, the walk steps back until it does.
 */
export interface Spot {
  /** The offset to ask for. */
  at: number;
  /** The id of the last row that was read; null before the first. */
  anchor: number | null;
  /** The last page was the list's end: only an empty page is expected, which ends the walk. */
  closing: boolean;
}

export type Step = { kind: "on" | "back"; spot: Spot } | { kind: "end" };

export const beginning: Spot = { at: 0, anchor: null, closing: false };

/** What KiotViet says of a page besides its rows. */
export interface PageFacts {
  /** The ids of the rows, in their order. */
  ids: readonly number[];
  /** The size that was used: a shorter page is the end of the list, unless the count says otherwise. */
  size: number;
  total: number | null;
}

/** `tries` is how often in a row the walk has stepped back, which each time takes twice the last. */
export function stepFrom(spot: Spot, { ids, size, total }: PageFacts, tries: number): Step {
  const { at, closing } = spot;
  const last = ids.at(-1);
  if (last === undefined && (at === 0 || closing)) return { kind: "end" };
  if (last === undefined || (at > 0 && !follows(ids, spot.anchor))) {
    const back = Math.max(0, at - Math.max(1, size - 1) * 2 ** tries);
    return { kind: "back", spot: { ...spot, at: back, closing: false } };
  }
  const seen = at + ids.length;
  const isEnd = ids.length === 1 || (ids.length < size && (total === null || seen >= total));
  return { kind: "on", spot: { at: isEnd ? seen : seen - 1, anchor: last, closing: isEnd } };
}

/** Whether a walk that found nothing here is over: a list that counts more was empty by mistake. */
export function isEndOf({ at }: Spot, total: number | null): boolean {
  return total === null || total <= at;
}

/**
 * Whether no row can lie unread between the anchor and this page. Should the order be another one than
 * was asked for, the anchor itself must be there; a single row shows no order.
 */
function follows(ids: readonly number[], anchor: number | null): boolean {
  const [first] = ids;
  if (first === undefined || anchor === null) return false;
  return first === anchor || (first < anchor && ids.length > 1 && isAscending(ids));
}

function isAscending(ids: readonly number[]): boolean {
  return ids.every((id, at) => at === 0 || (ids[at - 1] ?? id) < id);
}
