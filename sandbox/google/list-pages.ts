import type { Calendar } from "./calendar.ts";
import type { StoredEvent } from "./event.ts";
import type { EventStore } from "./event-store.ts";
import { isPlain, listed, listedJson, view, type ViewOptions } from "./event-view.ts";
import { type Filter, isOpen, passes, showsCancelled } from "./list-filter.ts";
import { type Entry, expand } from "./list-occurrences.ts";
import type { GoogleSettings } from "./settings.ts";

interface Page {
  /** Entries as JSON texts. */
  readonly items: string[];
  /** Where the next page begins, if there is one. */
  readonly next: number | undefined;
}

interface PageRequest {
  readonly calendar: Calendar;
  readonly settings: GoogleSettings;
  readonly now: number;
  readonly filter: Filter;
  readonly view: ViewOptions;
  readonly upTo: number;
  readonly since: number | undefined;
  readonly order: string | undefined;
  readonly position: number;
  readonly size: number;
}

/** Lists that must be sorted or expanded are worked out once and kept for their later pages. */
const KEPT_LISTS = 20;
const keptLists = new WeakMap<EventStore, Map<string, Entry[]>>();

export function readPage(request: PageRequest): Page {
  if (request.order !== undefined || request.filter.singleEvents === true)
    return pageOfKept(request);
  return request.since === undefined ? pageOfAll(request) : pageOfChanges(request);
}

function text(event: StoredEvent, options: ViewOptions): string {
  return isPlain(options) ? listedJson(event) : JSON.stringify(view(listed(event), options));
}

function isListed(event: StoredEvent, { filter, calendar, since }: PageRequest): boolean {
  const delta = since !== undefined;
  if (!showsCancelled(event, filter, delta)) return false;
  if (delta && event.resource.status === "cancelled") return true;
  return isOpen(filter) || passes(event, filter, calendar.data.timeZone);
}

/** A full list goes by order of creation, so that changes between two pages lose and repeat nothing. */
function pageOfAll(request: PageRequest): Page {
  const { events } = request.calendar;
  const lagging = request.settings.readLagMs > 0;
  const items: string[] = [];
  let at = request.position;
  for (; at < events.events.length; at += 1) {
    const stored = events.events[at];
    const event = stored !== undefined && lagging ? events.versionAt(stored, request.upTo) : stored;
    if (event === undefined || !isListed(event, request)) continue;
    if (items.length === request.size) return { items, next: at };
    items.push(text(event, request.view));
  }
  return { items, next: undefined };
}

/** A delta goes by number of change; what changes again meanwhile is left to the next delta. */
function pageOfChanges(request: PageRequest): Page {
  const { events } = request.calendar;
  const items: string[] = [];
  let position = request.position;
  for (;;) {
    const changes = events.changesBetween(position, request.upTo, request.size + 1);
    for (const event of changes) {
      if (isListed(event, request)) {
        if (items.length === request.size)
          return { items: inDeltaOrder(items, request), next: position };
        items.push(text(event, request.view));
      }
      position = event.change;
    }
    if (changes.length <= request.size)
      return { items: inDeltaOrder(items, request), next: undefined };
  }
}

function inDeltaOrder(items: string[], { settings }: PageRequest): string[] {
  return settings.deltaOrder === "reversed" ? items.toReversed() : items;
}

function pageOfKept(request: PageRequest): Page {
  const { calendar, filter, order, upTo, since, position, size } = request;
  const key = JSON.stringify([calendar.data.id, filter, order, upTo, since]);
  const kept = keptLists.get(calendar.events) ?? new Map<string, Entry[]>();
  keptLists.set(calendar.events, kept);
  let entries = position === 0 ? undefined : kept.get(key);
  entries ??= sorted(entriesOf(request), order);
  kept.delete(key);
  kept.set(key, entries);
  const [oldest] = kept.keys();
  if (kept.size > KEPT_LISTS && oldest !== undefined) kept.delete(oldest);
  const items = entries
    .slice(position, position + size)
    .map((entry) => JSON.stringify(view(entry.resource, request.view)));
  return { items, next: position + size < entries.length ? position + size : undefined };
}

function entriesOf(request: PageRequest): Entry[] {
  const { calendar, settings, filter, since, upTo, now } = request;
  const { events, data } = calendar;
  const lagging = settings.readLagMs > 0;
  const seen = lagging
    ? events.events.map((event) => events.versionAt(event, upTo))
    : events.events;
  const source = since === undefined ? seen : events.changesBetween(since, upTo);
  const context = {
    store: events,
    zone: data.timeZone,
    now,
    form: settings.instanceIdForm,
    filter,
    delta: since !== undefined,
  };
  return source.flatMap((event) => {
    if (event === undefined) return [];
    if (filter.singleEvents === true)
      return expand(event, context).map((entry) => asListed(event, entry));
    if (!isListed(event, request)) return [];
    return [
      { resource: listed(event), startsAt: event.startsAt, updatedMicros: event.updatedMicros },
    ];
  });
}

/** Tombstones show as little in a list of single events as in any other. */
function asListed(event: StoredEvent, entry: Entry): Entry {
  return entry.resource === event.resource ? { ...entry, resource: listed(event) } : entry;
}

function sorted(entries: Entry[], order: string | undefined): Entry[] {
  if (order === "startTime") return entries.sort((a, b) => a.startsAt - b.startsAt);
  return order === "updated" ? entries.sort((a, b) => a.updatedMicros - b.updatedMicros) : entries;
}
