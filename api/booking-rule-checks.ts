import { type BookingRule, overlapsItself, slotsOfRule } from "../sync/booking-rule.ts";
import { checkRecurrence, meetsStart } from "../sync/recurrence.ts";
import { toInstant } from "../sync/time.ts";
import { wrong } from "./problems.ts";

/** More would be no calendar that a person can read, and no session that is short. */
const mostSlots = 5_000;
const dayMs = 86_400_000;

/** What a rule must be as a whole, whichever part of it is being changed. @throws Problem pointing at it */
export function checkRule(rule: BookingRule): void {
  if (rule.endsOn !== null && rule.endsOn < rule.firstDate)
    throw wrong("/endsOn", "is before firstDate");
  if (rule.recurrence === null) return;
  const start = { local: `${rule.firstDate}T${rule.startTime}`, zone: "UTC" };
  if (!/^RRULE:/i.test(rule.recurrence)) throw wrong("/recurrence", "does not begin with RRULE:");
  const complaint = checkRecurrence([rule.recurrence], start);
  if (complaint !== null) throw wrong("/recurrence", complaint);
  if (!meetsStart(rule.recurrence, start))
    throw wrong("/firstDate", "is no day of the recurrence at startTime");
  const from = toInstant(start, "UTC") - dayMs;
  const slots = slotsOfRule(rule, { from, to: from + (rule.horizonDays + 2) * dayMs });
  if (slots.length > mostSlots)
    throw wrong("/recurrence", `means more than ${mostSlots} bookings within the horizon`);
  if (rule.yields && overlapsItself(rule))
    throw wrong(
      "/durationMinutes",
      "is longer than the time between two of its bookings; only a rule that keeps its place may do that",
    );
}
