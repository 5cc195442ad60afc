import { z } from "zod";
import { isClosed } from "../db/rebook.ts";
import type { Booking } from "../db/customer-bookings.ts";
import { movedByHand, slotTimes } from "./booking-times.ts";
import { etagOf } from "./event-shape.ts";
import { writeTime } from "./event-times.ts";
import { id } from "./validation.ts";

/** Neither line breaks nor what hides in a line: names go into titles and into mail. */
const controls = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;

const customer = {
  name: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .refine((text) => !controls.test(text), "holds a control character"),
  email: z.email("is not an e-mail address").max(254),
  note: z.string().max(2_000),
};
const start = z.string().max(64).meta({
  description:
    "The start of a free slot: ISO 8601 with an offset, or a wall clock in the rule's zone",
  example: "2026-03-02T09:00",
});

export const newBooking = z
  .strictObject({ ruleId: id, start, ...customer, note: customer.note.default("") })
  .meta({ id: "NewBooking" });
export const bookingPatch = z
  .strictObject({ start, ...customer })
  .partial()
  .meta({ id: "BookingPatch" });

const moment = z.iso.datetime();
const times = { startDateTime: z.string(), endDateTime: z.string() };

export const bookingShape = z
  .object({
    id: z.guid(),
    ruleId: z.guid().nullable().meta({ description: "Null once the rule is gone" }),
    calendarId: z.guid(),
    eventId: z.guid().nullable(),
    title: z.string(),
    ...times,
    timeZone: z.string(),
    seat: z.int(),
    name: z.string(),
    email: z.string(),
    note: z.string(),
    state: z.enum(["booked", "cancelled"]),
    changeable: z.boolean().meta({ description: "False once it is cancelled or has begun" }),
    lies: z.object(times).nullable().meta({
      description: "Where its event lies instead, where somebody has moved that on the calendar",
    }),
    version: z.int(),
    createdBy: z.string(),
    createdAt: moment,
    changedBy: z.string().nullable(),
    changedAt: moment.nullable(),
    cancelledBy: z.string().nullable(),
    cancelledAt: moment.nullable(),
  })
  .meta({ id: "Booking" });

export const madeBooking = bookingShape
  .extend({
    manageUrl: z.string().meta({ description: "The customer's page; shown this once" }),
  })
  .meta({ id: "MadeBooking" });

/** Its event may lie elsewhere, and its time come, without a new version. */
export function etagOfBooking(booking: Booking, now: number): string {
  return etagOf(booking, [booking.lies, isClosed(booking, now)]);
}

export function toBooking(booking: Booking, now: number): z.output<typeof bookingShape> {
  const { id: bookingId, ruleId, calendarId, eventId, title, zone, seat, state, version } = booking;
  const at = slotTimes(booking);
  const lies = movedByHand(booking);
  return {
    id: bookingId,
    ruleId,
    calendarId,
    eventId,
    title,
    seat,
    state,
    version,
    startDateTime: writeTime(at.start),
    endDateTime: writeTime(at.end),
    timeZone: zone,
    name: booking.customerName,
    email: booking.customerEmail,
    note: booking.note,
    changeable: !isClosed(booking, now),
    lies: lies && { startDateTime: writeTime(lies.start), endDateTime: writeTime(lies.end) },
    createdBy: booking.createdBy,
    createdAt: booking.createdAt.toISOString(),
    changedBy: booking.changedBy,
    changedAt: booking.changedAt?.toISOString() ?? null,
    cancelledBy: booking.cancelledBy,
    cancelledAt: booking.cancelledAt?.toISOString() ?? null,
  };
}
