import type { Calendar } from "./calendar.ts";
import { deleted, duplicate, invalid } from "./errors.ts";
import type { StoredEvent } from "./event.ts";
import { deleteEvent } from "./event-removal.ts";
import { findForWrite, type WriteContext } from "./write-context.ts";
import { rezoned } from "./event-view.ts";

/** Changes the calendar an event belongs to; the old calendar keeps a cancelled stub. */
export function moveEvent(context: WriteContext, destination: Calendar, id: string): StoredEvent {
  const found = findForWrite(context, id);
  if (found.kind === "virtual" || found.event.resource.recurringEventId !== undefined) {
    throw invalid("An occurrence of a recurring event cannot be moved to another calendar.");
  }
  const { resource } = found.event;
  if (resource.status === "cancelled") throw deleted();
  if (resource.eventType !== "default")
    throw invalid("Only events of the default type can be moved.");
  const known = destination.events.get(id);
  if (known !== undefined && known.tombstone === undefined) throw duplicate();
  const exceptions = [...context.calendar.events.exceptions(id).values()].map(
    (exception) => exception.resource,
  );
  deleteEvent(context, id);
  const { data, events } = destination;
  const organizer = {
    email: data.id,
    self: true,
    ...(data.id === data.owner ? {} : { displayName: data.summary }),
  };
  const moved = rezoned({ ...resource, organizer }, data.timeZone);
  const stamp = events.stamp();
  if (known === undefined) {
    const event = events.add(moved, stamp);
    for (const exception of exceptions)
      events.add(rezoned({ ...exception, organizer }, data.timeZone), stamp);
    return event;
  }
  events.change(known, { resource: moved, tombstone: "none" }, stamp);
  return known;
}
