/**
 * The vocabulary of an event, shared by every side. Plain data only: it travels as JSON through
 * Postgres and between folders, so nothing here has methods, dates or undefined values.
 */

/**
 * When an event begins or ends, as people write it.
 * `date` is an all-day event (ISO 8601 date; as an end it is exclusive, as in RFC 5545).
 * `local` is a wall clock (`YYYY-MM-DDTHH:mm:ss`, no offset) in an IANA zone. `fold: 1` is the second
 * of two equal wall clocks, in the hour that a clock change repeats (the term of Python's PEP 495);
 * it is absent everywhere else, so that equal moments are equal values.
 */
export type EventTime = { date: string } | { local: string; zone: string; fold?: 1 };

/** A cancelled occurrence of a living series is a value (`cancelled`), never a deletion. */
export type EventStatus = "confirmed" | "tentative" | "cancelled";

/** What two sides agree on. Text that is absent is the empty string. */
export interface EventFields {
  title: string;
  description: string;
  location: string;
  notes: string;
  status: EventStatus;
  start: EventTime;
  end: EventTime;
  /** RRULE, RDATE, EXDATE and EXRULE lines of RFC 5545, on masters only; empty elsewhere. */
  recurrence: readonly string[];
}

export type EventField = keyof EventFields;

export const eventFields = [
  "title",
  "description",
  "location",
  "notes",
  "status",
  "start",
  "end",
  "recurrence",
] as const satisfies readonly EventField[];

/**
 * An event as one side holds it. An exception of a series names its master (by that side's own id)
 * and the start that the series would have given it, which stays put when the occurrence moves.
 */
export interface EventItem {
  fields: EventFields;
  master?: string;
  originalStart?: EventTime;
}
