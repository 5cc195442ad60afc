import type { Calendar } from "./calendar.ts";
import type { EventResource, StoredEvent } from "./event.ts";
import { newResource, type WriteContext } from "./write-context.ts";
import { writableFields } from "./event-body.ts";
import type { Google } from "./google.ts";
import { type IcsEvent, readEvent } from "./ics-event.ts";
import { allNamed, type Component, parseComponents, property } from "./ics-lines.ts";
import { atStartTime } from "./ics-recurrence.ts";
import { dayOf, toEventTime } from "./ics-times.ts";
import { zonesOf } from "./ics-zones.ts";
import { instanceId, newEventId } from "./instances.ts";
import { personContext } from "./person.ts";
import { occurrenceKey, timeOfKey } from "./recurrence.ts";
import { isZone } from "../zones.ts";

interface Skipped {
  readonly uid: string | null;
  readonly recurrenceId?: string;
  readonly reason: string;
}

interface IcsReport {
  readonly loaded: number;
  readonly skipped: Skipped[];
}

interface Loading {
  readonly context: WriteContext;
  readonly skipped: Skipped[];
  loaded: number;
}

/** Loads a file as what the calendar holds; every event is either loaded or skipped with a reason. */
export function loadIcs(google: Google, calendar: Calendar, ics: string): IcsReport {
  const components = parseComponents(ics);
  const loading: Loading = { context: personContext(google, calendar), skipped: [], loaded: 0 };
  const events = readAll(components, calendar, loading);
  for (const group of byUid(events).values()) loadGroup(group, loading);
  const { loaded, skipped } = loading;
  return { loaded, skipped };
}

function readAll(components: Component[], { data }: Calendar, loading: Loading): IcsEvent[] {
  const named = allNamed(components, "VCALENDAR").map((one) =>
    property(one, "X-WR-TIMEZONE")?.value.trim(),
  );
  const floating = named.find((zone) => zone !== undefined && isZone(zone)) ?? data.timeZone;
  const context = { resolve: zonesOf(components), floating };
  return allNamed(components, "VEVENT").flatMap((component) => {
    try {
      return [readEvent(component, context)];
    } catch (error) {
      const recurrenceId = property(component, "RECURRENCE-ID")?.value;
      skip(loading, property(component, "UID")?.value, recurrenceId, error);
      return [];
    }
  });
}

function skip(
  loading: Loading,
  uid: string | undefined,
  recurrenceId: string | undefined,
  cause: unknown,
): void {
  const reason = cause instanceof Error ? cause.message : String(cause);
  loading.skipped.push({
    uid: uid ?? null,
    ...(recurrenceId === undefined ? {} : { recurrenceId }),
    reason,
  });
}

/** Events without a UID belong to nothing but themselves. */
function byUid(events: IcsEvent[]): Map<string, IcsEvent[]> {
  const groups = new Map<string, IcsEvent[]>();
  for (const event of events) {
    const key = event.uid ?? `\n${groups.size}`;
    groups.set(key, [...(groups.get(key) ?? []), event]);
  }
  return groups;
}

function loadGroup(group: IcsEvent[], loading: Loading): void {
  const overrides = group.filter((event) => event.recurrenceId !== undefined);
  const masters = group
    .filter((event) => event.recurrenceId === undefined)
    .sort((a, b) => b.sequence - a.sequence);
  const [latest, ...older] = masters;
  for (const event of older)
    skip(loading, event.uid, undefined, "The file holds a newer version of this event");
  const master = latest === undefined ? undefined : loadMaster(latest, loading);
  for (const override of overrides) {
    attempt(override, loading, () => {
      if (master === undefined || latest === undefined) loadSingle(override, loading);
      else loadOverride(override, latest, master, loading);
    });
  }
}

function attempt(event: IcsEvent, loading: Loading, act: () => void): void {
  try {
    act();
    loading.loaded += 1;
  } catch (error) {
    const id = event.recurrenceId;
    skip(loading, event.uid, id === undefined ? undefined : dayOf(id), error);
  }
}

function loadMaster(event: IcsEvent, loading: Loading): StoredEvent | undefined {
  let stored: StoredEvent | undefined;
  attempt(event, loading, () => {
    stored = loadSingle(event, loading);
  });
  return stored;
}

/** A single event or a master. An occurrence whose series is not in the file is held as a single event, too. */
function loadSingle(
  { uid, cancelled, body, recurrenceId }: IcsEvent,
  { context }: Loading,
): StoredEvent {
  const { events } = context.calendar;
  if (cancelled) throw new Error("The event is cancelled");
  if (
    uid !== undefined &&
    recurrenceId === undefined &&
    events.byUid(uid)?.tombstone === undefined &&
    events.byUid(uid) !== undefined
  ) {
    throw new Error("The calendar already holds an event with this UID");
  }
  const fields = writableFields(
    { ...body, ...(uid === undefined ? {} : { iCalUID: uid }) },
    context.body,
  );
  return events.add(newResource(context, fields, newEventId()));
}

/** A changed or cancelled occurrence, held under the original start it has in its series. */
function loadOverride(
  override: IcsEvent,
  series: IcsEvent,
  master: StoredEvent,
  { context }: Loading,
): void {
  const { calendar, settings } = context;
  const { timeZone } = calendar.data;
  if (override.recurrenceId === undefined) return;
  if (master.resource.recurrence === undefined)
    throw new Error("The event it belongs to does not recur");
  // Exchange names an all-day occurrence by a time, others a timed one by a date.
  const original = atStartTime(override.recurrenceId, series.start);
  const key =
    series.start.kind === "date" ? dayOf(original) : occurrenceKey(toEventTime(original), timeZone);
  if (calendar.events.exceptions(master.resource.id).has(key))
    throw new Error("The file holds another version of this occurrence");
  const { id: masterId, iCalUID, created, eventType } = master.resource;
  const id = instanceId(masterId, key, settings.instanceIdForm);
  const identity = {
    id,
    recurringEventId: masterId,
    originalStartTime: timeOfKey(key, master.resource, timeZone),
    iCalUID,
  };
  const stamp = master.updatedMicros;
  if (override.cancelled) {
    const resource = {
      kind: "calendar#event",
      etag: "",
      status: "cancelled",
      updated: "",
      created,
      eventType,
      sequence: override.sequence,
      ...identity,
    };
    calendar.events.add(resource as unknown as EventResource, stamp);
    return;
  }
  const resource = newResource(context, writableFields(override.body, context.body), id);
  calendar.events.add({ ...resource, ...identity }, stamp);
}
