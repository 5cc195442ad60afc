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

const dayMs = 86_400_000;
/** No booking is longer. */
const longestMs = 7 * dayMs;

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
  // Beyond its horizon a rule wants nothing.
  const to = Math.min(window.to, now + rule.horizonDays * dayMs);
  if (!rule.bookable || !rule.enabled || to <= window.from || to <= now) return [];
  const seen = { from: now, to: to + 2 * longestMs };
  const facts = await bookingFacts(tx, rule.calendarId, seen, now, "all");
  // What a rule further on wants may decide what another wants that reaches into the window.
  const longest = Math.max(...facts.rules.map(({ durationMinutes }) => durationMinutes * 60_000));
  const slots = judgeSlots(facts, { from: now, to: to + 2 * longest }).filter(
    (slot) =>
      slot.ruleId === rule.id &&
      slot.verdict === "wanted" &&
      slot.from >= window.from &&
      slot.from < window.to,
  );
  const seats = await takenSeats(tx, rule.id, seen, besides);
  return slots.map((slot) => {
    const there = seats.filter((one) => one.from < slot.to && one.to > slot.from);
    const taken = new Set(there.map(({ seat }) => seat));
    // Where a rule had more seats once, those who have them count, whichever seats they are.
    const free = Math.max(0, rule.capacity - taken.size);
    const { start, end, from } = slot;
    return { start, end, from, to: slot.to, capacity: rule.capacity, free, taken };
  });
}

/**
 * The slot of a rule that starts at that moment, and a seat of it that nobody has; or why there is none.
 * Whoever will take it has locked the calendar's seats and the rule.
 */
export async function seatAt(
  tx: Tx,
  rule: StoredRule,
  start: number,
  now: number,
  besides: string | null = null,
): Promise<{ slot: OpenSlot; seat: number } | { refused: "full" | "no slot" }> {
  // First what costs little: of many who want the last seat, most are told here.
  const hour = { from: start, to: start + rule.durationMinutes * 60_000 };
  const there = await takenSeats(tx, rule.id, hour, besides);
  if (new Set(there.map(({ seat }) => seat)).size >= rule.capacity) return { refused: "full" };
  const [slot] = await openSlots(tx, rule, { from: start, to: start + 1 }, now, besides);
  if (!slot) return { refused: "no slot" };
  let seat = 1;
  while (slot.taken.has(seat)) seat += 1;
  return { slot, seat };
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
