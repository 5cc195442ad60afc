import { offsetAt } from "../zones.ts";

/** A day without a time, as `2026-03-02`. */
export type Day = string;

const ZONE = "Europe/Amsterdam";
const DAY_MS = 86_400_000;

/** What Employes shows where it never noted a time. */
export const EMPTY_TIME = "0001-01-01T00:00:00";

function local(at: number): string {
  return new Date(at + offsetAt(ZONE, at)).toISOString();
}

/** The day it is in the Netherlands. */
export function dayOf(at: number): Day {
  return local(at).slice(0, 10);
}

/** A time as Employes notes it: local, without a zone, to the microsecond. */
export function stampOf(at: number, micros: number): string {
  return `${local(at).slice(0, 23)}${String(micros % 1000).padStart(3, "0")}`;
}

/** A day as Employes shows it: its midnight. */
export function midnight(day: Day): string {
  return `${day}T00:00:00`;
}

export function addDays(day: Day, days: number): Day {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}
