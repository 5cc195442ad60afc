import { type EventResource, isSeries, type StoredEvent, type Tombstone } from "./event.ts";
import { occurrenceKey } from "./recurrence.ts";
import { instantOfTime } from "./times.ts";

interface StoreSurroundings {
  now(): number;
  timeZone(): string;
  readLagMs(): number;
  changed(): void;
}

export interface Change {
  readonly resource?: EventResource;
  readonly tombstone?: Tombstone | "none";
  /** Reminder edits leave `updated` alone. */
  readonly keepUpdated?: boolean;
}

export interface SavedEvents {
  readonly events: Omit<StoredEvent, "json" | "earlier">[];
  readonly lastChange: number;
  readonly lastMicros: number;
}

/** The events of one calendar, in a stable order, with a log of changes that deltas are read from. */
export class EventStore {
  /** In order of creation. */
  readonly events: StoredEvent[] = [];
  lastChange = 0;
  readonly #surroundings: StoreSurroundings;
  readonly #byId = new Map<string, StoredEvent>();
  readonly #byUid = new Map<string, StoredEvent>();
  readonly #exceptions = new Map<string, Map<string, StoredEvent>>();
  #log: { change: number; at: number; event: StoredEvent }[] = [];
  #lastMicros = 0;

  constructor(surroundings: StoreSurroundings) {
    this.#surroundings = surroundings;
  }

  /** When anything was changed last. */
  get changedAt(): number | undefined {
    return this.#log.at(-1)?.at;
  }

  get(id: string): StoredEvent | undefined {
    return this.#byId.get(id);
  }

  byUid(uid: string): StoredEvent | undefined {
    return this.#byUid.get(uid);
  }

  /** The stored occurrences of a series, by the name of their original start. */
  exceptions(masterId: string): ReadonlyMap<string, StoredEvent> {
    return this.#exceptions.get(masterId) ?? new Map();
  }

  /** A number for one change, in microseconds, above all before it; entries of one change share it. */
  stamp(): number {
    this.#lastMicros = Math.max(this.#surroundings.now() * 1000, this.#lastMicros + 1);
    return this.#lastMicros;
  }

  add(resource: EventResource, stamp = this.stamp()): StoredEvent {
    const event: StoredEvent = {
      resource,
      ordinal: this.events.length,
      change: 0,
      changedAt: 0,
      updatedMicros: stamp,
      etagNumber: 0,
      startsAt: 0,
      endsAt: 0,
    };
    this.events.push(event);
    this.#index(event);
    this.#record(event, stamp, false);
    return event;
  }

  change(event: StoredEvent, change: Change, stamp = this.stamp()): void {
    this.#rememberEarlier(event);
    if (isSeries(event) && (change.tombstone !== undefined || change.resource !== undefined)) {
      event.former = event.resource;
    }
    if (change.resource !== undefined) event.resource = change.resource;
    if (change.tombstone === "none") delete event.tombstone;
    else if (change.tombstone !== undefined) event.tombstone = change.tombstone;
    this.#record(event, stamp, change.keepUpdated === true);
  }

  /** Forgets that an event exists, without a trace in lists: an exception of a series that was deleted. */
  hide(event: StoredEvent): void {
    this.#rememberEarlier(event);
    event.tombstone = "hidden";
    event.resource = { ...event.resource, status: "cancelled" };
    delete event.json;
  }

  /** Entries changed after one number and up to another, in the order of their last change within that span. */
  changesBetween(after: number, upTo: number, most = Infinity): StoredEvent[] {
    const found: StoredEvent[] = [];
    for (let at = this.#firstAfter(after); at < this.#log.length; at += 1) {
      const entry = this.#log[at];
      if (entry === undefined || entry.change > upTo || found.length >= most) break;
      const version = this.versionAt(entry.event, upTo);
      if (version?.change === entry.change) found.push(version);
    }
    return found;
  }

