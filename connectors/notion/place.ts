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
  /**
   * Set where more rows were made in the minute `from` than one query gives: of that minute, those with a
   * date are walked in the order of their dates, and then those without.
   */
  crowd: z.enum(["", "dated", "undated"]),
  /** In a crowd: the walk goes on from rows of this date, and the date of the last row that was read. */
  fromDate: z.string(),
  seenDate: z.string(),
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

const alone = { crowd: "", fromDate: "", seenDate: "" } as const;
const atStart = { from: "", seen: "", pageToken: "", ...alone } as const;
const unmoved = { next: "", stage: "living", ...atStart } as const;

function beginning(source: string, now: number): Place {
  const fullAt = new Date(now).toISOString();
  return { ...unmoved, source, fullAt, snapshotId: randomUUID(), since: "" };
}

export function cursorOf(place: Place, last: boolean): Cursor {
  const { source, fullAt, next } = place;
  return last ? { source, fullAt, since: next } : place;
}

/**
 * Where the walk goes on after an answer; null at its end. `dateOf` is the date that a row begins with,
 * or the empty string. @throws InvalidResponse
 */
export function placeAfter(
  before: Place,
  rows: QueryAnswer,
  dateOf: (row: unknown) => string,
): Place | null {
  const seen = rows.results.reduce<string>((newest, row) => later(newest, row), before.seen);
  const seenDate = rows.results.reduce<string>((last, row) => dateOf(row) || last, before.seenDate);
  const place = before.crowd === "" ? before : { ...before, seenDate };
  if (rows.has_more) {
    const pageToken = rows.next_cursor ?? "";
    if (pageToken === "" || pageToken === place.pageToken)
      throw new InvalidResponse("dataSources.query: there is more, but no cursor leads there");
    return { ...place, seen, pageToken };
  }
  if ((rows.request_status?.type ?? "complete") !== "complete") return nextWindow(place, seen);
  if (place.crowd !== "") return throughCrowd(place);
  if (place.stage === "trashed") return null;
  return { ...place, stage: "trashed", ...atStart };
}

/** After the rows with a date those without; after both, what was made in the minutes to come. */
function throughCrowd(place: Place): Place {
  if (place.crowd === "dated")
    return { ...place, crowd: "undated", fromDate: "", seenDate: "", pageToken: "" };
  const from = new Date(Date.parse(place.from) + 60_000).toISOString();
  return { ...place, ...atStart, from };
}

function later(newest: string, row: unknown): string {
  const made = namedSchema.safeParse(row).data?.created_time ?? "";
  return made > newest ? made : newest;
}

/**
 * One query gives at most so many rows, and says so: the next one begins with the minute in which the
 * last of them was made, whose rows come again. Where an import made more in one minute, the minute is
 * walked by the rows' own dates; more of one date cannot be passed.
 */
function nextWindow(place: Place, seen: string): Place {
  const { crowd, fromDate, seenDate } = place;
  if (crowd === "")
    return seen > place.from
      ? { ...place, from: seen, seen, pageToken: "" }
      : { ...place, ...alone, crowd: "dated", seen, pageToken: "" };
  if (crowd === "dated" && seenDate !== fromDate)
    return { ...place, fromDate: seenDate, pageToken: "" };
  throw new InvalidResponse(
    `dataSources.query: more rows of one date were made in the minute ${place.from} than Notion lists: move some of them to another database`,
  );
}

/** The place after its cursor was lost: from the last row that was read, or where the window began. */
export function placeWithout(place: Place): Place {
  if (place.crowd !== "")
    return { ...place, fromDate: place.seenDate || place.fromDate, pageToken: "" };
  return { ...place, from: place.seen || place.from, pageToken: "" };
}

/** Whether a walk has come further since its window began. */
export function hasMoved({ crowd, seen, from, seenDate, fromDate }: Place): boolean {
  return crowd === "" ? seen > from : seenDate !== fromDate;
}
