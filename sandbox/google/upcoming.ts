import type { Calendar } from "./calendar.ts";
import { type EventResource, isSeries, type StoredEvent } from "./event.ts";
import { HORIZON_MS, occurrenceKeys } from "./recurrence.ts";
import { virtualInstance } from "./instances.ts";
import { instantOfTime } from "./times.ts";

export interface Upcoming {
  readonly resource: EventResource;
  /** The coming occurrence of a series, otherwise the event itself. */
  readonly next: EventResource;
  readonly at: number;
  readonly kind: "single" | "series" | "occurrence";
}

const MOST = 200;

/** Steps in which the next occurrence of a series is looked for; most have one soon. */
const LOOK_AHEAD_MS = [32 * 86_400_000, HORIZON_MS / 5];

/** The page asks every second, and most often nothing has happened since. */
const known = new WeakMap<
  Calendar,
  { readonly change: number; readonly minute: number; readonly entries: Upcoming[] }
>();

/** What has not ended yet, soonest first; a series appears once, at its next occurrence. */
export function upcoming(calendar: Calendar, now: number): Upcoming[] {
  const change = calendar.events.lastChange;
  const minute = Math.floor(now / 60_000);
  const last = known.get(calendar);
  if (last?.change === change && last.minute === minute) return last.entries;
  const entries = workOut(calendar, now);
  known.set(calendar, { change, minute, entries });
  return entries;
}

function workOut({ data, events }: Calendar, now: number): Upcoming[] {
  const living = events.events.filter(
    (event) => event.tombstone === undefined && event.resource.status !== "cancelled",
  );
  const found = living.flatMap((event) => {
    // An occurrence that was changed has an entry of its own, one that was called off has none.
    const apart = events.exceptions(event.resource.id);
    return entryOf(event, data.timeZone, now, apart) ?? [];
  });
  return found.sort((a, b) => a.at - b.at).slice(0, MOST);
}

function entryOf(
  event: StoredEvent,
  zone: string,
  now: number,
  apart: ReadonlyMap<string, unknown>,
): Upcoming | undefined {
  const { resource } = event;
  if (!isSeries(event)) {
    if (event.endsAt <= now) return undefined;
    return {
      resource,
      next: resource,
      at: event.startsAt,
      kind: resource.recurringEventId === undefined ? "single" : "occurrence",
    };
  }
  const from = now - (event.endsAt - event.startsAt);
  let key: string | undefined;
  for (const ahead of LOOK_AHEAD_MS)
    key ??= occurrenceKeys(resource, zone, Math.max(from, 0), now + ahead).find(
      (one) => !apart.has(one),
    );
  if (key === undefined) return undefined;
  const next = virtualInstance(resource, key, zone, "timestamp");
  return { resource, next, at: instantOfTime(next.start, zone), kind: "series" };
}
