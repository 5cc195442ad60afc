import { type EventResource, isSeries, type StoredEvent } from "./event.ts";
import type { EventStore } from "./event-store.ts";
import { instanceId, virtualInstance } from "./instances.ts";
import { type Filter, passes, showsCancelled } from "./list-filter.ts";
import { HORIZON_MS, occurrenceKeys, timeOfKey } from "./recurrence.ts";
import { instantOfTime } from "./times.ts";
import type { JsonObject } from "../json.ts";

export interface Entry {
  readonly resource: JsonObject;
  readonly startsAt: number;
  readonly updatedMicros: number;
}

interface ExpansionContext {
  readonly store: EventStore;
  readonly zone: string;
  readonly now: number;
  readonly form: "timestamp" | "opaque";
  readonly filter: Filter;
  readonly delta: boolean;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

function spanOf(master: EventResource, { filter, zone, now }: ExpansionContext): Span {
  const length = instantOfTime(master.end, zone) - instantOfTime(master.start, zone);
  const from =
    filter.timeMin === undefined ? -Infinity : filter.timeMin - length + (length > 0 ? 1 : 0);
  return { from, to: filter.timeMax === undefined ? now + HORIZON_MS : filter.timeMax - 1 };
}

/** What an event contributes to a list of single events. */
export function expand(event: StoredEvent, context: ExpansionContext): Entry[] {
  if (!showsCancelled(event, context.filter, context.delta) && !(isSeries(event) && context.delta))
    return [];
  if (isSeries(event))
    return event.tombstone === undefined
      ? occurrences(event, context)
      : vanished(event, event.resource, [], context);
  const counts = context.delta && event.resource.status === "cancelled";
  if (!counts && !passes(event, context.filter, context.zone)) return [];
  return [
    { resource: event.resource, startsAt: event.startsAt, updatedMicros: event.updatedMicros },
  ];
}

function occurrences(event: StoredEvent, context: ExpansionContext): Entry[] {
  const { filter, zone, store } = context;
  // Time is judged for each occurrence, everything else for the series.
  const { timeMin: _min, timeMax: _max, ...rest } = filter;
  if (!passes(event, rest, zone)) return [];
  const { from, to } = spanOf(event.resource, context);
  const keys = occurrenceKeys(event.resource, zone, from, to);
  const stored = store.exceptions(event.resource.id);
  const shown = keys
    .filter((key) => !stored.has(key))
    .map((key) => occurrence(event, key, context));
  return [...shown, ...(context.delta ? vanished(event, event.former, keys, context) : [])];
}

function occurrence(event: StoredEvent, key: string, { zone, form }: ExpansionContext): Entry {
  const resource = virtualInstance(event.resource, key, zone, form);
  return {
    resource,
    startsAt: instantOfTime(resource.start, zone),
    updatedMicros: event.updatedMicros,
  };
}

/** Occurrences that the series had before its last change and no longer has. */
function vanished(
  event: StoredEvent,
  former: EventResource | undefined,
  kept: string[],
  context: ExpansionContext,
): Entry[] {
  if (former === undefined) return [];
  const { zone, form } = context;
  const { from, to } = spanOf(former, context);
  const living = new Set(kept);
  const gone = occurrenceKeys(former, zone, from, to).filter((key) => !living.has(key));
  return gone.map((key) => {
    const id = instanceId(former.id, key, form);
    const originalStartTime = timeOfKey(key, former, zone);
    const { etag } = event.resource;
    const resource = {
      kind: "calendar#event",
      etag,
      id,
      status: "cancelled",
      recurringEventId: former.id,
      originalStartTime,
    };
    return {
      resource,
      startsAt: instantOfTime(originalStartTime, zone),
      updatedMicros: event.updatedMicros,
    };
  });
}
