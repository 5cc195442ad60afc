import type { Booking } from "../db/customer-bookings.ts";
import type { EventTime } from "../sync/event.ts";
import { fromInstant } from "../sync/time.ts";
import { instantOf } from "./event-times.ts";

export interface Times {
  start: EventTime;
  end: EventTime;
}

/** The slot that a booking is in, by the clock of its rule. */
export function slotTimes({ startsAt, endsAt, zone }: Booking): Times {
  return { start: fromInstant(startsAt.getTime(), zone), end: fromInstant(endsAt.getTime(), zone) };
}

/** Where its event lies, when that is not in its slot: a person has moved it on a calendar. */
export function movedByHand({ lies, startsAt, endsAt, zone }: Booking): Times | null {
  if (!lies) return null;
  const isThere =
    instantOf(lies.start, zone) === startsAt.getTime() &&
    instantOf(lies.end, zone) === endsAt.getTime();
  return isThere ? null : lies;
}
