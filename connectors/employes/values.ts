import { toInstant } from "../../sync/time.ts";
import type { Json } from "../records.ts";

/** What a row that cannot be understood is set aside for; its message repeats no content. */
export class Unfit extends Error {}

export type Read = (value: unknown, field: string) => Json;

export const zone = "Europe/Amsterdam";

/** Absent, null and the empty text are one: Employes has all three for nothing (reference: 5). */
const orNull =
  <T extends Json>(read: (value: unknown, field: string) => T) =>
  (value: unknown, field: string): T | null =>
    value === undefined || value === null || value === "" ? null : read(value, field);

/** Types of ids and house numbers are not certain, and numbers may be written with either (reference: 5). */
export const text = orNull((value, field) => {
  if (typeof value === "string") return value;
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  throw new Unfit(`${field} is no text`);
});

export const number = orNull((value, field) => {
  const written = typeof value === "string" && /^-?\d{1,15}(\.\d{1,15})?$/.test(value);
  const known = written ? Number(value) : value;
  // Zero has one sign here: the other would be another content.
  if (typeof known === "number" && Number.isFinite(known)) return known + 0;
  throw new Unfit(`${field} is no number`);
});

export const flag = orNull((value, field) => {
  if (typeof value === "boolean") return value;
  throw new Unfit(`${field} is neither true nor false`);
});

const written = /^(\d{4})-(\d\d)-(\d\d)(?:[T ]\S{0,40})?$/;

/**
 * The date part as it is written, whatever stands behind it: these are days, and no detour through UTC
 * moves one (reference: 5). The first day of the year 1 is no date.
 */
export const date = orNull((value, field) => {
  const [, year = "", month = "", day = ""] =
    (typeof value === "string" && written.exec(value)) || [];
  const shown = `${year}-${month}-${day}`;
  if (!isDay(shown)) throw new Unfit(`${field} is no date`);
  return shown === "0001-01-01" ? null : shown;
});

function isDay(shown: string): boolean {
  const at = Date.parse(`${shown}T00:00:00Z`);
  return !shown.startsWith("0000") && !Number.isNaN(at) && isoDay(at) === shown;
}

function isoDay(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

const stamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?$/;

/**
 * Milliseconds since the epoch of a time that is written without a zone, to the microsecond; that it is
 * the time of the Netherlands is assumed (reference: 5). It decides nothing: an unreadable one is none.
 */
export function moment(value: unknown): number | null {
  if (typeof value !== "string" || value.startsWith("0001-01-01")) return null;
  try {
    if (stamp.test(value)) return toInstant({ local: value, zone }, zone);
    const at = /^\d{4}-.*(Z|[+-]\d\d:\d\d)$/.test(value) ? Date.parse(value) : Number.NaN;
    return Number.isNaN(at) ? null : at;
  } catch {
    return null;
  }
}
