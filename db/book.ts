import { randomUUID } from "node:crypto";
import type { Customer, Doing, Outcome } from "./booking-outcome.ts";
import { fieldsOf } from "./booking-event.ts";
import { lockRule, type StoredRule } from "./booking-rules.ts";
import type { Tx } from "./client.ts";
import { insertBooking, mustRead, readBooking, renewToken } from "./customer-bookings.ts";
import { insertEvents } from "./events.ts";
import { lockSeats } from "./seats.ts";
import { placeOf, seatAt } from "./slots.ts";

interface NewBooking {
  id: string;
  companyId: string;
  rule: Pick<StoredRule, "id" | "calendarId">;
  /** The start of the slot, in ms. */
  start: number;
  customer: Customer;
  tokenHash: Buffer;
}

/**
 * Takes a seat of a slot and puts the customer's event on the calendar. Whoever takes seats of one
 * calendar does it one after the other. Repeated with the same id it answers the booking that is there,
 * with the new secret.
 */
export async function book(tx: Tx, wish: NewBooking, doing: Doing): Promise<Outcome> {
  const { id, companyId, customer, tokenHash } = wish;
  const { calendarId } = wish.rule;
  await lockSeats(tx, calendarId);
  const before = await readBooking(tx, id);
  if (before) await renewToken(tx, id, tokenHash);
  if (before) return { booking: before };
  const rule = await lockRule(tx, wish.rule.id);
  const found = rule ? await seatAt(tx, rule, wish.start, doing.now) : null;
  if (!rule || !found) return { refused: "no slot" };
  if ("refused" in found) return found;
  const { slot, seat } = found;
  const eventId = randomUUID();
  const item = { fields: fieldsOf(rule, slot, customer) };
  const write = { id: eventId, item, deleted: false, times: {} };
  await insertEvents(tx, { companyId, calendarId }, "app", [write]);
  await insertBooking(tx, {
    ...placeOf(slot, seat),
    id,
    companyId,
    calendarId,
    eventId,
    tokenHash,
    ruleId: rule.id,
    title: rule.title,
    customerName: customer.name,
    customerEmail: customer.email,
    note: customer.note,
    createdBy: doing.by,
  });
  return { booking: await mustRead(tx, id) };
}
