import { z } from "zod";
import type { EventField, EventFields } from "../sync/event.ts";
import { checkRecurrence } from "../sync/recurrence.ts";
import { isZone } from "../sync/time.ts";
import { instantOf } from "./event-times.ts";
import { wrong } from "./problems.ts";

const time = z.union([
  z.strictObject({ date: z.iso.date() }),
  z.strictObject({
    local: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
    zone: z.string().max(64).refine(isZone, "is not an IANA zone"),
    fold: z.literal(1).optional(),
  }),
]);

/** A value that a person makes of both sides, in the form in which conflicts show values. */
const values: Record<EventField, z.ZodType> = {
  title: z.string().max(1024),
  description: z.string().max(65_536),
  location: z.string().max(4096),
  notes: z.string().max(65_536),
  status: z.enum(["confirmed", "tentative"]),
  start: time,
  end: time,
  recurrence: z.array(z.string().min(1).max(2000)).max(20),
};

/** @throws Problem pointing at it */
export function checkValue(field: EventField, value: unknown, pointer: string): unknown {
  const parsed = values[field].safeParse(value);
  if (parsed.success) return parsed.data;
  throw wrong(
    pointer,
    `is no value of ${field}: give it in the form in which the conflict shows it`,
  );
}

/** @throws Problem when the fields do not make an event together */
export function checkEvent(fields: EventFields): void {
  const { start, end, recurrence } = fields;
  if ("date" in start !== "date" in end)
    throw wrong("/fields/end", "is not of the kind of the start: choose both from one side");
  const length = instantOf(end, "UTC") - instantOf(start, "UTC");
  if (length < 0 || ("date" in start && length === 0))
    throw wrong("/fields/end", "is before the start: choose both from one side");
  const complaint = recurrence.length > 0 ? checkRecurrence(recurrence, start) : null;
  if (complaint !== null) throw wrong("/fields/recurrence", complaint);
}
