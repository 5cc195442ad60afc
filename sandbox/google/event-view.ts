import type { AccessRole } from "./calendar.ts";
import type { StoredEvent } from "./event.ts";
import { inZone } from "./times.ts";
import { isObject, type JsonObject } from "../json.ts";

export interface ViewOptions {
  readonly calendarZone: string;
  readonly timeZone?: string | undefined;
  readonly maxAttendees?: number | undefined;
  readonly role: AccessRole;
}

/** Whether the stored JSON can be served as it is. */
export function isPlain(options: ViewOptions): boolean {
  const otherZone = options.timeZone !== undefined && options.timeZone !== options.calendarZone;
  return !otherZone && options.maxAttendees === undefined && options.role !== "freeBusyReader";
}

/** Fields of a cancelled occurrence of a living series. */
const OCCURRENCE_FIELDS = ["kind", "etag", "id", "status", "recurringEventId", "originalStartTime"];
const ID_FIELDS = ["kind", "etag", "id", "status"];
const BUSY_FIELDS = [
  "kind",
  "etag",
  "id",
  "status",
  "start",
  "end",
  "recurringEventId",
  "originalStartTime",
  "recurrence",
  "eventType",
];

function only(resource: JsonObject, fields: readonly string[]): JsonObject {
  return Object.fromEntries(
    fields.filter((name) => resource[name] !== undefined).map((name) => [name, resource[name]]),
  );
}

/** The entry as lists show it. */
export function listed(event: StoredEvent): JsonObject {
  if (event.tombstone === "idOnly") return only(event.resource, ID_FIELDS);
  if (event.tombstone === undefined && event.resource.status === "cancelled")
    return only(event.resource, OCCURRENCE_FIELDS);
  return event.resource;
}

export function listedJson(event: StoredEvent): string {
  return (event.json ??= JSON.stringify(listed(event)));
}

/** A resource as this caller sees it. */
export function view(resource: JsonObject, options: ViewOptions): JsonObject {
  if (isPlain(options)) return resource;
  let seen = resource;
  if (options.role === "freeBusyReader")
    seen = { ...only(seen, BUSY_FIELDS), visibility: "private" };
  if (options.timeZone !== undefined) seen = rezoned(seen, options.timeZone);
  return options.maxAttendees === undefined ? seen : cutAttendees(seen, options.maxAttendees);
}

export function rezoned<T extends JsonObject>(resource: T, zone: string): T {
  const times: JsonObject = {};
  for (const name of ["start", "end", "originalStartTime"] as const) {
    const time = resource[name];
    if (isObject(time)) times[name] = inZone(time, zone);
  }
  return { ...resource, ...times };
}

/** A longer list than asked is cut to the caller's own entry. */
function cutAttendees(resource: JsonObject, most: number): JsonObject {
  const { attendees } = resource;
  if (!Array.isArray(attendees) || attendees.length <= most) return resource;
  const own = attendees.filter((attendee) => isObject(attendee) && attendee["self"] === true);
  return { ...resource, attendees: own, attendeesOmitted: true };
}
