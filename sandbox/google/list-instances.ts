import type { AccessRole, Calendar } from "./calendar.ts";
import { flag, numberParameter, type Query, textParameter } from "./check-request.ts";
import { emptyRange, invalid, notFound } from "./errors.ts";
import { type EventResource, isSeries, type StoredEvent } from "./event.ts";
import { listed, view } from "./event-view.ts";
import { virtualInstance } from "./instances.ts";
import { HORIZON_MS, keyInstant, occurrenceKeys } from "./recurrence.ts";
import type { GoogleSettings } from "./settings.ts";
import { instantOfTime, parseDate, parseInstant } from "./times.ts";
import { instantOf, isZone } from "../zones.ts";
import type { ListAnswer } from "./list-events.ts";
import { compact, type JsonObject } from "../json.ts";

interface InstancesContext {
  readonly calendar: Calendar;
  readonly settings: GoogleSettings;
  readonly role: AccessRole;
  readonly now: number;
}

interface Occurrence {
  readonly resource: EventResource;
  readonly shown: JsonObject;
  readonly originalStart: number;
}

/** The occurrences of one series: changed ones as stored, the rest as the series implies them. */
export function listInstances(id: string, query: Query, context: InstancesContext): ListAnswer {
  const { data, events } = context.calendar;
  const master = events.get(id);
  if (master === undefined || master.tombstone !== undefined) throw notFound();
  if (!isSeries(master)) throw invalid("The requested event is not recurring.");
  const offset = Number(textParameter(query, "pageToken") ?? "0");
  if (!Number.isInteger(offset)) throw invalid("Invalid Value", "pageToken");
  const all = occurrences(master, context).filter((one) => wanted(one, query, data.timeZone));
  const size = Math.min(
    numberParameter(query, "maxResults") ?? 250,
    2500,
    context.settings.pageSizeCap ?? 2500,
  );
  const timeZone = textParameter(query, "timeZone");
  if (timeZone !== undefined && !isZone(timeZone)) throw invalid("Invalid Value", "timeZone");
  const options = {
    calendarZone: data.timeZone,
    timeZone,
    maxAttendees: numberParameter(query, "maxAttendees"),
    role: context.role,
  };
  const items = all.slice(offset, offset + size).map((one) => view(one.shown, options));
  const value = compact({
    kind: "calendar#events",
    etag: `"p${events.lastChange.toString(32)}"`,
    summary: data.summary,
    description: data.description ?? "",
    updated: master.resource.updated,
    timeZone: timeZone ?? data.timeZone,
    accessRole: context.role,
    defaultReminders: [],
    nextPageToken: offset + size < all.length ? String(offset + size) : undefined,
    items,
  });
  return { json: JSON.stringify(value), count: items.length };
}

function occurrences(
  master: StoredEvent,
  { calendar, settings, now }: InstancesContext,
): Occurrence[] {
  const zone = calendar.data.timeZone;
  const stored = calendar.events.exceptions(master.resource.id);
  const implied = occurrenceKeys(master.resource, zone, -Infinity, now + HORIZON_MS);
  const keys = new Set([...implied, ...stored.keys()]);
  const found = [...keys].flatMap((key): Occurrence[] => {
    const exception = stored.get(key);
    if (exception?.tombstone !== undefined) return [];
    const resource =
      exception?.resource ?? virtualInstance(master.resource, key, zone, settings.instanceIdForm);
    return [
      {
        resource,
        shown: exception === undefined ? resource : listed(exception),
        originalStart: keyInstant(key, zone),
      },
    ];
  });
  return found.sort((a, b) => a.originalStart - b.originalStart);
}

function wanted({ resource, originalStart }: Occurrence, query: Query, zone: string): boolean {
  const original = textParameter(query, "originalStart");
  if (original !== undefined) {
    const date = parseDate(original);
    return (
      originalStart ===
      (date === undefined ? parseInstant(original, "originalStart") : instantOf(zone, date))
    );
  }
  if (resource.status === "cancelled") return flag(query, "showDeleted") === true;
  const min = textParameter(query, "timeMin");
  const max = textParameter(query, "timeMax");
  const from = min === undefined ? -Infinity : parseInstant(min, "timeMin");
  const to = max === undefined ? Infinity : parseInstant(max, "timeMax");
  if (to <= from) throw emptyRange("timeMax");
  return instantOfTime(resource.end, zone) > from && instantOfTime(resource.start, zone) < to;
}
