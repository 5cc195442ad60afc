import type { Request, Response } from "express";
import type { FieldType } from "./discovery-fields.ts";
import { isType } from "./event-body.ts";
import { type Account, type AccessRole, type Calendar, roleAtLeast } from "./calendar.ts";
import { flag, numberParameter, type Query, textParameter } from "./check-request.ts";
import { forbidden, invalid, notFound } from "./errors.ts";
import type { WriteContext } from "./write-context.ts";
import type { Google } from "./google.ts";
import { isObject, type JsonObject } from "../json.ts";

/** One authenticated call. */
export interface Call {
  readonly google: Google;
  readonly account: Account;
  readonly clientId: string;
  readonly query: Query;
  readonly body: unknown;
  readonly request: Request;
  readonly response: Response;
}

/** What an operation answers; `json` is a text that is ready to be sent. */
export type Answer =
  | { readonly value: JsonObject; readonly etag?: string }
  | { readonly json: string; readonly count: number }
  | { readonly status: 204 | 304 };

export type Operation = (call: Call) => Answer | Promise<Answer>;

interface OpenCalendar {
  readonly calendar: Calendar;
  readonly role: AccessRole;
}

export function pathParameter({ request }: Call, name: string): string {
  const value = request.params[name];
  return typeof value === "string" ? value : "";
}

/** The calendar a path names, as far as the account may see it. */
export function openCalendar(call: Call, id = pathParameter(call, "calendarId")): OpenCalendar {
  const calendarId = id === "primary" ? call.account.email : id;
  const entry = call.account.list.get(calendarId);
  const calendar = call.google.calendars.get(calendarId);
  if (calendar === undefined || calendar.data.deleted === true || entry === undefined)
    throw notFound();
  if (entry.accessRole === "none") throw notFound();
  return { calendar, role: entry.accessRole };
}

export function openForWriting(call: Call, id?: string): OpenCalendar {
  const open = openCalendar(call, id);
  if (!roleAtLeast(open.role, "writerWithoutPrivateAccess")) {
    throw forbidden("requiredAccessLevel", "You need to have writer access to this calendar.");
  }
  return open;
}

export function writeContext(call: Call, calendar: Calendar): WriteContext {
  const { google, query, account, request } = call;
  return {
    calendar,
    settings: google.settings,
    now: google.clock.now(),
    actor: account.email,
    asClient: true,
    ifMatch: request.get("if-match"),
    body: {
      conferenceDataVersion: numberParameter(query, "conferenceDataVersion") ?? 0,
      eventLabelVersion: numberParameter(query, "eventLabelVersion") ?? 0,
      supportsAttachments: flag(query, "supportsAttachments") ?? false,
    },
  };
}

/** Counts the guests' mail a write causes; without `sendUpdates` nobody is told. */
export function countMail({ google, query }: Call, resource: JsonObject): void {
  const mode = textParameter(query, "sendUpdates");
  const told =
    mode === "all" || mode === "externalOnly" || flag(query, "sendNotifications") === true;
  const { attendees } = resource;
  if (told && Array.isArray(attendees) && attendees.length > 0) google.counters.add("guestsMailed");
}

/** The body as an object; members that the description knows must be of its type. */
export function bodyObject(
  { body }: Call,
  fields: Readonly<Record<string, FieldType>> = {},
): JsonObject {
  if (!isObject(body)) throw invalid("Parse Error");
  for (const [name, value] of Object.entries(body)) {
    const type = fields[name];
    if (type !== undefined && value !== undefined && value !== null && !isType(value, type))
      throw invalid(`Invalid value for field: ${name}`, name);
  }
  return body;
}
