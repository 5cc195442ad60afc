import { invalid, required } from "./errors.ts";
import type { Attendee, EventTime } from "./event.ts";
import { checkRecurrence } from "./recurrence.ts";
import { checkSpan, instantOfTime, normaliseTime } from "./times.ts";
import { formatInZone } from "../zones.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";

const VALUES: Record<string, readonly string[]> = {
  status: ["confirmed", "tentative", "cancelled"],
  transparency: ["opaque", "transparent"],
  visibility: ["default", "public", "private", "confidential"],
  eventType: ["birthday", "default", "focusTime", "outOfOffice", "workingLocation", "fromGmail"],
};

/** Values that Google leaves out of its answers. */
const DEFAULTS: Record<string, Json> = {
  transparency: "opaque",
  visibility: "default",
  guestsCanInviteOthers: true,
  guestsCanModify: false,
  guestsCanSeeOtherGuests: true,
  anyoneCanAddSelf: false,
};

export interface RuleContext {
  readonly calendarZone: string;
  readonly calendarId: string;
  readonly trim: boolean;
}

/** A draft in the form Google stores it; refused where Google would refuse it. */
export function normaliseEvent(draft: JsonObject, context: RuleContext): JsonObject {
  for (const [name, values] of Object.entries(VALUES)) {
    const value = draft[name];
    if (value !== undefined && value !== null && !values.includes(String(value)))
      throw invalid("Invalid Value", name);
  }
  const { start, end } = normaliseSpan(draft, context.calendarZone);
  const event = tidy({ ...draft, start, end }, context.trim);
  checkSeries(draft, start, context.calendarZone);
  checkReminders(draft["reminders"]);
  checkExtendedProperties(draft["extendedProperties"]);
  checkAttachments(draft["attachments"]);
  checkSource(draft["source"]);
  if (Array.isArray(draft["attendees"]) && draft["attendees"].length > 0) {
    event["attendees"] = draft["attendees"].map((attendee) =>
      normaliseAttendee(attendee, context.calendarId),
    );
  }
  return event;
}

function normaliseSpan(draft: JsonObject, zone: string): { start: EventTime; end: EventTime } {
  const start = normaliseTime(draft["start"], "start", zone);
  const missing = !isObject(draft["end"]);
  const end =
    missing && draft["endTimeUnspecified"] === true
      ? usualEnd(start, zone)
      : normaliseTime(draft["end"], "end", zone);
  checkSpan(start, end, zone);
  return { start, end };
}

function usualEnd(start: EventTime, zone: string): EventTime {
  const at = instantOfTime(start, zone);
  if (start.date !== undefined)
    return { date: new Date(Date.parse(start.date) + 86_400_000).toISOString().slice(0, 10) };
  return { ...start, dateTime: formatInZone(zone, at + 3_600_000) };
}

function tidy(event: JsonObject, trim: boolean): JsonObject {
  for (const name of ["summary", "description", "location"]) {
    const value = event[name];
    if (typeof value !== "string") continue;
    const text = trim ? value.trim() : value;
    if (text === "") delete event[name];
    else event[name] = text;
  }
  for (const [name, value] of Object.entries(event)) {
    if (value === null || (Array.isArray(value) && value.length === 0) || DEFAULTS[name] === value)
      delete event[name];
  }
  return event;
}

function checkSeries(draft: JsonObject, start: EventTime, calendarZone: string): void {
  const lines = draft["recurrence"];
  if (!Array.isArray(lines) || lines.length === 0) return;
  if (!lines.every((line) => typeof line === "string")) throw invalid("Invalid recurrence rule.");
  const asked = isObject(draft["start"]) ? draft["start"] : {};
  if (start.date === undefined && typeof asked["timeZone"] !== "string") {
    throw required("Missing time zone definition for start time.");
  }
  checkRecurrence(lines, start, calendarZone);
}

function checkReminders(value: Json | undefined): void {
  if (!isObject(value)) return;
  const overrides = value["overrides"];
  if (overrides === undefined || overrides === null) return;
  if (!Array.isArray(overrides) || overrides.length > 5)
    throw invalid("Invalid Value", "reminders.overrides");
  if (value["useDefault"] === true && overrides.length > 0) {
    throw invalid("Cannot specify both default reminders and overrides at the same time.");
  }
  for (const entry of overrides) {
    const reminder = isObject(entry) ? entry : {};
    const minutes = reminder["minutes"];
    const method = reminder["method"];
    if (method !== "email" && method !== "popup")
      throw invalid("Invalid Value", "reminders.overrides.method");
    if (
      typeof minutes !== "number" ||
      !Number.isInteger(minutes) ||
      minutes < 0 ||
      minutes > 40_320
    ) {
      throw invalid("Invalid Value", "reminders.overrides.minutes");
    }
  }
}

function checkExtendedProperties(value: Json | undefined): void {
  if (!isObject(value)) return;
  let count = 0;
  let size = 0;
  for (const group of [value["private"], value["shared"]]) {
    for (const [key, text] of Object.entries(isObject(group) ? group : {})) {
      if (typeof text !== "string" || key.length > 44 || text.length > 1024) {
        throw invalid("Invalid Value", "extendedProperties");
      }
      count += 1;
      size += key.length + text.length;
    }
  }
  if (count > 300 || size > 32_768) throw invalid("Invalid Value", "extendedProperties");
}

function checkAttachments(value: Json | undefined): void {
  if (!Array.isArray(value)) return;
  if (value.length > 25) throw invalid("Invalid Value", "attachments");
  for (const entry of value)
    if (!isObject(entry) || typeof entry["fileUrl"] !== "string")
      throw required("Required", "attachments.fileUrl");
}

function checkSource(value: Json | undefined): void {
  if (!isObject(value)) return;
  const url = value["url"];
  if (typeof url !== "string" || !/^https?:\/\//.test(url))
    throw invalid("Invalid Value", "source.url");
}

function normaliseAttendee(value: Json, calendarId: string): Attendee {
  const attendee = isObject(value) ? value : {};
  const email = attendee["email"];
  if (typeof email !== "string" || !email.includes("@")) throw invalid("Invalid attendee email.");
  const self = email.toLowerCase() === calendarId.toLowerCase() ? { self: true } : {};
  return { responseStatus: "needsAction", ...attendee, email, ...self };
}
