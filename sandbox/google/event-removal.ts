import { deleted } from "./errors.ts";
import { type EventResource, isGone, isSeries, type StoredEvent } from "./event.ts";
import type { Found } from "./instances.ts";
import { currentOf, findForWrite, type WriteContext } from "./write-context.ts";

export function deleteEvent(context: WriteContext, id: string): StoredEvent {
  const found = findForWrite(context, id);
  if (found.kind === "stored" && found.event.resource.status === "cancelled") throw deleted();
  return removeEvent(context, found);
}

/** Cancels one occurrence, or deletes an event with all that belongs to it. */
export function removeEvent(context: WriteContext, found: Found): StoredEvent {
  if (found.kind === "virtual" || found.event.resource.recurringEventId !== undefined) {
    return cancelOccurrence(context, found);
  }
  const { events } = context.calendar;
  const { event } = found;
  const wasSeries = isSeries(event);
  const { tombstones } = context.settings;
  events.change(event, {
    resource: { ...event.resource, status: "cancelled" },
    tombstone: wasSeries ? "idOnly" : tombstones,
  });
  for (const exception of events.exceptions(event.resource.id).values()) events.hide(exception);
  return event;
}

/** A cancelled occurrence is told by what it replaces, and its series changes with it. */
function cancelOccurrence(context: WriteContext, found: Found): StoredEvent {
  const { events } = context.calendar;
  const current = currentOf(context, found);
  const masterId = current.recurringEventId ?? "";
  const master = found.kind === "virtual" ? found.master : events.get(masterId);
  const { id, recurringEventId, originalStartTime, iCalUID, created, eventType, sequence } =
    current;
  const kept = { id, recurringEventId, originalStartTime, iCalUID, created, eventType, sequence };
  const resource = { kind: "calendar#event", etag: "", status: "cancelled", updated: "", ...kept };
  const stamp = events.stamp();
  if (master !== undefined && !isGone(master)) events.change(master, {}, stamp);
  if (found.kind === "virtual") return events.add(resource as unknown as EventResource, stamp);
  events.change(found.event, { resource: resource as unknown as EventResource }, stamp);
  return found.event;
}
