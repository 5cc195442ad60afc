import { Temporal } from "temporal-polyfill";
import type { EventFields, EventTime } from "./event.ts";
import { startsOf, type Window } from "./recurrence.ts";
import { fromInstant, toInstant } from "./time.ts";

/** A rule by which bookings are made: wall clocks in its zone, so nine o'clock stays nine o'clock. */
export interface BookingRule {
  id: string;
  title: string;
  description: string;
  location: string;
  /** IANA zone. */
  zone: string;
  /** ISO 8601 date. */
  firstDate: string;
  /** `HH:mm:ss` */
  startTime: string;
  /** One RRULE line without DTSTART; null for a rule of one booking. */
  recurrence: string | null;
  durationMinutes: number;
  horizonDays: number;
  /** Whether it gives way to what else is there, or keeps its place. */
  yields: boolean;
  skipDates: readonly string[];
  skipHolidays: boolean;
  /** The last day on which it makes one; null where it goes on. */
  endsOn: string | null;
  enabled: boolean;
  /** Milliseconds since the epoch: of two rules that give way, the older one comes first. */
  createdAt: number;
}

/** A place in time for which a rule speaks. */
export interface Slot {
  ruleId: string;
  /** `<rule>:<local start>`: the same slot for as long as the rule means the same wall clock. */
  remoteId: string;
  start: EventTime;
  end: EventTime;
  /** In ms, like `to`. */
  from: number;
  to: number;
  /** The day on which it starts, in the rule's zone. */
  date: string;
}

/** No rule makes bookings further ahead. */
export const longestHorizonDays = 366;

/** What an event made by the rule holds, at the rule's own first start; the times of a slot go over it. */
export function fieldsOfRule(rule: BookingRule): EventFields {
  const { title, description, location, zone } = rule;
  const local = `${rule.firstDate}T${rule.startTime}`;
  const from = toInstant({ local, zone }, zone);
  return {
    title,
    description,
    location,
    notes: "",
    status: "confirmed",
    start: { local, zone },
    end: fromInstant(from + rule.durationMinutes * 60_000, zone),
    recurrence: rule.recurrence === null ? [] : [rule.recurrence],
  };
}

/**
 * The slots of a rule that start within the window, by start; none after the day on which it ends. A
 * wall clock that a clock change skips moves forward, of two equal ones the first is meant. Pure.
 */
export function slotsOfRule(rule: BookingRule, window: Window): Slot[] {
  const starts = startsOf(fieldsOfRule(rule), window, rule.zone);
  return starts
    .map((start) => toInstant(start, rule.zone))
    .filter((from) => from >= window.from && from < window.to)
    .toSorted((a, b) => a - b)
    .map((from) => slotAt(rule, from))
    .filter(({ date }) => rule.endsOn === null || date <= rule.endsOn);
}

function slotAt({ id: ruleId, zone, durationMinutes }: BookingRule, from: number): Slot {
  // As the clock shows it: a time that was skipped that night is none.
  const start = fromInstant(from, zone);
  const local = "local" in start ? start.local : "";
  const to = from + durationMinutes * 60_000;
  const remoteId = `${ruleId}:${local}`;
  const date = local.slice(0, 10);
  return { ruleId, remoteId, start, end: fromInstant(to, zone), from, to, date };
}

/**
 * Whether bookings of the rule would lie over one another by its own clock; a clock change that brings
 * two of them together for an hour does not count. Looks at the first year.
 */
export function overlapsItself(rule: BookingRule): boolean {
  const byTheClock = { ...rule, zone: "UTC" };
  const from = Temporal.PlainDate.from(rule.firstDate).toZonedDateTime("UTC").epochMilliseconds;
  const year = { from, to: from + longestHorizonDays * 86_400_000 };
  const slots = slotsOfRule(byTheClock, year);
  return slots.some(({ from: start }, at) => (slots[at - 1]?.to ?? start) > start);
}
