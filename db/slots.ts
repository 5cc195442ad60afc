import type { EventTime } from "../sync/event.ts";
import { judgeSlots } from "../sync/bookings.ts";
import type { Window } from "../sync/recurrence.ts";
import type { StoredRule } from "./booking-rules.ts";
import { bookingFacts } from "./bookings.ts";
import type { Tx } from "./client.ts";
import { takenSeats } from "./seats.ts";

/** A slot that customers may book: one occurrence of a rule, with as many seats as the rule has. */
export interface OpenSlot {
  start: EventTime;
  end: EventTime;
  /** In ms, like `to`. */
  from: number;
  to: number;
  capacity: number;
  /** How many nobody has at any moment of the slot. */
  free: number;
  taken: ReadonlySet<number>;
}

/** What comes after the window may hold what is in it, so that rules further on have to be judged as well. */
const reachMs = 15 * 86_400_000;

/**
 * Slots of a rule that start within the window and that a customer may book, the full ones among them. A
 * slot is there when the rule wants its booking: not past, skipped, cancelled by a person or beyond the
 * horizon, and, for a rule that gives way, with nothing else there but the rule's own customers.
 * @param besides a booking whose seat counts as free: the one that is to be moved
 */
export async function openSlots(
  tx: Tx,
  rule: StoredRule,
  window: Window,
  now: number,
  besides: string | null = null,
): Promise<OpenSlot[]> {
  if (!rule.bookable || !rule.enabled || window.to <= now) return [];
  const seen = { from: now, to: window.to + reachMs };
  const facts = await bookingFacts(tx, rule.calendarId, seen, now, "all");
  const slots = judgeSlots(facts, seen).filter(
    ({ ruleId, verdict, from }) =>
      ruleId === rule.id && verdict === "wanted" && from >= window.from && from < window.to,
  );
  const seats = await takenSeats(tx, rule.id, seen, besides);
  return slots.map(({ start, end, from, to }) => {
    const there = seats.filter((one) => one.from < to && one.to > from);
    const taken = new Set(there.map(({ seat }) => seat));
    // Where a rule had more seats once, those who have them count, whichever seats they are.
    const free = Math.max(0, rule.capacity - taken.size);
    return { start, end, from, to, capacity: rule.capacity, free, taken };
  });
}

/** The slot of a rule that starts at that moment, where customers may book it. */
export async function slotAt(
  tx: Tx,
  rule: StoredRule,
  start: number,
  now: number,
  besides: string | null = null,
): Promise<OpenSlot | null> {
  const [slot] = await openSlots(tx, rule, { from: start, to: start + 1 }, now, besides);
  return slot ?? null;
}

/** The lowest seat that nobody has; null where the slot is full. */
export function firstFree({ free, taken }: OpenSlot): number | null {
  if (free === 0) return null;
  let seat = 1;
  while (taken.has(seat)) seat += 1;
  return seat;
}

/** Where and when somebody sits, as a booking stores it. */
export function placeOf({ start, from, to }: OpenSlot, seat: number) {
  if ("date" in start) throw new Error("a slot has a time of the day");
  return {
    seat,
    startsAt: new Date(from),
    endsAt: new Date(to),
    startLocal: start.local,
    startFold: start.fold ?? 0,
    zone: start.zone,
  };
}
