import type { Json, JsonObject } from "../json.ts";

export type EventTime = { date?: string; dateTime?: string; timeZone?: string };

/** An event as the API shows it. */
export interface EventResource extends JsonObject {
  id: string;
  etag: string;
  status: string;
  iCalUID: string;
  created: string;
  updated: string;
  sequence: number;
  eventType: string;
  start: EventTime;
  end: EventTime;
  recurrence?: string[];
  recurringEventId?: string;
  originalStartTime?: EventTime;
}

/**
 * How an entry that is gone appears: `id` only, with all its details, or not at all (an exception whose
 * series was deleted). A cancelled occurrence of a living series is a `living` entry with that status.
 */
export type Tombstone = "idOnly" | "details" | "hidden";

export interface StoredEvent {
  resource: EventResource;
  /** Place in the stable order of lists. */
  readonly ordinal: number;
  /** Number of the last change, which orders the change log. */
  change: number;
  changedAt: number;
  updatedMicros: number;
  etagNumber: number;
  tombstone?: Tombstone;
  /** The entry as JSON, until the next change. */
  json?: string;
  /** Start and end as instants, for time filters. */
  startsAt: number;
  endsAt: number;
  /** What the event was before, while reads lag behind writes. */
  earlier?: StoredEvent[];
  /** The series as it was before its occurrences last changed, so that lists of occurrences can tell which ones went. */
  former?: EventResource;
}

export type Attendee = Record<string, Json | undefined> & {
  email?: string;
  responseStatus?: string;
};

export function isSeries(event: StoredEvent): boolean {
  return event.resource.recurrence !== undefined && event.resource.recurrence.length > 0;
}

export function isGone(event: StoredEvent): boolean {
  return event.tombstone !== undefined;
}
