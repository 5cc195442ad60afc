import { blankCancelled } from "../../sync/change.ts";
import type { EventField, EventFields, EventItem, EventTime } from "../../sync/event.ts";
import { storable } from "./mapping.ts";
import { type GoogleTime, normaliseTime, toGoogleTime } from "./times.ts";

/** Names of our private properties, and what a write puts there (guide: Extended properties). */
export interface Labels {
  /** The creation key; only on items that we made. */
  synclineKey?: string;
  /** The mark of our last write. */
  synclineMark: string;
  /** The id that the mark was written to: copies and occurrences inherit private properties. */
  synclineOf: string;
}

/** A resource as `events.insert` and `events.patch` take it; null clears (guide: Patch semantics). */
export interface EventBody {
  id?: string;
  summary?: string | null;
  description?: string | null;
  location?: string | null;
  status?: string;
  start?: GoogleTime;
  end?: GoogleTime;
  recurrence?: string[] | null;
  extendedProperties?: { private: Record<string, string> };
}

/** What Google would hold: no notes, no gaps in time, and only the lines that recurrence is made of. */
export function normalise(item: EventItem): EventItem {
  const { fields, master, originalStart } = item;
  const occurrence = master !== undefined;
  const normal: EventItem = {
    fields: {
      title: storable(fields.title),
      description: storable(fields.description),
      location: storable(fields.location),
      notes: "",
      status: fields.status,
      start: normaliseTime(fields.start),
      end: normaliseTime(fields.end),
      recurrence: occurrence ? [] : recurrenceLines(fields.recurrence),
    },
    ...(occurrence ? { master } : {}),
    ...(originalStart === undefined ? {} : { originalStart: normaliseTime(originalStart) }),
  };
  return blankCancelled(normal);
}

/** DTSTART and DTEND are not allowed among them (reference: Events, `recurrence`). */
function recurrenceLines(lines: readonly string[]): string[] {
  return lines
    .map((line) => storable(line.trim()))
    .filter((line) => /^(RRULE|EXRULE|RDATE|EXDATE)[;:]/i.test(line));
}

/** The body of an insert. */
export function toInsert(item: EventItem, id: string, labels: Labels): EventBody {
  const { title, description, location, status, start, end, recurrence } = normalise(item).fields;
  return {
    id,
    ...(title === "" ? {} : { summary: title }),
    ...(description === "" ? {} : { description }),
    ...(location === "" ? {} : { location }),
    status,
    start: toGoogleTime(start),
    end: toGoogleTime(end),
    ...(recurrence.length === 0 ? {} : { recurrence: [...recurrence] }),
    extendedProperties: { private: { ...labels } },
  };
}

/**
 * The body of a patch: the named fields and our mark. A cancelled occurrence says only that, so that
 * Google keeps the rest for the day it is revived.
 */
export function toPatch(item: EventItem, fields: readonly EventField[], labels: Labels): EventBody {
  const normal = normalise(item);
  const cancelled = normal.master !== undefined && normal.fields.status === "cancelled";
  const named: readonly EventField[] = cancelled ? ["status"] : fields;
  const body: EventBody = { extendedProperties: { private: { ...labels } } };
  for (const field of named) {
    if (field === "recurrence" && normal.master !== undefined) continue;
    Object.assign(body, patches[field](normal.fields));
  }
  return body;
}

const patches: Record<EventField, (fields: EventFields) => EventBody> = {
  title: ({ title }) => ({ summary: title === "" ? null : title }),
  description: ({ description }) => ({ description: description === "" ? null : description }),
  location: ({ location }) => ({ location: location === "" ? null : location }),
  notes: () => ({}),
  status: ({ status }) => ({ status }),
  start: ({ start }) => ({ start: patchTime(start) }),
  end: ({ end }) => ({ end: patchTime(end) }),
  recurrence: ({ recurrence }) => ({
    recurrence: recurrence.length === 0 ? null : [...recurrence],
  }),
};

/** A patch merges objects, so the keys of the other kind are cleared by name. */
function patchTime(time: EventTime): GoogleTime {
  return "date" in time
    ? { ...toGoogleTime(time), dateTime: null, timeZone: null }
    : { date: null, ...toGoogleTime(time) };
}
