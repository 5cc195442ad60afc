import * as z from "zod";
import type { Calendar } from "./calendar.ts";
import { insertEvent } from "./event-writes.ts";
import type { Google } from "./google.ts";
import { personContext } from "./person.ts";
import { base32hex } from "./instances.ts";
import { formatInZone } from "../zones.ts";

const bulkBody = z.object({
  count: z.number().int().min(0).max(1_000_000).optional(),
  events: z.array(z.unknown()).optional(),
  prefix: z.string().default("Event"),
  recurringShare: z.number().min(0).max(1).default(0),
  /** First start; the events follow each other by the hour. */
  from: z.iso.datetime().optional(),
});

const HOUR_MS = 3_600_000;

/** Many events at once: the ones given, or generated ones that are the same on every run. */
export function bulkEvents(google: Google, calendar: Calendar, body: unknown): { created: number } {
  const { count = 0, events = [], prefix, recurringShare, from } = bulkBody.parse(body);
  const context = personContext(google, calendar);
  for (const event of events) insertEvent(context, event);
  const first =
    from === undefined ? Math.floor(google.clock.now() / HOUR_MS) * HOUR_MS : Date.parse(from);
  const every = recurringShare > 0 ? Math.round(1 / recurringShare) : Infinity;
  for (let at = 0; at < count; at += 1)
    addGenerated(google, calendar, { at, prefix, first, recurring: at % every === every - 1 });
  return { created: events.length + count };
}

interface Generated {
  readonly at: number;
  readonly prefix: string;
  readonly first: number;
  readonly recurring: boolean;
}

/** Written past the checks, which it is known to pass, so that fifty thousand take a moment and not a minute. */
function addGenerated(
  google: Google,
  { data, events }: Calendar,
  { at, prefix, first, recurring }: Generated,
): void {
  const id = base32hex(Buffer.from(`${prefix}${events.events.length}.${at}`));
  const { timeZone } = data;
  // A year of hours, then the same hours again: tens of thousands of events do not reach into another century.
  const start = first + (at % 8760) * HOUR_MS;
  const resource = {
    kind: "calendar#event",
    etag: "",
    id,
    status: "confirmed",
    htmlLink: `https://www.google.com/calendar/event?eid=${id}`,
    created: `${new Date(google.clock.now()).toISOString().slice(0, 19)}.000Z`,
    updated: "",
    summary: `${prefix} ${at + 1}`,
    description: `Made for a test, number ${at + 1}.`,
    creator: { email: data.owner, self: data.owner === data.id },
    organizer: { email: data.id, self: true },
    start: { dateTime: formatInZone(timeZone, start), timeZone },
    end: { dateTime: formatInZone(timeZone, start + HOUR_MS / 2), timeZone },
    ...(recurring ? { recurrence: ["RRULE:FREQ=WEEKLY;COUNT=10"] } : {}),
    iCalUID: `${id}@google.com`,
    sequence: 0,
    reminders: { useDefault: true },
    eventType: "default",
  };
  events.add(resource);
}
