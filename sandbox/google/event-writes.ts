import { isDeepStrictEqual } from "node:util";
import { duplicate, forbidden, GoogleError, invalid } from "./errors.ts";
import { type EventResource, isGone, isSeries, type StoredEvent } from "./event.ts";
import { mergePatch, writableFields } from "./event-body.ts";
import { removeEvent } from "./event-removal.ts";
import { normaliseEvent } from "./event-rules.ts";
import { find, type Found, newEventId } from "./instances.ts";
import { hasOccurrence } from "./recurrence.ts";
import { currentOf, findForWrite, newResource, rules, type WriteContext } from "./write-context.ts";
import { compact, isObject, type JsonObject } from "../json.ts";

/** Fields that are each copy's own, so that a guest may change them. */
const PRIVATE_FIELDS = new Set([
  "attendees",
  "reminders",
  "extendedProperties",
  "colorId",
  "transparency",
  "visibility",
]);
const IDENTITY = [
  "kind",
  "id",
  "etag",
  "iCalUID",
  "htmlLink",
  "created",
  "updated",
  "creator",
  "organizer",
  "sequence",
  "eventType",
  "recurringEventId",
  "originalStartTime",
  "hangoutLink",
  "privateCopy",
  "locked",
] as const;
const TIME_FIELDS = ["start", "end", "recurrence"] as const;

export function insertEvent(context: WriteContext, body: unknown): StoredEvent {
  const fields = withoutNulls(writableFields(body, context.body));
  const { id, iCalUID } = fields;
  if (typeof id === "string") {
    if (!/^[a-v0-9]{5,1024}$/.test(id) && context.asClient)
      throw invalid("Invalid resource id value.");
    if (typeof iCalUID === "string" && context.asClient)
      throw invalid("Only one of id and iCalUID may be given.", "iCalUID");
    if (find(context.calendar.events, id, context.calendar.data.timeZone) !== undefined)
      throw duplicate();
  }
  if (fields["status"] === "cancelled") throw invalid("Invalid Value", "status");
  refuseGmail(fields);
  return context.calendar.events.add(
    newResource(context, fields, typeof id === "string" ? id : newEventId()),
  );
}

function refuseGmail(fields: JsonObject): void {
  if (fields["eventType"] === "fromGmail") throw invalid("Invalid Value", "eventType");
}

/** A private copy of an event known by its iCalendar UID; importing it again updates the copy. */
export function importEvent(context: WriteContext, body: unknown): StoredEvent {
  const options = { ...context.body, alsoWritable: ["organizer", "sequence"] };
  const { id: _id, ...fields } = withoutNulls(writableFields(body, options));
  const uid = fields["iCalUID"];
  if (typeof uid !== "string")
    throw new GoogleError(400, "global", "required", "Required", { parameter: "iCalUID" });
  if ((fields["eventType"] ?? "default") !== "default") throw invalid("Invalid Value", "eventType");
  const known = context.calendar.events.byUid(uid);
  const resource = newResource(context, fields, known?.resource.id ?? newEventId());
  if (known === undefined) return context.calendar.events.add(resource);
  context.calendar.events.change(known, {
    resource: { ...resource, created: known.resource.created },
    tombstone: "none",
  });
  return known;
}

