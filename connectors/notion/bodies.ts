import type { EventField, EventItem } from "../../sync/event.ts";
import type { PageBody } from "./api.ts";
import { normaliseSpan, type Span, toNotionDate, whyNoSpan } from "./dates.ts";
import { type Note, noteText } from "./note.ts";
import { inBody, type Mapping } from "./settings.ts";
import { cutText, toRuns } from "./texts.ts";

type Properties = NonNullable<PageBody["properties"]>;

/** What Notion would hold: an event by itself, on days or in one zone, its texts as long as fits. */
export function normalise({ fields }: EventItem): EventItem {
  return {
    fields: {
      title: cutText(fields.title),
      description: cutText(fields.description),
      location: cutText(fields.location),
      notes: cutText(fields.notes),
      status: "confirmed",
      ...normaliseSpan(fields),
      recurrence: [],
    },
  };
}

/** Why a page cannot hold the item at all, in words for a person; null where it can. */
export function cannotHold({ fields, master, originalStart }: EventItem): string | null {
  if (fields.recurrence.length > 0) return "it repeats, and a page in Notion is one event only";
  if (master !== undefined || originalStart !== undefined)
    return "it belongs to a series, and a page in Notion is one event only";
  if (fields.status === "cancelled") return "it is cancelled, which a page in Notion cannot say";
  return whyNoSpan(fields);
}

/** The named fields of an item in normal form, and our note, as the properties of one write. */
export function toProperties(
  { fields }: EventItem,
  named: readonly EventField[],
  note: Note,
  mapping: Mapping,
): Properties {
  const properties: Properties = {};
  if (named.includes("title")) properties[inBody(mapping.title)] = { title: toRuns(fields.title) };
  for (const role of ["description", "location", "notes"] as const) {
    if (named.includes(role) && mapping[role] !== "")
      properties[inBody(mapping[role])] = { rich_text: toRuns(fields[role]) };
  }
  if (writesDate(named)) properties[inBody(mapping.date)] = { date: toNotionDate(fields) };
  properties[inBody(mapping.key)] = { rich_text: toRuns(noteText(note)) };
  return properties;
}

/** Start and end are one property. */
export function writesDate(named: readonly EventField[]): boolean {
  return named.includes("start") || named.includes("end");
}

/** The zone that a note keeps for these times; null for days. */
export function zoneOf({ start }: Span): string | null {
  return "date" in start ? null : start.zone;
}
