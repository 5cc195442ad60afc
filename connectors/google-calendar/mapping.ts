import { blankCancelled } from "../../sync/change.ts";
import type { EventFields, EventItem, EventTime } from "../../sync/event.ts";
import type { RemoteChange } from "../connector.ts";
import { InvalidResponse } from "../errors.ts";
import { idFor } from "./ids.ts";
import { eventSchema, namedSchema, type GoogleEvent } from "./schemas.ts";
import { dayAfter, fromGoogleTime, Unfit } from "./times.ts";

/** Beyond this a text is set aside: it would weigh down every page, row and comparison it is in. */
export const longestText = 1_048_576;

/**
 * One entry of an answer. What cannot be understood is set aside with a reason that holds none of
 * its text, and stands in nobody's way.
 * @throws InvalidResponse for an entry that cannot even be named
 */
export function toChange(entry: unknown, calendarZone: string | null): RemoteChange<EventItem> {
  const named = namedSchema.safeParse(entry);
  if (!named.success) throw new InvalidResponse("an entry of the answer has no usable id");
  const { id: remoteId, etag, updated } = named.data;
  const updatedAt = Date.parse(updated ?? "");
  const base = {
    remoteId,
    version: etag ? storable(etag) : null,
    updatedAt: Number.isNaN(updatedAt) ? null : updatedAt,
  };
  const parsed = eventSchema.safeParse(entry);
  if (!parsed.success) {
    const at = parsed.error.issues[0]?.path.map(String).join(".") ?? "";
    return { ...base, state: "set-aside", reason: `unexpected shape at ${at}` };
  }
  if (isTombstone(parsed.data)) return { ...base, state: "deleted" };
  try {
    const item = toItem(parsed.data, calendarZone ?? zoneWithout(parsed.data));
    return { ...base, state: "living", item, ...labelsOf(parsed.data) };
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    return { ...base, state: "set-aside", reason: error.message };
  }
}

/**
 * A deleted event and an exception that its series left behind are both `cancelled`; only what still
 * names its series and its original start is a cancelled occurrence (reference: Events, `status`).
 */
function isTombstone(event: GoogleEvent): boolean {
  return event.status === "cancelled" && !(event.recurringEventId && event.originalStartTime);
}

/** @throws Unfit */
export function toItem(event: GoogleEvent, calendarZone: string | null): EventItem {
  if (!event.recurringEventId) return { fields: toFields(event, calendarZone) };
  if (!event.originalStartTime) throw new Unfit("an occurrence has no original start");
  const originalStart = fromGoogleTime(event.originalStartTime, calendarZone);
  const series = { master: storable(event.recurringEventId), originalStart };
  return event.status === "cancelled"
    ? blankCancelled({
        fields: { ...nothing, start: originalStart, end: originalStart },
        ...series,
      })
    : { fields: { ...toFields(event, calendarZone), recurrence: [] }, ...series };
}

const nothing: Omit<EventFields, "start" | "end"> = {
  title: "",
  description: "",
  location: "",
  notes: "",
  status: "cancelled",
  recurrence: [],
};

function toFields(event: GoogleEvent, calendarZone: string | null): EventFields {
  if (!event.start) throw new Unfit("the event has no start");
  const start = fromGoogleTime(event.start, calendarZone);
  const end = event.end ? fromGoogleTime(event.end, calendarZone) : shortest(start);
  if ("date" in start !== "date" in end) throw new Unfit("start and end are of two kinds");
  return {
    title: toText(event.summary, "title"),
    description: toText(event.description, "description"),
    location: toText(event.location, "location"),
    notes: "",
    status: event.status ?? "confirmed",
    start,
    end,
    recurrence: toLines(event.recurrence ?? []),
  };
}

/** Google fills in an end (`endTimeUnspecified`); should it be missing, the event takes no time. */
function shortest(start: EventTime): EventTime {
  return "date" in start ? { date: dayAfter(start.date) } : start;
}

function toText(value: string | null | undefined, name: string): string {
  const text = value ?? "";
  if (text.length > longestText) throw new Unfit(`the ${name} is longer than ${longestText}`);
  return storable(text);
}

function toLines(lines: readonly string[]): string[] {
  const length = lines.reduce((sum, line) => sum + line.length, 0);
  if (length > longestText) throw new Unfit(`the recurrence is longer than ${longestText}`);
  return lines.map(storable);
}

/** Postgres holds neither NUL nor half a surrogate pair; they become the replacement character. */
export function storable(text: string): string {
  return text.replace(/[\0\p{Surrogate}]/gu, "\uFFFD");
}

/**
 * A copy that a person makes bears the same private properties under an id of its own, and so does
 * each occurrence of a series: a label counts only on the item it was written to.
 */
function labelsOf(event: GoogleEvent): { key?: string; mark?: string } {
  const {
    synclineKey: key,
    synclineMark: mark,
    synclineOf,
  } = event.extendedProperties?.private ?? {};
  return {
    ...(typeof key === "string" && event.id === idFor(key) ? { key } : {}),
    ...(typeof mark === "string" && event.id === synclineOf ? { mark } : {}),
  };
}

/**
 * Where not even the calendar names a zone, an offset still tells the moment, which is all that a single
 * event needs; a series would be repeated by the wrong clock.
 */
function zoneWithout({ start, end, originalStartTime, recurrence }: GoogleEvent): string | null {
  const given = [start, end, originalStartTime].map((time) => time?.dateTime);
  const told = given.every((text) => !text || /(?:[Zz]|[+-]\d{2}:?\d{2})$/.test(text));
  return told && !recurrence?.length ? "UTC" : null;
}

/** Whether some time of the entry takes its zone from the calendar. */
export function leansOnCalendarZone(entry: unknown): boolean {
  const parsed = eventSchema.safeParse(entry);
  if (!parsed.success) return false;
  const { start, end, originalStartTime } = parsed.data;
  return [start, end, originalStartTime].some((time) => time?.dateTime && !time.timeZone);
}
