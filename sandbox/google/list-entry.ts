import type { Account, ListEntry } from "./calendar.ts";
import type { Google } from "./google.ts";
import type { JsonObject } from "../json.ts";

/** A calendar as an account's list shows it. */
export function listEntryView(google: Google, account: Account, entry: ListEntry): JsonObject {
  const calendar = google.calendars.get(entry.calendarId);
  const etag = `"${(calendar?.data.etag ?? 0) + entry.change}"`;
  if (entry.deleted === true || calendar === undefined)
    return { kind: "calendar#calendarListEntry", etag, id: entry.calendarId, deleted: true };
  const { data } = calendar;
  const primary = data.id === account.email;
  return {
    kind: "calendar#calendarListEntry",
    etag,
    id: data.id,
    summary: data.summary,
    ...(data.description === undefined ? {} : { description: data.description }),
    ...(data.location === undefined ? {} : { location: data.location }),
    timeZone: data.timeZone,
    colorId: "14",
    backgroundColor: "#9fe1e7",
    foregroundColor: "#000000",
    selected: true,
    accessRole: entry.accessRole,
    defaultReminders: primary ? [{ method: "popup", minutes: 10 }] : [],
    ...(primary ? { primary: true } : { dataOwner: data.owner }),
    conferenceProperties: { allowedConferenceSolutionTypes: ["hangoutsMeet"] },
    ...entry.own,
  };
}
