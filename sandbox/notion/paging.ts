import * as z from "zod";
import { cursorText, type Place, readCursor } from "./cursor.ts";
import type { Notion } from "./notion.ts";

export const pagingFields = {
  start_cursor: z.string().nullish(),
  page_size: z.number().int().min(1).max(100).optional(),
};

/** The same as they stand in a query string. */
export const pagingQuery = {
  start_cursor: z.string().optional(),
  page_size: z.coerce.number().int().min(1).max(100).optional(),
};

interface Asked {
  readonly start_cursor?: string | null | undefined;
  readonly page_size?: number | undefined;
}

interface Cut<T> {
  readonly entries: readonly T[];
  readonly cursor: string | null;
  /** There was more, but the walk has given all it may. */
  readonly capped: boolean;
}

/** The page of a list that is asked for. Entries that moved meanwhile come twice or not at all, as they do at Notion. */
export function cutPage<T extends { readonly id: string }>(
  notion: Notion,
  walk: string,
  all: readonly T[],
  { start_cursor: cursor, page_size: wanted = 100 }: Asked,
  cap = Infinity,
): Cut<T> {
  const { cursorGeneration: generation, settings } = notion;
  const at: Place =
    cursor === undefined || cursor === null
      ? { walk, generation, next: "", index: 0, given: 0, pages: 0 }
      : readCursor(cursor, walk, generation);
  const found = at.pages === 0 ? 0 : all.findIndex(({ id }) => id === at.next);
  const start = found < 0 ? Math.min(at.index, all.length) : found;
  const size = Math.min(wanted, settings.pageSizeCap ?? 100, cap - at.given);
  const entries = all.slice(start, start + size);
  const next = all[start + size];
  const given = at.given + entries.length;
  const capped = next !== undefined && given >= cap;
  if (next === undefined || capped) return { entries, cursor: null, capped };
  const pages = at.pages + 1;
  const broken = pages >= (settings.cursorBreaksAfter ?? Infinity);
  const place = {
    walk,
    generation: broken ? -1 : generation,
    next: next.id,
    index: start + size,
    given,
    pages,
  };
  return { entries, cursor: cursorText(place), capped };
}
