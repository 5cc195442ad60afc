import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Cursor } from "../connector.ts";
import { CursorExpired, InvalidResponse } from "../errors.ts";
import { namedSchema, type QueryAnswer } from "./schemas.ts";

/**
 * Where a walk through the table stands. As a cursor it is `{source, fullAt, since}` between walks, and
 * all of this within one. Times are as Notion writes them; what is not there is the empty string.
 */
const placeSchema = z.object({
  /** The data source: a cursor says nothing about another one. */
  source: z.string(),
  /** When the last whole walk began, by our clock. */
  fullAt: z.iso.datetime(),
  /** Set in a whole walk. */
  snapshotId: z.string(),
  /** A delta lists rows edited at this time or later. */
  since: z.string(),
  /** Where the next delta begins; known with the first answer. */
  next: z.string(),
  stage: z.enum(["living", "trashed"]),
  /** The walk goes on from rows made at this time: at the limit of rows, and where a cursor was lost. */
  from: z.string(),
  /** When the last row that was read was made. */
  seen: z.string(),
  pageToken: z.string(),
});
export type Place = z.infer<typeof placeSchema>;

const restingSchema = z.object({ fullAt: z.iso.datetime(), since: z.iso.datetime() });

const day = 24 * 3_600_000;

/** Where a pull begins. @throws CursorExpired for a cursor of another table, or of nobody */
export function placeOf(cursor: Cursor | null, source: string, now: number): Place {
  if (cursor === null) return beginning(source, now);
  if (cursor["source"] !== source) throw new CursorExpired("the cursor is of another table");
  if ("pageToken" in cursor) return understood(placeSchema, cursor);
  const { fullAt, since } = understood(restingSchema, cursor);
  if (now - Date.parse(fullAt) >= day) return beginning(source, now);
  return { ...unmoved, source, fullAt, snapshotId: "", since };
}

function understood<T>(schema: z.ZodType<T>, cursor: Cursor): T {
  const parsed = schema.safeParse(cursor);
  if (parsed.success) return parsed.data;
  throw new CursorExpired("the cursor is none of this connector's");
}

const unmoved = { next: "", stage: "living", from: "", seen: "", pageToken: "" } as const;

function beginning(source: string, now: number): Place {
  const fullAt = new Date(now).toISOString();
  return { ...unmoved, source, fullAt, snapshotId: randomUUID(), since: "" };
}

export function cursorOf(place: Place, last: boolean): Cursor {
  const { source, fullAt, next } = place;
  return last ? { source, fullAt, since: next } : place;
}

/** Where the walk goes on after an answer; null at its end. @throws InvalidResponse */
export function placeAfter(place: Place, rows: QueryAnswer): Place | null {
  const seen = rows.results.reduce<string>((newest, row) => later(newest, row), place.seen);
  if (rows.has_more) {
    const pageToken = rows.next_cursor ?? "";
    if (pageToken === "" || pageToken === place.pageToken)
      throw new InvalidResponse("dataSources.query: there is more, but no cursor leads there");
    return { ...place, seen, pageToken };
  }
  if ((rows.request_status?.type ?? "complete") !== "complete") return nextWindow(place, seen);
  if (place.stage === "trashed") return null;
  return { ...place, stage: "trashed", from: "", seen: "", pageToken: "" };
}

function later(newest: string, row: unknown): string {
  const made = namedSchema.safeParse(row).data?.created_time ?? "";
  return made > newest ? made : newest;
}

/**
 * One query gives at most so many rows, and says so: the next one begins with the minute in which the
 * last of them was made, whose rows come again. More rows than that in one minute cannot be passed.
 */
function nextWindow(place: Place, seen: string): Place {
  if (seen > place.from) return { ...place, from: seen, seen, pageToken: "" };
  throw new InvalidResponse(
    `dataSources.query: more rows were made in the minute ${seen} than Notion lists: move some of them to another database`,
  );
}

/** The place after its cursor was lost: from the last row that was read, or where the window began. */
export function placeWithout(place: Place): Place {
  return { ...place, from: place.seen || place.from, pageToken: "" };
}
