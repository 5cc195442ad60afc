import type { Calendar } from "./calendar.ts";
import { conditionNotMet, notFound } from "./errors.ts";
import type { EventResource, StoredEvent } from "./event.ts";
import type { BodyOptions } from "./event-body.ts";
import { normaliseEvent, type RuleContext } from "./event-rules.ts";
import { find, type Found, virtualInstance } from "./instances.ts";
import type { GoogleSettings } from "./settings.ts";
import type { JsonObject } from "../json.ts";

export interface WriteContext {
  readonly calendar: Calendar;
  readonly settings: GoogleSettings;
  readonly now: number;
  /** Who writes; a person at the pages has all rights of the organizer. */
  readonly actor: string;
  readonly asClient: boolean;
  readonly ifMatch?: string | undefined;
  readonly body?: BodyOptions;
}

export function rules(context: WriteContext): RuleContext {
  const { id, timeZone } = context.calendar.data;
  return { calendarZone: timeZone, calendarId: id, trim: context.settings.normalise === "trim" };
}

export function newResource(context: WriteContext, fields: JsonObject, id: string): EventResource {
  const { data } = context.calendar;
  const { id: _id, iCalUID, ...rest } = normaliseEvent(fields, rules(context));
  const resource = {
    kind: "calendar#event",
    etag: "",
    id,
    status: "confirmed",
    htmlLink: `https://www.google.com/calendar/event?eid=${Buffer.from(`${id} ${data.id}`).toString("base64url")}`,
    created: `${new Date(context.now).toISOString().slice(0, 19)}.000Z`,
    updated: "",
    creator: { email: context.actor, ...(context.actor === data.id ? { self: true } : {}) },
    organizer: organizerOf(context.calendar),
    iCalUID: typeof iCalUID === "string" ? iCalUID : `${id}@google.com`,
    sequence: 0,
    reminders: { useDefault: true },
    eventType: "default",
    ...rest,
  };
  return resource as unknown as EventResource;
}

function organizerOf({ data }: Calendar): JsonObject {
  const named = data.id === data.owner ? {} : { displayName: data.summary };
  return { email: data.id, ...named, self: true };
}

/** The event an id names, with its version checked. */
export function findForWrite(context: WriteContext, id: string): Found {
  const found = find(context.calendar.events, id, context.calendar.data.timeZone);
  if (found === undefined) throw notFound();
  const current = found.kind === "stored" ? found.event : found.master;
  const { ifMatch } = context;
  if (ifMatch !== undefined && ifMatch !== "*" && ifMatch !== current.resource.etag)
    throw conditionNotMet();
  return found;
}

/** What a write starts from. */
export function currentOf(context: WriteContext, found: Found): EventResource {
  if (found.kind === "stored") return restored(context, found.event);
  const { timeZone } = context.calendar.data;
  return virtualInstance(
    found.master.resource,
    found.key,
    timeZone,
    context.settings.instanceIdForm,
  );
}

/** A cancelled occurrence keeps no details, so what a write changes is the occurrence as the series implies it. */
function restored(context: WriteContext, event: StoredEvent): EventResource {
  const { recurringEventId, originalStartTime } = event.resource;
  if (event.resource.start !== undefined || recurringEventId === undefined) return event.resource;
  const master = context.calendar.events.get(recurringEventId);
  if (master === undefined || originalStartTime === undefined) return event.resource;
  const { timeZone } = context.calendar.data;
  const key = originalStartTime.date ?? String(Date.parse(originalStartTime.dateTime ?? ""));
  const implied = virtualInstance(master.resource, key, timeZone, "timestamp");
  return { ...implied, id: event.resource.id, status: "cancelled" };
}
