import { readRule } from "../db/booking-rules.ts";
import type { Tx } from "../db/client.ts";
import { type Booking, readBooking } from "../db/customer-bookings.ts";
import { mayPageRing } from "../db/page-rings.ts";
import { isClosed } from "../db/rebook.ts";
import { openSlots } from "../db/slots.ts";
import { movedByHand, slotTimes } from "./booking-times.ts";
import type { Deps } from "./deps.ts";
import { instantOf } from "./event-times.ts";
import type { ManagePage } from "./manage-page.ts";
import { english, type Said } from "./manage-words.ts";

const day = 86_400_000;
const shownDays = 42;
const mostShown = 60;

interface Asked {
  token: string;
  said: Said | undefined;
  /** From where on times are shown, as the address says it: anything. */
  after: unknown;
}

/** What the page of a booking shows now, and whether it may ring. Null where the booking is gone. */
export function lookAt(
  deps: Deps,
  { id, companyId }: { id: string; companyId: string },
  asked: Asked,
): Promise<{ page: ManagePage; calendarId: string; isRingDue: boolean } | null> {
  const now = deps.now();
  return deps.database.withCompany(companyId, async (tx) => {
    const booking = await readBooking(tx, id);
    if (!booking) return null;
    const closed = closedOf(booking, now);
    const after = closed === null ? momentOf(asked.after, now) : null;
    const page: ManagePage = {
      token: asked.token,
      ...shownOf(booking),
      closed,
      ...(closed === null
        ? await freeTimes(tx, booking, after ?? now, now)
        : { free: [], later: null }),
      isFirst: after === null,
      message: messageOf(asked.said, closed),
    };
    const { calendarId } = booking;
    return { page, calendarId, isRingDue: await mayPageRing(tx, calendarId) };
  });
}

function closedOf(booking: Booking, now: number): ManagePage["closed"] {
  if (!isClosed(booking, now)) return null;
  return booking.state === "cancelled" ? "cancelled" : "past";
}

function shownOf(booking: Booking) {
  const { zone } = booking;
  const moved = movedByHand(booking);
  const { start, end } = moved ?? slotTimes(booking);
  return {
    title: booking.title,
    name: booking.customerName,
    note: booking.note,
    zone,
    from: instantOf(start, zone),
    to: instantOf(end, zone),
    isMovedByHand: moved !== null,
  };
}

/** A message about a change is believed only where the booking is as the change would have left it. */
function messageOf(said: Said | undefined, closed: ManagePage["closed"]): ManagePage["message"] {
  if (said === undefined || (said === "cancelled") !== (closed === "cancelled")) return null;
  return { text: english.said[said], isAlert: said !== "moved" && said !== "cancelled" };
}

/** Of an address that anybody may have written: nothing in the past, nothing beyond any horizon. */
function momentOf(after: unknown, now: number): number | null {
  const moment = typeof after === "string" && /^\d{1,15}$/.test(after) ? Number(after) : 0;
  return moment > now && moment < now + 400 * day ? moment : null;
}

async function freeTimes(tx: Tx, booking: Booking, from: number, now: number) {
  const rule = booking.ruleId === null ? null : await readRule(tx, booking.ruleId);
  if (!rule) return { free: [], later: null };
  const to = from + shownDays * day;
  const slots = await openSlots(tx, rule, { from, to }, now, booking.id);
  const free = slots.filter((slot) => slot.free > 0 && slot.from !== booking.startsAt.getTime());
  const next = free[mostShown];
  const horizon = now + rule.horizonDays * day;
  const later = next ? next.from : to < horizon ? to : null;
  return { free: free.slice(0, mostShown), later };
}
