import type { EventFields } from "../sync/event.ts";
import type { Customer } from "./booking-outcome.ts";
import type { StoredRule } from "./booking-rules.ts";
import type { OpenSlot } from "./slots.ts";

/** What the event of a booking holds: what is booked, and who comes. */
export function fieldsOf(rule: StoredRule, slot: OpenSlot, customer: Customer): EventFields {
  return {
    title: titleOf(rule.title, customer.name),
    description: describe(rule.description, customer.note),
    location: rule.location,
    notes: "",
    status: "confirmed",
    start: slot.start,
    end: slot.end,
    recurrence: [],
  };
}

export const titleOf = (title: string, name: string): string => `${title} – ${name}`;

export const describe = (description: string, note: string): string =>
  [description, note].filter((text) => text !== "").join("\n\n");
