import * as z from "zod";
import { invalid, notFound } from "./errors.ts";
import { type EventResource, isSeries } from "./event.ts";
import { insertEvent, patchEvent } from "./event-writes.ts";
import type { WriteContext } from "./write-context.ts";
import { keyInstant, occurrenceKey, occurrenceKeys, timeOfKey } from "./recurrence.ts";
import { asObject, type JsonObject } from "../json.ts";
import { virtualInstance } from "./instances.ts";
import { offsetAt } from "../zones.ts";

const splitBody = z.object({
  /** Original start of the first occurrence concerned, as `{date}` or `{dateTime}`. */
  from: z.object({ date: z.string().optional(), dateTime: z.string().optional() }),
  /** What the new series has otherwise; without it, "this and following" are deleted. */
  changes: z.record(z.string(), z.json()).optional(),
});

interface SplitResult {
  readonly ended: EventResource;
  readonly created?: EventResource;
}

/** "This and following": ends a series before an occurrence and, for an edit, begins a second one there. */
export function splitSeries(context: WriteContext, id: string, body: unknown): SplitResult {
  const { from, changes } = splitBody.parse(body);
  const { events, data } = context.calendar;
  const master = events.get(id);
  if (master === undefined) throw notFound();
  if (!isSeries(master)) throw invalid("The requested event is not recurring.");
  const time = from.date === undefined ? { dateTime: from.dateTime ?? "" } : { date: from.date };
  const key = occurrenceKey(time, data.timeZone);
  const before = { ...master.resource };
  const recurrence = (before.recurrence ?? []).map((line) =>
    endedBefore(line, key, before, data.timeZone),
  );
  const ended = patchEvent(context, id, { recurrence });
  if (changes === undefined) return { ended: ended.resource };
  const created = insertEvent(context, secondSeries(before, key, asObject(changes), context));
  created.resource.created = before.created;
  delete created.json;
  return { ended: ended.resource, created: created.resource };
}

/** UNTIL is the last second of the previous local day, in UTC; a date for an all-day series. */
function endedBefore(line: string, key: string, master: EventResource, zone: string): string {
  if (!/^RRULE:/i.test(line)) return line;
  const rule = line.replaceAll(/;(UNTIL|COUNT)=[^;]*/gi, "");
  if (master.start.date !== undefined) {
    const last = new Date(Date.parse(key) - 86_400_000).toISOString().slice(0, 10);
    return `${rule};UNTIL=${last.replaceAll("-", "")}`;
  }
  const at = Number(key);
  const local = at + offsetAt(master.start.timeZone ?? zone, at);
  const until = at - (local % 86_400_000) - 1000;
  return `${rule};UNTIL=${stamp(until)}Z`;
}

function stamp(instant: number): string {
  return new Date(instant).toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
}

function secondSeries(
  before: EventResource,
  key: string,
  changes: JsonObject,
  context: WriteContext,
): JsonObject {
  const { timeZone } = context.calendar.data;
  const first = virtualInstance(before, key, timeZone, "timestamp");
  const {
    id: _id,
    iCalUID: _uid,
    recurringEventId: _master,
    originalStartTime: _original,
    ...copied
  } = first;
  const moved = changes["start"] !== undefined;
  const id = moved ? {} : { id: `${before.id}_R${stamp(keyInstant(key, timeZone))}` };
  const recurrence = (before.recurrence ?? []).map((line) =>
    remainingCount(line, before, key, timeZone),
  );
  return { ...copied, start: timeOfKey(key, before, timeZone), recurrence, ...changes, ...id };
}

/** A COUNT counts on from what the first part used up. */
function remainingCount(line: string, before: EventResource, key: string, zone: string): string {
  const count = /COUNT=(\d+)/i.exec(line)?.[1];
  if (count === undefined) return line;
  const used = occurrenceKeys(before, zone, -Infinity, keyInstant(key, zone) - 1).length;
  return line.replace(/COUNT=\d+/i, `COUNT=${Math.max(1, Number(count) - used)}`);
}
