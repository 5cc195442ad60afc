import type { Outcome, Refusal } from "../db/booking-outcome.ts";
import type { Booking } from "../db/customer-bookings.ts";
import { notFound, Problem } from "./problems.ts";

const refusals: Record<Refusal, () => Problem> = {
  full: () => new Problem("slot_full", "Every seat of this slot is taken."),
  "no slot": () =>
    new Problem("no_slot", "The rule has no slot at this moment that customers may book."),
  closed: () => new Problem("booking_closed", "The booking is cancelled, or has begun."),
};

/** The booking as it is now. @throws Problem that says why nothing was done */
export function bookedOr(outcome: Outcome | null): Booking {
  if (outcome === null) throw notFound();
  if ("refused" in outcome) throw refusals[outcome.refused]();
  return outcome.booking;
}
