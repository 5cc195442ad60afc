import { randomBytes } from "node:crypto";
import { bodyObject, type Call, openCalendar, type Operation } from "./api-context.ts";
import type { Calendar, CalendarData } from "./calendar.ts";
import { calendarFields } from "./discovery-fields.ts";
import { forbidden, invalid, required } from "./errors.ts";
import { isZone } from "../zones.ts";
import { compact, type JsonObject } from "../json.ts";

function show({ data }: Calendar): JsonObject {
  return compact({
    kind: "calendar#calendar",
    etag: `"${data.etag}"`,
    id: data.id,
    summary: data.summary,
    description: data.description,
    location: data.location,
    timeZone: data.timeZone,
    conferenceProperties: { allowedConferenceSolutionTypes: ["hangoutsMeet"] },
  });
}

function openOwned(call: Call): Calendar {
  const { calendar, role } = openCalendar(call);
  if (role !== "owner")
    throw forbidden("requiredAccessLevel", "You need to have owner access to this calendar.");
  return calendar;
}

function checkZone(body: JsonObject): void {
  const zone = body["timeZone"];
  if (zone !== undefined && zone !== null && (typeof zone !== "string" || !isZone(zone))) {
    throw invalid("Invalid time zone definition.", "timeZone");
  }
}

const insert: Operation = (call) => {
  const body = bodyObject(call, calendarFields);
  const { summary, timeZone, description } = body;
  if (typeof summary !== "string") throw required("Missing title.", "summary");
  checkZone(body);
  const id = `${randomBytes(16).toString("hex")}@group.calendar.google.com`;
  const zone = typeof timeZone === "string" ? timeZone : "UTC";
  const about = typeof description === "string" ? description : undefined;
  const calendar = call.google.addCalendar(call.account, {
    id,
    summary,
    timeZone: zone,
    description: about,
  });
  call.google.counters.write("calendars.insert");
  return { value: show(calendar) };
};

function changing(method: string, whole: boolean): Operation {
  return (call) => {
    const calendar = openOwned(call);
    const body = bodyObject(call, calendarFields);
    checkZone(body);
    if (whole && typeof body["summary"] !== "string") throw required("Missing title.", "summary");
    apply(calendar.data, body, whole);
    calendar.data.etag += 2;
    if (typeof body["timeZone"] === "string") call.google.setTimeZone(calendar, body["timeZone"]);
    call.google.enter(call.account, calendar.data.id, {});
    call.google.counters.write(method);
    return { value: show(calendar) };
  };
}

function apply(data: CalendarData, body: JsonObject, whole: boolean): void {
  if (typeof body["summary"] === "string") data.summary = body["summary"];
  for (const name of ["description", "location"] as const) {
    const value = body[name];
    if (typeof value === "string") data[name] = value;
    else if (value === null || whole) delete data[name];
  }
}

const remove: Operation = (call) => {
  const calendar = openOwned(call);
  if (calendar.data.id === call.account.email)
    throw forbidden("cannotDeletePrimaryCalendar", "Cannot delete primary calendar.");
  calendar.data.deleted = true;
  for (const account of call.google.accounts.values()) {
    if (account.list.has(calendar.data.id))
      call.google.enter(account, calendar.data.id, { deleted: true });
  }
  call.google.counters.write("calendars.delete");
  return { status: 204 };
};

/** Deletes all events of a primary calendar. */
const clear: Operation = (call) => {
  const calendar = openOwned(call);
  if (calendar.data.id !== call.account.email)
    throw invalid("Only a primary calendar can be cleared.");
  for (const event of calendar.events.events) {
    if (event.tombstone !== undefined) continue;
    if (event.resource.recurringEventId !== undefined) calendar.events.hide(event);
    else
      calendar.events.change(event, {
        resource: { ...event.resource, status: "cancelled" },
        tombstone: "idOnly",
      });
  }
  call.google.counters.write("calendars.clear");
  return { status: 204 };
};

export const calendarOperations: Readonly<Record<string, Operation>> = {
  "calendars.get": (call) => ({ value: show(openCalendar(call).calendar) }),
  "calendars.insert": insert,
  "calendars.patch": changing("calendars.patch", false),
  "calendars.update": changing("calendars.update", true),
  "calendars.delete": remove,
  "calendars.clear": clear,
};
