import type { Booking } from "./customer-bookings.ts";

/** Why nothing was done. */
export type Refusal =
  /** Every seat of the slot is taken. */
  | "full"
  /** The rule has no slot then that customers may book. */
  | "no slot"
  /** It is cancelled, or its slot has begun. */
  | "closed";

export type Outcome = { booking: Booking } | { refused: Refusal };

export interface Customer {
  name: string;
  email: string;
  note: string;
}

/** Who does it, as the trail says it, and when, in ms. */
export interface Doing {
  by: string;
  now: number;
}
