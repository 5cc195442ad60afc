import { type EventResource, isSeries, type StoredEvent } from "./event.ts";
import { isEndless, occurrenceKeys } from "./recurrence.ts";
import { instantOfTime } from "./times.ts";
import { isObject, type Json } from "../json.ts";

/** The part of a list request that says which events it is about; a sync token carries it on. */
export interface Filter {
  readonly singleEvents?: boolean;
  readonly showDeleted?: boolean;
  readonly eventTypes?: readonly string[];
  readonly timeMin?: number;
  readonly timeMax?: number;
  readonly updatedMin?: number;
  readonly q?: string;
  readonly iCalUID?: string;
  readonly privateProperties?: readonly string[];
  readonly sharedProperties?: readonly string[];
}

const FAR_FUTURE = Date.UTC(2200, 0, 1);

/** Whether anything at all would be left out, apart from what is deleted. */
export function isOpen(filter: Filter): boolean {
  const {
    eventTypes,
    timeMin,
    timeMax,
    updatedMin,
    q,
    iCalUID,
    privateProperties,
    sharedProperties,
  } = filter;
  const set = [
    eventTypes,
    timeMin,
    timeMax,
    updatedMin,
    q,
    iCalUID,
    privateProperties,
    sharedProperties,
  ];
  return set.every((value) => value === undefined);
}

/** Whether an entry that is gone, or a cancelled occurrence, belongs into the list. */
export function showsCancelled(event: StoredEvent, filter: Filter, delta: boolean): boolean {
  if (event.tombstone === "hidden") return false;
  if (event.resource.status !== "cancelled") return true;
  if (delta || filter.updatedMin !== undefined) return true;
  const occurrence = event.tombstone === undefined && event.resource.recurringEventId !== undefined;
  if (occurrence && filter.singleEvents !== true) return true;
  if (filter.showDeleted !== true) return false;
  return !(filter.singleEvents === true && isSeries(event));
}

export function passes(event: StoredEvent, filter: Filter, zone: string): boolean {
  const { resource } = event;
  if (filter.updatedMin !== undefined && event.updatedMicros / 1000 < filter.updatedMin)
    return false;
  if (filter.eventTypes !== undefined && !filter.eventTypes.includes(resource.eventType))
    return false;
  if (filter.iCalUID !== undefined && resource.iCalUID !== filter.iCalUID) return false;
  if (!hasProperties(resource, "private", filter.privateProperties)) return false;
  if (!hasProperties(resource, "shared", filter.sharedProperties)) return false;
  if (filter.q !== undefined && !mentions(resource, filter.q)) return false;
  return inTime(event, filter, zone);
}

function hasProperties(
  resource: EventResource,
  group: string,
  wanted: readonly string[] | undefined,
): boolean {
  if (wanted === undefined) return true;
  const properties = resource["extendedProperties"];
  const values = isObject(properties) && isObject(properties[group]) ? properties[group] : {};
  return wanted.every((pair) => {
    const at = pair.indexOf("=");
    return values[pair.slice(0, at)] === pair.slice(at + 1);
  });
}

function mentions(resource: EventResource, words: string): boolean {
  const people: Json[] = Array.isArray(resource["attendees"]) ? resource["attendees"] : [];
  const names = people.flatMap((one) => (isObject(one) ? [one["email"], one["displayName"]] : []));
  const texts = [resource["summary"], resource["description"], resource["location"], ...names];
  const text = texts
    .filter((part) => typeof part === "string")
    .join("\n")
    .toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function inTime(event: StoredEvent, filter: Filter, zone: string): boolean {
  const { timeMin = -Infinity, timeMax = Infinity } = filter;
  if (timeMin === -Infinity && timeMax === Infinity) return true;
  if (event.startsAt >= timeMax) return false;
  if (event.endsAt > timeMin) return true;
  return (
    isSeries(event) &&
    filter.singleEvents !== true &&
    occursIn(event.resource, timeMin, timeMax, zone)
  );
}

/** Bounds are exclusive: on an occurrence's end below, on its start above. */
function occursIn(master: EventResource, timeMin: number, timeMax: number, zone: string): boolean {
  if (timeMax === Infinity && isEndless(master)) return true;
  const length = instantOfTime(master.end, zone) - instantOfTime(master.start, zone);
  const to = Math.min(timeMax, FAR_FUTURE) - 1;
  return occurrenceKeys(master, zone, Math.max(timeMin - length + 1, 0), to).length > 0;
}
