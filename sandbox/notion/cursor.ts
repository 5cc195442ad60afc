import { createHash } from "node:crypto";
import * as z from "zod";
import { invalid } from "./errors.ts";

/** Where a walk through a list goes on. It carries all it needs, so that it outlives a restart. */
const place = z.object({
  /** The walk it belongs to: another list or filter refuses it. */
  walk: z.string(),
  generation: z.number(),
  /** Id of the next entry, and where it stood: it may be gone by then. */
  next: z.string(),
  index: z.number(),
  /** Entries and pages that the walk has given. */
  given: z.number(),
  pages: z.number(),
});

export type Place = z.infer<typeof place>;

export function walkOf(...parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 16);
}

export function cursorText(at: Place): string {
  return Buffer.from(JSON.stringify(at)).toString("base64url");
}

export function readCursor(text: string, walk: string, generation: number): Place {
  const parsed = place.safeParse(parseText(text));
  if (!parsed.success || parsed.data.walk !== walk || parsed.data.generation !== generation)
    throw invalid(`The start_cursor provided is invalid: ${text}`);
  return parsed.data;
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString());
  } catch {
    return undefined;
  }
}
