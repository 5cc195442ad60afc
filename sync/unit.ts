import { sameValue } from "./change.ts";
import type { EventField, EventFields, EventTime } from "./event.ts";

/**
 * The fields in groups that one side wins or loses as a whole. Most stand alone.
 *
 * Start and end are one: a start from one side and an end from the other could make an event that
 * ends before it begins, or begins on a date and ends on a clock. When one side made the event
 * all-day, or timed, its recurrence joins them, since UNTIL, EXDATE and RDATE must be of the kind
 * of the start (RFC 5545, 3.3.10 and 3.8.5). An occurrence that one side cancelled has nothing but
 * that, so there all fields are one: it is cancelled, or it is edited, never half of each.
 */
export function units(
  local: EventFields,
  remote: EventFields,
  fields: readonly EventField[],
): EventField[][] {
  if (fields.includes("status") && isBlank(local) !== isBlank(remote)) return [[...fields]];
  const together: EventField[] = ["start", "end"];
  if (isDate(local.start) !== isDate(remote.start)) together.push("recurrence");
  const alone = fields.filter((field) => !together.includes(field)).map((field) => [field]);
  return [...alone, fields.filter((field) => together.includes(field))];
}

function isDate(time: EventTime): boolean {
  return "date" in time;
}

/** As `blankCancelled` leaves it. */
function isBlank({ status, title, start, end }: EventFields): boolean {
  return status === "cancelled" && title === "" && sameValue(start, end);
}
