import { sql } from "drizzle-orm";
import {
  foreignKey,
  index,
  integer,
  pgTable,
  smallint,
  text,
  timestamp,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import { bytea, calendars, moment, ofCompany } from "./companies.ts";

const wallClock = (name: string) => timestamp(name, { withTimezone: false, mode: "string" });

/**
 * What a customer has booked: one seat of one slot of a rule. That nobody else has the seat then is a
 * constraint of the table. It stays when its rule ends, and when its event has been forgotten.
 */
export const bookings = pgTable(
  "bookings",
  {
    id: uuid("id").primaryKey(),
    companyId: ofCompany(),
    calendarId: uuid("calendar_id").notNull(),
    /** Whose slot it takes; null once the rule is gone. */
    ruleId: uuid("rule_id"),
    /** The event of ours that it is; null once retention has forgotten the event of one that was cancelled. */
    eventId: uuid("event_id"),
    /** What is booked, as the rule called it then. */
    title: text("title").notNull(),
    startsAt: moment("starts_at").notNull(),
    endsAt: moment("ends_at").notNull(),
    /** The start as the rule's clock shows it, and the zone of that clock. */
    startLocal: wallClock("start_local").notNull(),
    startFold: smallint("start_fold").notNull().default(0),
    zone: text("zone").notNull(),
    /** From 1 to the rule's capacity. */
    seat: integer("seat").notNull(),
    customerName: text("customer_name").notNull(),
    customerEmail: text("customer_email").notNull(),
    note: text("note").notNull().default(""),
    state: text("state", { enum: ["booked", "cancelled"] })
      .notNull()
      .default("booked"),
    /** SHA-256 of the secret in the customer's address, which is shown once. */
    tokenHash: bytea("token_hash").notNull().unique(),
    version: integer("version").notNull().default(1),
    createdBy: text("created_by").notNull(),
    createdAt: moment("created_at").notNull().defaultNow(),
    changedBy: text("changed_by"),
    changedAt: moment("changed_at"),
    cancelledBy: text("cancelled_by"),
    cancelledAt: moment("cancelled_at"),
  },
  (t) => [
    unique("bookings_of_company").on(t.companyId, t.id),
    foreignKey({
      columns: [t.companyId, t.calendarId],
      foreignColumns: [calendars.companyId, calendars.id],
    }),
    index("bookings_by_start").on(t.companyId, t.startsAt, t.id),
    index("bookings_by_calendar")
      .on(t.calendarId, t.endsAt)
      .where(sql`state = 'booked'`),
    index("bookings_by_event").on(t.eventId),
  ],
);

/** When a customer's page last rang for a calendar: once a minute is enough, however often it is opened. */
export const pageRings = pgTable(
  "page_rings",
  {
    calendarId: uuid("calendar_id").primaryKey(),
    companyId: ofCompany(),
    rungAt: moment("rung_at").notNull(),
  },
  (t) => [
    foreignKey({
      columns: [t.companyId, t.calendarId],
      foreignColumns: [calendars.companyId, calendars.id],
    }).onDelete("cascade"),
  ],
);
