import { z } from "zod";
import type { StoredRule } from "../db/booking-rules.ts";
import { id, zone } from "./validation.ts";

const date = z.iso.date("is not a date, such as 2026-03-01");
const clock = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/, "is not a time of the day, such as 09:30")
  .transform((text) => (text.length === 5 ? `${text}:00` : text))
  .meta({ type: "string", example: "09:30" });

const choices = {
  title: z.string().trim().min(1).max(500),
  description: z.string().max(8_000),
  location: z.string().max(1_000),
  timeZone: zone,
  firstDate: date.meta({ description: "The first day; the recurrence must meet it" }),
  startTime: clock.meta({ description: "The wall clock in its zone" }),
  recurrence: z.string().max(500).nullable().meta({
    description: "An RRULE line of RFC 5545 without DTSTART; null for one booking",
    example: "RRULE:FREQ=WEEKLY;BYDAY=MO,WE",
  }),
  durationMinutes: z.int().min(1).max(10_080),
  horizonDays: z
    .int()
    .min(1)
    .max(366)
    .meta({ description: "How many days ahead bookings are made" }),
  bookable: z.boolean().meta({ description: "Whether customers may book its bookings" }),
  capacity: z
    .int()
    .min(1)
    .max(100_000)
    .meta({ description: "How many customers may book one booking" }),
  yields: z.boolean().meta({
    description: "Whether it gives way to other events of the calendar, or keeps its place",
  }),
  skipDates: z.array(date).max(1_000),
  skipHolidays: z.boolean(),
  endsOn: date.nullable().meta({ description: "The last day on which it makes one" }),
  enabled: z.boolean(),
};

export const newRule = z
  .strictObject({
    ...choices,
    calendarId: id,
    description: choices.description.default(""),
    location: choices.location.default(""),
    timeZone: choices.timeZone.optional().meta({ description: "Its calendar's where absent" }),
    recurrence: choices.recurrence.default(null),
    horizonDays: choices.horizonDays.default(60),
    bookable: choices.bookable.default(false),
    capacity: choices.capacity.default(1),
    yields: choices.yields.default(true),
    skipDates: choices.skipDates.default([]),
    skipHolidays: choices.skipHolidays.default(false),
    endsOn: choices.endsOn.default(null),
    enabled: choices.enabled.default(true),
  })
  .meta({ id: "NewBookingRule" });

export const rulePatch = z.strictObject(choices).partial().meta({ id: "BookingRulePatch" });

export const ruleShape = z
  .object({
    ...choices,
    startTime: z.string(),
    timeZone: z.string(),
    id: z.guid(),
    calendarId: z.guid(),
    version: z.int(),
    createdBy: z.string(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: "BookingRule" });

export type NewRule = z.output<typeof newRule>;
export type RulePatch = z.output<typeof rulePatch>;

export function toAnswer({
  companyId: _companyId,
  zone: timeZone,
  createdAt,
  updatedAt,
  ...rule
}: StoredRule): z.output<typeof ruleShape> {
  return {
    ...rule,
    timeZone,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