  /** The event as it was when the change of that number was the last. */
  versionAt(event: StoredEvent, upTo: number): StoredEvent | undefined {
    if (event.change <= upTo) return event;
    return event.earlier?.findLast((version) => version.change <= upTo) ?? undefined;
  }

  /** The last change that readers can see by now. */
  horizon(): number {
    const lag = this.#surroundings.readLagMs();
    if (lag === 0) return this.lastChange;
    const visible = this.#surroundings.now() - lag;
    return this.#log.findLast((entry) => entry.at <= visible)?.change ?? 0;
  }

  /** Times are answered in the calendar's zone, so a new zone renews what was computed with the old one. */
  rezone(render: (resource: EventResource) => EventResource): void {
    for (const event of this.events) {
      event.resource = render(event.resource);
      delete event.json;
      this.#place(event);
    }
  }

  save(): SavedEvents {
    const events = this.events.map(({ json: _json, earlier: _earlier, ...rest }) => rest);
    return { events, lastChange: this.lastChange, lastMicros: this.#lastMicros };
  }

  load(saved: SavedEvents): void {
    this.lastChange = saved.lastChange;
    this.#lastMicros = saved.lastMicros;
    for (const event of saved.events) {
      this.events.push(event);
      this.#index(event);
    }
    const logged = this.events.filter((event) => event.tombstone !== "hidden");
    this.#log = logged
      .map((event) => ({ change: event.change, at: event.changedAt, event }))
      .sort((a, b) => a.change - b.change);
  }

  #record(event: StoredEvent, stamp: number, keepUpdated: boolean): void {
    if (!keepUpdated) event.updatedMicros = stamp;
    event.etagNumber = keepUpdated
      ? event.etagNumber + 1
      : Math.max(stamp * 2, event.etagNumber + 1);
    const updated = new Date(Math.floor(event.updatedMicros / 1000)).toISOString();
    event.resource = { ...event.resource, etag: `"${event.etagNumber}"`, updated };
    event.change = this.lastChange += 1;
    event.changedAt = this.#surroundings.now();
    delete event.json;
    this.#place(event);
    this.#log.push({ change: event.change, at: event.changedAt, event });
    this.#trimLog();
    this.#surroundings.changed();
  }

  #place(event: StoredEvent): void {
    const zone = this.#surroundings.timeZone();
    const { start, end, originalStartTime } = event.resource;
    const from = start ?? originalStartTime;
    if (from === undefined) return;
    event.startsAt = instantOfTime(from, zone);
    event.endsAt = instantOfTime(end ?? from, zone);
  }

  #index(event: StoredEvent): void {
    const { id, iCalUID, recurringEventId, originalStartTime } = event.resource;
    this.#byId.set(id, event);
    if (recurringEventId === undefined) this.#byUid.set(iCalUID, event);
    else if (originalStartTime !== undefined) {
      const siblings = this.#exceptions.get(recurringEventId) ?? new Map<string, StoredEvent>();
      siblings.set(occurrenceKey(originalStartTime, this.#surroundings.timeZone()), event);
      this.#exceptions.set(recurringEventId, siblings);
    }
    this.#place(event);
  }

  #rememberEarlier(event: StoredEvent): void {
    const lag = this.#surroundings.readLagMs();
    if (lag === 0) {
      delete event.earlier;
      return;
    }
    const { earlier = [], ...version } = event;
    event.earlier = [...earlier.slice(-50), version];
  }

  #firstAfter(change: number): number {
    let low = 0;
    let high = this.#log.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#log[middle]?.change ?? 0) <= change) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Entries that a later change replaced are dropped from time to time. */
  #trimLog(): void {
    if (this.#log.length < 1000 || this.#log.length < this.events.length * 3) return;
    if (this.#surroundings.readLagMs() > 0) return;
    this.#log = this.#log.filter((entry) => entry.event.change === entry.change);
  }
}
