import { bodyObject, type Call, type Operation, pathParameter } from "./api-context.ts";
import { ACCESS_ROLES, type AccessRole, type ListEntry, roleAtLeast } from "./calendar.ts";
import { flag, numberParameter, textParameter } from "./check-request.ts";
import { calendarListEntryFields } from "./discovery-fields.ts";
import { fullSyncRequired, invalid, notFound, required } from "./errors.ts";
import { listEntryView } from "./list-entry.ts";
import { compact, isObject, type JsonObject } from "../json.ts";

interface Position {
  /** Change a delta starts after; absent for a full list. */
  readonly since?: number;
  readonly upTo: number;
  readonly offset: number;
}

function encode(position: Position): string {
  let text = JSON.stringify({ kind: "calendarList", ...position });
  while (text.length % 3 === 0) text += " ";
  return Buffer.from(text).toString("base64");
}

function decode(text: string, parameter: string): Position {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64").toString());
    if (isObject(value) && value["kind"] === "calendarList") return value as unknown as Position;
  } catch {
    // Falls through to the refusal that every other malformed token gets.
  }
  throw invalid("Invalid Value", parameter);
}

function begin({ query, account }: Call): Position {
  const page = textParameter(query, "pageToken");
  if (page !== undefined) return decode(page, "pageToken");
  const sync = textParameter(query, "syncToken");
  if (sync === undefined) return { upTo: account.lastChange, offset: 0 };
  for (const name of ["minAccessRole", "showOwnOrganizationOnly"]) {
    if (query[name] !== undefined)
      throw invalid("Sync token cannot be used with the given parameter.", name);
  }
  for (const name of ["showDeleted", "showHidden"])
    if (flag(query, name) === false) throw invalid("Invalid Value", name);
  const since = decode(sync, "syncToken").upTo;
  if (since > account.lastChange) throw fullSyncRequired();
  return { since, upTo: account.lastChange, offset: 0 };
}

function selects({ query }: Call, entry: ListEntry, since: number | undefined): boolean {
  if (since !== undefined) return entry.change > since;
  if (entry.deleted === true) return flag(query, "showDeleted") === true;
  if (entry.own["hidden"] === true && flag(query, "showHidden") !== true) return false;
  const least = textParameter(query, "minAccessRole");
  const role = ACCESS_ROLES.find((known) => known === least);
  return entry.accessRole !== "none" && (role === undefined || roleAtLeast(entry.accessRole, role));
}

const list: Operation = (call) => {
  const { account, google, query } = call;
  const position = begin(call);
  const entries = [...account.list.values()].filter((entry) =>
    selects(call, entry, position.since),
  );
  const size = Math.min(
    numberParameter(query, "maxResults") ?? 100,
    250,
    google.settings.pageSizeCap ?? 250,
  );
  const items = entries
    .slice(position.offset, position.offset + size)
    .map((entry) => listEntryView(google, account, entry));
  const more = position.offset + size < entries.length;
  const value = compact({
    kind: "calendar#calendarList",
    etag: `"p${account.lastChange}"`,
    nextPageToken: more ? encode({ ...position, offset: position.offset + size }) : undefined,
    nextSyncToken: more ? undefined : encode({ upTo: position.upTo, offset: 0 }),
    items,
  });
  return { value };
};

function open(call: Call): ListEntry {
  const id = pathParameter(call, "calendarId");
  const entry = call.account.list.get(id === "primary" ? call.account.email : id);
  if (entry === undefined || entry.deleted === true) throw notFound();
  return entry;
}

/** Subscribes to a calendar that is public or shared; others do not exist for the caller. */
const insert: Operation = (call) => {
  const { id } = bodyObject(call, calendarListEntryFields);
  if (typeof id !== "string") throw required("Required", "id");
  const calendar = call.google.calendars.get(id);
  if (calendar === undefined || calendar.data.deleted === true) throw notFound();
  const known = call.account.list.get(id);
  const accessRole: AccessRole =
    known?.accessRole ?? (calendar.data.owner === call.account.email ? "owner" : "reader");
  const entry = { ...call.google.enter(call.account, id, { accessRole }) };
  delete entry.deleted;
  call.account.list.set(id, entry);
  return { value: listEntryView(call.google, call.account, entry) };
};

const OWN_FIELDS = [
  "summaryOverride",
  "colorId",
  "backgroundColor",
  "foregroundColor",
  "hidden",
  "selected",
  "defaultReminders",
  "notificationSettings",
];

const change: Operation = (call) => {
  const entry = open(call);
  const body = bodyObject(call, calendarListEntryFields);
  const own: JsonObject = { ...entry.own };
  for (const name of OWN_FIELDS) if (body[name] !== undefined) own[name] = body[name];
  return {
    value: listEntryView(
      call.google,
      call.account,
      call.google.enter(call.account, entry.calendarId, { own }),
    ),
  };
};

const remove: Operation = (call) => {
  const entry = open(call);
  if (entry.calendarId === call.account.email)
    throw invalid("The primary calendar cannot be removed from the list.");
  call.google.enter(call.account, entry.calendarId, { deleted: true });
  return { status: 204 };
};

export const calendarListOperations: Readonly<Record<string, Operation>> = {
  "calendarList.list": list,
  "calendarList.get": (call) => ({ value: listEntryView(call.google, call.account, open(call)) }),
  "calendarList.insert": insert,
  "calendarList.patch": change,
  "calendarList.update": change,
  "calendarList.delete": remove,
};