function withoutNulls(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

export function patchEvent(context: WriteContext, id: string, body: unknown): StoredEvent {
  const found = findForWrite(context, id);
  const patch = writableFields(body, context.body);
  const current = currentOf(context, found);
  return write(context, found, current, mergePatch(current, patch), patch);
}

export function updateEvent(context: WriteContext, id: string, body: unknown): StoredEvent {
  const found = findForWrite(context, id);
  const fields = withoutNulls(writableFields(body, context.body));
  const current = currentOf(context, found);
  const identity = Object.fromEntries(IDENTITY.map((name) => [name, current[name]]));
  const draft = {
    status: "confirmed",
    reminders: { useDefault: true },
    ...fields,
    ...compact(identity),
  };
  return write(context, found, current, draft, fields);
}

function write(
  context: WriteContext,
  found: Found,
  current: EventResource,
  draft: JsonObject,
  sent: JsonObject,
): StoredEvent {
  if (sent["eventType"] !== undefined && sent["eventType"] !== current.eventType)
    throw invalid("Invalid Value", "eventType");
  if (current.status === "cancelled" && sent["status"] === "confirmed")
    refuseRevival(context, found);
  if (draft["status"] === "cancelled") return cancelOrKeep(context, found);
  if (current.recurringEventId !== undefined) delete draft["recurrence"];
  const identity = Object.fromEntries(IDENTITY.map((name) => [name, current[name]]));
  const next = { ...normaliseEvent(draft, rules(context)), ...compact(identity) } as EventResource;
  const changed = changedFields(current, next);
  checkOrganizer(context, current, changed);
  if (TIME_FIELDS.some((name) => changed.includes(name))) next.sequence = current.sequence + 1;
  return store(context, found, next, changed);
}

function refuseRevival({ settings }: WriteContext, found: Found): void {
  if (found.kind !== "stored" || !isGone(found.event)) return;
  if (settings.reviveDeleted === "forbid") throw forbidden("forbidden", "Forbidden");
}

function cancelOrKeep(context: WriteContext, found: Found): StoredEvent {
  const gone = found.kind === "stored" && found.event.resource.status === "cancelled";
  return gone ? found.event : removeEvent(context, found);
}

function changedFields(before: EventResource, after: EventResource): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !isDeepStrictEqual(before[name], after[name]));
}

function checkOrganizer({ asClient }: WriteContext, event: EventResource, changed: string[]): void {
  const { organizer } = event;
  if (
    !asClient ||
    (isObject(organizer) && organizer["self"] === true) ||
    event["guestsCanModify"] === true
  )
    return;
  if (changed.every((name) => PRIVATE_FIELDS.has(name))) return;
  const message = "Shared properties can only be changed by the organizer of the event.";
  throw new GoogleError(403, "calendar", "forbiddenForNonOrganizer", message);
}

function store(
  context: WriteContext,
  found: Found,
  next: EventResource,
  changed: string[],
): StoredEvent {
  if (changed.length === 0 && context.settings.emptyWrites === "ignore" && found.kind === "stored")
    return found.event;
  const { events } = context.calendar;
  const stamp = events.stamp();
  if (found.kind === "virtual") {
    events.change(found.master, {}, stamp);
    return events.add(next, stamp);
  }
  const { event } = found;
  const keepUpdated = changed.length > 0 && changed.every((name) => name === "reminders");
  const master =
    event.resource.recurringEventId === undefined
      ? undefined
      : events.get(event.resource.recurringEventId);
  if (master !== undefined && !isGone(master)) events.change(master, { keepUpdated }, stamp);
  const wasSeries = isSeries(event);
  events.change(event, { resource: next, tombstone: "none", keepUpdated }, stamp);
  if (wasSeries) changeExceptions(context, event, keepUpdated, stamp);
  return event;
}

/** The stored occurrences follow their series: a new version each, and gone where the series no longer has them. */
function changeExceptions(
  context: WriteContext,
  master: StoredEvent,
  keepUpdated: boolean,
  stamp: number,
): void {
  const { calendar } = context;
  for (const [key, exception] of calendar.events.exceptions(master.resource.id)) {
    if (isGone(exception)) continue;
    if (
      !isSeries(master) ||
      !hasOccurrence(withoutExclusions(master.resource), key, calendar.data.timeZone)
    ) {
      const resource = { ...exception.resource, status: "cancelled" };
      calendar.events.change(exception, { resource, tombstone: "idOnly" }, stamp);
    } else if (exception.resource.status !== "cancelled") {
      calendar.events.change(exception, { keepUpdated }, stamp);
    }
  }
}

/** A changed occurrence stays part of its series where an EXDATE names its original start. */
function withoutExclusions(master: EventResource): EventResource {
  return { ...master, recurrence: (master.recurrence ?? []).filter((line) => !/^EX/i.test(line)) };
}
