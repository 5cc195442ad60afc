import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Cursor } from "../connector.ts";
import { CursorExpired } from "../errors.ts";
import { beginning, type Spot } from "./walk.ts";

/** Where a pull stands. */
export interface Place {
  /** The shop: a cursor says nothing about another one. */
  shop: string;
  /** When the last snapshot began, by our clock: milliseconds since the epoch. */
  fullAt: number;
  /** Set in a snapshot, and null in a delta. */
  snapshotId: string | null;
  /** A delta lists what was changed at this time or later, by KiotViet's clock. */
  since: string;
  /** Where the next delta begins; empty until the first answer. */
  next: string;
  spot: Spot;
  /** What the answers of this delta have named as removed. */
  removed: readonly number[];
  /** Those of them that its pages have shown alive: their ids were used again. */
  alive: readonly number[];
}

const digits = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number);
const local = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);

const ids = z
  .string()
  .regex(/^(\d{1,16}(,\d{1,16})*)?$/)
  .transform((text) => (text === "" ? [] : text.split(",").map(Number)));

const restingSchema = z.object({ shop: z.string(), fullAt: digits, since: local });

/** `pageToken` is the offset: with it a cursor is one under way. */
const underWaySchema = z.object({
  shop: z.string(),
  fullAt: digits,
  snapshotId: z.string(),
  since: z.union([local, z.literal("")]),
  next: local,
  pageToken: digits,
  anchor: digits,
  closing: z.enum(["yes", "no"]),
  removed: ids,
  alive: ids.default([]),
});

/** When a pull begins with everything instead of what has changed. */
export interface Whole {
  now: number;
  /** A stream that has no delta is always read whole. */
  always: boolean;
  everyMs: number;
}

/** Where a pull begins. @throws CursorExpired for a cursor of another shop, or of nobody */
export function placeOf(cursor: Cursor | null, shop: string, whole: Whole): Place {
  const fresh = { shop, next: "", spot: beginning, removed: [], alive: [] };
  const snapshot = () => ({ ...fresh, fullAt: whole.now, snapshotId: randomUUID(), since: "" });
  if (cursor === null) return snapshot();
  if (cursor["shop"] !== shop) throw new CursorExpired("the cursor is of another shop");
  if ("pageToken" in cursor) return underWay(understood(underWaySchema, cursor));
  const { fullAt, since } = understood(restingSchema, cursor);
  if (whole.always || whole.now - fullAt >= whole.everyMs) return snapshot();
  return { ...fresh, fullAt, snapshotId: null, since };
}

function underWay(held: z.infer<typeof underWaySchema>): Place {
  const { pageToken: at, anchor, closing, snapshotId, ...rest } = held;
  return {
    ...rest,
    snapshotId: snapshotId === "" ? null : snapshotId,
    spot: { at, anchor, closing: closing === "yes" },
  };
}

function understood<T>(schema: z.ZodType<T>, cursor: Cursor): T {
  const parsed = schema.safeParse(cursor);
  if (parsed.success) return parsed.data;
  throw new CursorExpired("the cursor is none of this connector's");
}

/** The cursor of a place under way, or at rest after the last page. */
export function cursorOf(place: Place, last: boolean): Cursor {
  const { shop, next, since, spot } = place;
  const fullAt = String(place.fullAt);
  if (last) return { shop, fullAt, since: next };
  return {
    shop,
    fullAt,
    snapshotId: place.snapshotId ?? "",
    since,
    next,
    pageToken: String(spot.at),
    anchor: String(spot.anchor ?? 0),
    closing: spot.closing ? "yes" : "no",
    removed: place.removed.join(","),
    alive: place.alive.join(","),
  };
}
