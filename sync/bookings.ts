/**
 * Which bookings the rules of one calendar want.
 *
 * A rule that keeps its place has every slot that it speaks for. One that gives way has a slot where
 * nothing else is: no other event, no rule that keeps its place, and no older rule that gives way. What
 * decides is what the rules say and what others have put there, never what an earlier look has made: so
 * the answer is the same whoever asks, and however often.
 */
import {
  type BookingRule,
  fieldsOfRule,
  longestHorizonDays,
  type Slot,
  slotsOfRule,
} from "./booking-rule.ts";
import type { EventItem } from "./event.ts";
import type { Window } from "./recurrence.ts";

const dayMs = 86_400_000;

/** A time that is taken, in ms; `ruleId` where it is a booking that a rule has made. */
export interface Busy {
  from: number;
  to: number;
  ruleId?: string;
}

export interface BookingFacts {
  rules: readonly BookingRule[];
  /** What lies on the calendar besides the bookings that are still to come. */
  busy: readonly Busy[];
  /** Dates on which rules that say so make nothing. */
  holidays: ReadonlySet<string>;
  /** Slots, by remote id, that a person has cancelled: they are not made again. */
  cancelled: ReadonlySet<string>;
  /** Milliseconds since the epoch. */
  now: number;
}

/** What becomes of a slot, and where it is not made, why. The first that applies, in this order. */
export type Verdict =
  | "past"
  | "disabled"
  | "skipped"
  | "holiday"
  | "cancelled"
  | "taken"
  | "ahead"
  | "wanted";

export type JudgedSlot = Slot & { verdict: Verdict };

export interface WantedBooking {
  remoteId: string;
  item: EventItem;
}

/** The whole time for which `wantedBookings` speaks: what starts in it and is not wanted, is not to be. */
export function bookingWindow(now: number): Window {
  return { from: now, to: now + longestHorizonDays * dayMs };
}

/** Every slot that starts within the window, with its verdict, by start. Pure; same facts, same answer. */
export function judgeSlots(facts: BookingFacts, window: Window): JudgedSlot[] {
  const judged: JudgedSlot[] = [];
  let taken = timesOf(facts.busy);
  const longest = Math.max(0, ...facts.rules.map((rule) => rule.durationMinutes * 60_000));
  // What starts before the window may reach into it.
  const wide = { from: window.from - longest, to: window.to };
  for (const rule of inTurn(facts.rules)) {
    const slots = slotsOfRule(rule, wide).map((slot) => ({
      ...slot,
      verdict: verdictOf(slot, rule, facts, taken),
    }));
    judged.push(...slots.filter(({ from }) => from >= window.from));
    taken = timesOf([...taken.times, ...slots.filter(holdsItsTime)]);
  }
  return judged.toSorted((a, b) => a.from - b.from || (a.remoteId < b.remoteId ? -1 : 1));
}

/** What the rules want now: nothing in the past, nothing beyond a rule's horizon, each slot once. Pure. */
export function wantedBookings(facts: BookingFacts): WantedBooking[] {
  const rules = new Map(facts.rules.map((rule) => [rule.id, fieldsOfRule(rule)]));
  const furthest = Math.max(0, ...facts.rules.map(({ horizonDays }) => horizonDays));
  const window = { from: facts.now, to: facts.now + furthest * dayMs };
  return judgeSlots(facts, window).flatMap((slot) => {
    const fields = rules.get(slot.ruleId);
    if (slot.verdict !== "wanted" || !fields) return [];
    const { remoteId, start, end } = slot;
    return [{ remoteId, item: { fields: { ...fields, start, end, recurrence: [] } } }];
  });
}

/** Those that keep their place first, then the older before the younger. */
function inTurn(rules: readonly BookingRule[]): BookingRule[] {
  return rules.toSorted(
    (a, b) =>
      Number(a.yields) - Number(b.yields) || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1),
  );
}

function verdictOf(slot: Slot, rule: BookingRule, facts: BookingFacts, taken: Times): Verdict {
  if (slot.from < facts.now) return "past";
  if (!rule.enabled) return "disabled";
  if (rule.skipDates.includes(slot.date)) return "skipped";
  if (rule.skipHolidays && facts.holidays.has(slot.date)) return "holiday";
  if (facts.cancelled.has(slot.remoteId)) return "cancelled";
  if (rule.yields && isTaken(slot, taken)) return "taken";
  return slot.from < facts.now + rule.horizonDays * dayMs ? "wanted" : "ahead";
}

/** Also what is still too far ahead: it would only push aside later what was made there meanwhile. */
const holdsItsTime = ({ verdict }: JudgedSlot): boolean =>
  verdict === "wanted" || verdict === "ahead";

/** Times by their start, and the longest of them: what overlaps a moment starts at most so much before. */
interface Times {
  times: readonly Busy[];
  longest: number;
}

function timesOf(times: readonly Busy[]): Times {
  return {
    times: times.toSorted((a, b) => a.from - b.from),
    longest: times.reduce((most, { from, to }) => Math.max(most, to - from), 0),
  };
}

/** A rule does not stand in its own way. */
function isTaken({ from, to, ruleId }: Slot, { times, longest }: Times): boolean {
  for (let at = firstFrom(times, from - longest); at < times.length; at++) {
    const other = times[at];
    if (!other || other.from >= to) return false;
    if (other.to > from && other.ruleId !== ruleId) return true;
  }
  return false;
}

function firstFrom(times: readonly Busy[], moment: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle]?.from ?? 0) < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}
