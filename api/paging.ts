import { z } from "zod";
import { validated } from "./validation.ts";
import { wrongQuery } from "./problems.ts";

/** Every list takes these two: pages by key, never by offset. */
export const pageQuery = {
  limit: z
    .string()
    .regex(/^\d{1,3}$/, "is not a number from 1 to 500")
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 500, "is not a number from 1 to 500")
    .optional()
    .meta({
      type: "integer",
      minimum: 1,
      maximum: 500,
      default: 50,
      description: "How many to answer at most",
    }),
  cursor: z
    .string()
    .min(1)
    .max(512)
    .optional()
    .meta({ description: "`nextCursor` of the page before" }),
};

export const defaultLimit = 50;

export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** What a cursor holds, checked: it has been in other people's hands. */
export function readCursor<Schema extends z.ZodType>(
  cursor: string | undefined,
  shape: Schema,
): z.output<Schema> | undefined {
  if (cursor === undefined) return undefined;
  try {
    return validated(shape, JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")), "query");
  } catch {
    throw wrongQuery("cursor", "is not a cursor of this list");
  }
}

/**
 * Cuts what was read with one row to spare. The cursor names the last row of the page.
 */
export function cut<Item>(
  found: readonly Item[],
  limit: number,
  keyOf: (last: Item) => unknown,
): Page<Item> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const more = found.length > limit && last !== undefined;
  return {
    items,
    nextCursor: more ? Buffer.from(JSON.stringify(keyOf(last))).toString("base64url") : null,
  };
}

/** Cursors of lists that are ordered by id. */
export const byId = z.strictObject({ id: z.guid() });

const place = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6})?([+-]\d\d(:?\d\d)?)?$/)
  .refine((text) => !Number.isNaN(Date.parse(`${text.slice(0, 10)}T${text.slice(11, 19)}Z`)));

/** Cursors of lists that are ordered by a time, then id. */
export const byPlace = z.strictObject({
  place,
  id: z.guid(),
});

export const bySerial = z.strictObject({ id: z.int().min(0) });

/** The page as every list answers it. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ data: z.array(item), nextCursor: z.string().nullable() });
}
