import type { EventFields } from "../sync/event.ts";
import { describe, titleOf } from "./booking-event.ts";
import type { Customer, Doing, Outcome } from "./booking-outcome.ts";
import { lockRule, type StoredRule } from "./booking-rules.ts";
import type { Tx } from "./client.ts";
import {
  type Booking,
  changeBooking,
  lockBooking,
  markCancelled,
  mustRead,
  readBooking,
} from "./customer-bookings.ts";
import { deleteEvent } from "./event-queries.ts";
import { lockEvents, updateEvents } from "./events.ts";
import { lockSeats } from "./seats.ts";
import { placeOf, seatAt } from "./slots.ts";

/**
 * Moves a booking to another slot of its rule, with its event; to the slot that it is in, it does
 * nothing. Null where there is no such booking.
 */
export async function moveBooking(
  tx: Tx,
  id: string,
  start: number,
  { by, now }: Doing,
): Promise<Outcome | null> {
  const locked = await lockWhole(tx, id);
  if (!locked) return null;
  const { booking, rule } = locked;
  if (isClosed(booking, now)) return { refused: "closed" };
  if (booking.startsAt.getTime() === start) return { booking };
  if (!rule) return { refused: "no slot" };
  const found = await seatAt(tx, rule, start, now, id);
  if ("refused" in found) return found;
  const { slot, seat } = found;
  await changeBooking(tx, id, placeOf(slot, seat), by);
  await rewriteEvent(tx, booking, { start: slot.start, end: slot.end });
  return { booking: await mustRead(tx, id) };
}

/** Changes what a booking says of the customer, and its event where that shows. Null where there is none. */
export async function changeCustomer(
  tx: Tx,
  id: string,
  change: Partial<Customer>,
  { by, now }: Doing,
): Promise<Outcome | null> {
  const locked = await lockWhole(tx, id);
  if (!locked) return null;
  const { booking, rule } = locked;
  if (isClosed(booking, now)) return { refused: "closed" };
  const {
    name = booking.customerName,
    email = booking.customerEmail,
    note = booking.note,
  } = change;
  await changeBooking(tx, id, { customerName: name, customerEmail: email, note }, by);
  await rewriteEvent(tx, booking, {
    ...(name !== booking.customerName && { title: titleOf(booking.title, name) }),
    ...(note !== booking.note && { description: describe(rule?.description ?? "", note) }),
  });
  return { booking: await mustRead(tx, id) };
}

/** Gives the seat back and takes the event away; one that is cancelled stays so. Null where there is none. */
export async function cancelBooking(
  tx: Tx,
  id: string,
  { by, now }: Doing,
): Promise<Outcome | null> {
  const locked = await lockWhole(tx, id);
  if (!locked) return null;
  const { booking } = locked;
  if (booking.state === "cancelled") return { booking };
  if (isClosed(booking, now)) return { refused: "closed" };
  await markCancelled(tx, id, by);
  if (booking.eventId !== null) await deleteEvent(tx, booking.eventId);
  return { booking: await mustRead(tx, id) };
}

/** Whether it can no longer be changed. */
export function isClosed(booking: Pick<Booking, "state" | "startsAt">, now: number): boolean {
  return booking.state === "cancelled" || booking.startsAt.getTime() <= now;
}

/**
 * Locks a booking with all that belongs to it: its rule first, then the event, as whoever ends a rule or
 * deletes events does.
 */
async function lockWhole(
  tx: Tx,
  id: string,
): Promise<{ booking: Booking; rule: StoredRule | null } | null> {
  const found = await readBooking(tx, id);
  if (!found) return null;
  await lockSeats(tx, found.calendarId);
  const rule = found.ruleId === null ? null : await lockRule(tx, found.ruleId);
  await lockEvents(tx, found.eventId === null ? [] : [found.eventId]);
  const booking = await lockBooking(tx, id);
  return booking && { booking, rule };
}

async function rewriteEvent(
  tx: Tx,
  { eventId }: Booking,
  change: Partial<EventFields>,
): Promise<void> {
  if (eventId === null || Object.keys(change).length === 0) return;
  const stored = (await lockEvents(tx, [eventId])).get(eventId);
  if (!stored || stored.deleted) return;
  const item = { ...stored.item, fields: { ...stored.item.fields, ...change } };
  await updateEvents(tx, "app", [{ id: eventId, item, deleted: false, times: {} }]);
}
