import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Cursor } from "../connector.ts";
import { CursorExpired } from "../errors.ts";

/** Where a walk through the list stands. */
export interface Place {
  /** The company: a cursor says nothing about another one. */
  company: string;
  snapshotId: string;
  /** The page to ask for next, and of how many rows pages are: of another size, it would be another page. */
  page: number;
  size: number;
  /** A mark of who was on the page before, by which a list that has no pages is known. */
  seen: string;
}

const restingSchema = z.strictObject({ company: z.string() });

const underWaySchema = z.strictObject({
  company: z.string(),
  snapshotId: z.string().min(1),
  pageToken: z
    .string()
    .regex(/^[1-9]\d{0,8}$/)
    .transform(Number),
  size: z.string(),
  seen: z.string(),
});

/**
 * Where a pull begins: there is no list of changes (reference: 4), so with the first page, unless it was
 * under way. @throws CursorExpired for a cursor of another company, or of nobody
 */
export function placeOf(cursor: Cursor | null, company: string, size: number): Place {
  const fresh = { company, snapshotId: randomUUID(), page: 1, size, seen: "" };
  if (cursor === null) return fresh;
  if (cursor["company"] !== company) throw new CursorExpired("the cursor is of another company");
  if (!("pageToken" in cursor)) {
    understood(restingSchema, cursor);
    return fresh;
  }
  const { pageToken, size: made, ...rest } = understood(underWaySchema, cursor);
  if (made !== String(size)) throw new CursorExpired("the cursor is of pages of another size");
  return { ...rest, page: pageToken, size };
}

function understood<T>(schema: z.ZodType<T>, cursor: Cursor): T {
  const parsed = schema.safeParse(cursor);
  if (parsed.success) return parsed.data;
  throw new CursorExpired("the cursor is none of this connector's");
}

/** The cursor of a place under way, or at rest after the last page. */
export function cursorOf({ company, snapshotId, page, size, seen }: Place, last: boolean): Cursor {
  if (last) return { company };
  return { company, snapshotId, pageToken: String(page), size: String(size), seen };
}
