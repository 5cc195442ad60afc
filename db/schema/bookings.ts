import { sql } from "drizzle-orm";
import {
  boolean,
  date,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import { calendars, companyId, moment, ofCompany } from "./companies.ts";

/**
 * A rule by which bookings are made, so far ahead as it says. First date and start are a wall clock in
 * its zone; the bookings themselves are events of its calendar.
 */
export const bookingRules = pgTable(
  "booking_rules",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    companyId: ofCompany(),
    calendarId: uuid("calendar_id").notNull(),
    title: text("title").notNull(),
    description: text("description").notNull().default(""),
    location: text("location").notNull().default(""),
    /** IANA zone. */
    zone: text("zone").notNull(),
    firstDate: date("first_date", { mode: "string" }).notNull(),
    /** `HH:MM:SS` */
    startTime: text("start_time").notNull(),
    /** One RRULE line of RFC 5545, without DTSTART; absent for a rule of one booking. */
    recurrence: text("recurrence"),
    durationMinutes: integer("duration_minutes").notNull(),
    horizonDays: integer("horizon_days").notNull(),
    /** Whether customers may book its bookings themselves. */
    bookable: boolean("bookable").notNull().default(false),
    /** How many customers may book one of its bookings. */
    capacity: integer("capacity").notNull().default(1),
    /** Whether it gives way to what else is there, or keeps its place. */
    yields: boolean("yields").notNull().default(true),
    skipDates: text("skip_dates")
      .array()
      .notNull()
      .default(sql`'{}'::text[]`),
    skipHolidays: boolean("skip_holidays").notNull().default(false),
    /** The last day on which it makes one. */
    endsOn: date("ends_on", { mode: "string" }),
    enabled: boolean("enabled").notNull().default(true),
    version: integer("version").notNull().default(1),
    createdBy: text("created_by").notNull(),
    createdAt: moment("created_at").notNull().defaultNow(),
    updatedAt: moment("updated_at").notNull().defaultNow(),
  },
  (t) => [
    unique("booking_rules_of_company").on(t.companyId, t.id),
    index("booking_rules_by_calendar").on(t.calendarId),
    foreignKey({
      columns: [t.companyId, t.calendarId],
      foreignColumns: [calendars.companyId, calendars.id],
    }),
  ],
);

/** Days on which a company's rules make nothing, where they say so. */
export const holidays = pgTable(
  "holidays",
  {
    companyId: companyId(),
    date: date("date", { mode: "string" }).notNull(),
    name: text("name").notNull(),
  },
  (t) => [primaryKey({ columns: [t.companyId, t.date] })],
);

const tally = (name: string) => integer(name).notNull().default(0);

/** One run of a company's bookings and of the import after them, in one row. */
export const bookingReports = pgTable(
  "booking_reports",
  {
    id: uuid("id").primaryKey(),
    companyId: companyId(),
    /** `schedule` or `manual`, and who. */
    trigger: text("trigger", { enum: ["schedule", "manual"] }).notNull(),
    triggeredBy: text("triggered_by").notNull(),
    startedAt: moment("started_at").notNull().defaultNow(),
    finishedAt: moment("finished_at"),
    status: text("status", { enum: ["running", "completed", "error"] })
      .notNull()
      .default("running"),
    created: tally("created"),
    changed: tally("changed"),
    cancelled: tally("cancelled"),
    imported: tally("imported"),
    removed: tally("removed"),
    /** `[{ part, connectionId, provider, sessionId, reason }]`: what was asked, or why it was not. */
    parts: jsonb("parts").notNull().default([]),
    /** What has been done, as a person reads it. */
    words: text("words").notNull().default(""),
  },
  (t) => [index("booking_reports_by_company").on(t.companyId, t.startedAt, t.id)],
);
