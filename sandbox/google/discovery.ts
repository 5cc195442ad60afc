import { type Parameter, parameters } from "./discovery-parameters.ts";
import { scopes } from "./discovery-scopes.ts";

/**
 * The Calendar API as Google describes it in its discovery document, revision 20261030, cut down to
 * what a server needs to judge a request: paths, verbs, query parameters and scopes here, body fields
 * in `discovery-fields.ts`.
 */
export interface Method {
  readonly id: string;
  readonly verb: "get" | "post" | "put" | "patch" | "delete";
  readonly path: string;
  readonly query: Readonly<Record<string, Parameter>>;
  readonly scopes: readonly string[];
}

type Name = keyof typeof parameters;

function method(
  id: string,
  verb: Method["verb"],
  path: string,
  allowedBy: readonly string[],
  names: readonly Name[] = [],
): Method {
  const query = Object.fromEntries(names.map((name) => [name, parameters[name]]));
  return { id, verb, path, query, scopes: allowedBy };
}

const calendarListQuery: readonly Name[] = [
  "maxResults",
  "minAccessRole",
  "pageToken",
  "showDeleted",
  "showHidden",
  "showOwnOrganizationOnly",
  "syncToken",
];
const eventsQuery: readonly Name[] = [
  "alwaysIncludeEmail",
  "eventTypes",
  "iCalUID",
  "maxAttendees",
  "maxResults",
  "orderBy",
  "pageToken",
  "privateExtendedProperty",
  "q",
  "sharedExtendedProperty",
  "showDeleted",
  "showHiddenInvitations",
  "singleEvents",
  "syncToken",
  "timeMax",
  "timeMin",
  "timeZone",
  "updatedMin",
];
const settingsQuery: readonly Name[] = ["maxResults", "pageToken", "syncToken"];
const writeQuery: readonly Name[] = [
  "alwaysIncludeEmail",
  "conferenceDataVersion",
  "eventLabelVersion",
  "maxAttendees",
  "sendNotifications",
  "sendUpdates",
  "supportsAttachments",
];
const calendarList = "users/me/calendarList";
const calendar = "calendars/{calendarId}";
const events = `${calendar}/events`;
const settings = "users/me/settings";

export const methods: readonly Method[] = [
  method(
    "calendarList.delete",
    "delete",
    `${calendarList}/{calendarId}`,
    scopes.calendarListDelete,
  ),
  method("calendarList.get", "get", `${calendarList}/{calendarId}`, scopes.calendarListGet),
  method("calendarList.insert", "post", calendarList, scopes.calendarListInsert, [
    "colorRgbFormat",
  ]),
  method("calendarList.list", "get", calendarList, scopes.calendarListList, calendarListQuery),
  method("calendarList.patch", "patch", `${calendarList}/{calendarId}`, scopes.calendarListDelete, [
    "colorRgbFormat",
  ]),
  method("calendarList.update", "put", `${calendarList}/{calendarId}`, scopes.calendarListDelete, [
    "colorRgbFormat",
  ]),
  method(
    "calendarList.watch",
    "post",
    `${calendarList}/watch`,
    scopes.calendarListList,
    calendarListQuery,
  ),
  method("calendars.clear", "post", `${calendar}/clear`, scopes.calendarsClear),
  method("calendars.delete", "delete", calendar, scopes.calendarsDelete),
  method("calendars.get", "get", calendar, scopes.calendarsGet),
  method("calendars.insert", "post", "calendars", scopes.calendarsDelete),
  method("calendars.patch", "patch", calendar, scopes.calendarsDelete),
  method("calendars.update", "put", calendar, scopes.calendarsDelete),
  method("channels.stop", "post", "channels/stop", scopes.channelsStop),
  method("colors.get", "get", "colors", scopes.colorsGet),
  method("events.delete", "delete", `${events}/{eventId}`, scopes.eventsDelete, [
    "sendNotifications",
    "sendUpdates",
  ]),
  method("events.get", "get", `${events}/{eventId}`, scopes.eventsGet, [
    "alwaysIncludeEmail",
    "maxAttendees",
    "timeZone",
  ]),
  method("events.import", "post", `${events}/import`, scopes.eventsDelete, [
    "conferenceDataVersion",
    "eventLabelVersion",
    "supportsAttachments",
  ]),
  method("events.insert", "post", events, scopes.eventsDelete, [
    "conferenceDataVersion",
    "eventLabelVersion",
    "maxAttendees",
    "sendNotifications",
    "sendUpdates",
    "supportsAttachments",
  ]),
  method("events.instances", "get", `${events}/{eventId}/instances`, scopes.eventsGet, [
    "alwaysIncludeEmail",
    "maxAttendees",
    "maxResults",
    "originalStart",
    "pageToken",
    "showDeleted",
    "timeMax",
    "timeMin",
    "timeZone",
  ]),
  method("events.list", "get", events, scopes.eventsGet, eventsQuery),
  method("events.move", "post", `${events}/{eventId}/move`, scopes.eventsMove, [
    "destination",
    "sendNotifications",
    "sendUpdates",
  ]),
  method("events.patch", "patch", `${events}/{eventId}`, scopes.eventsDelete, writeQuery),
  method("events.quickAdd", "post", `${events}/quickAdd`, scopes.eventsDelete, [
    "sendNotifications",
    "sendUpdates",
    "text",
  ]),
  method("events.update", "put", `${events}/{eventId}`, scopes.eventsDelete, writeQuery),
  method("events.watch", "post", `${events}/watch`, scopes.eventsGet, eventsQuery),
  method("freebusy.query", "post", "freeBusy", scopes.freebusyQuery),
  method("settings.get", "get", `${settings}/{setting}`, scopes.settingsGet),
  method("settings.list", "get", settings, scopes.settingsGet, settingsQuery),
  method("settings.watch", "post", `${settings}/watch`, scopes.settingsGet, settingsQuery),
];
