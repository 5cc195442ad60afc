import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  foreignKey,
  index,
  jsonb,
  pgTable,
  smallint,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { calendars, moment, ofCompany } from "./companies.ts";

const wallClock = (name: string) => timestamp(name, { withTimezone: false, mode: "string" });

/**
 * The record. Start and end are wall clocks in an IANA zone; for an all-day event the clock is 00:00,
 * the zone is absent and the end is the day after the last. Triggers keep version, times and source.
 */
export const events = pgTable(
  "events",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    companyId: ofCompany(),
    calendarId: uuid("calendar_id").notNull(),
    title: text("title").notNull().default(""),
    description: text("description").notNull().default(""),
    location: text("location").notNull().default(""),
    notes: text("notes").notNull().default(""),
    status: text("status", { enum: ["confirmed", "tentative", "cancelled"] })
      .notNull()
      .default("confirmed"),
    allDay: boolean("all_day").notNull().default(false),
    startAt: wallClock("start_at").notNull(),
    startZone: text("start_zone"),
    startFold: smallint("start_fold").notNull().default(0),
    endAt: wallClock("end_at").notNull(),
    endZone: text("end_zone"),
    endFold: smallint("end_fold").notNull().default(0),
    recurrence: text("recurrence")
      .array()
      .notNull()
      .default(sql`'{}'::text[]`),
    /** The series that this event is an exception of, and the start that the series gave it. */
    masterId: uuid("master_id"),
    originalStart: jsonb("original_start"),
    version: bigint("version", { mode: "number" }).notNull().default(1),
    /** When each field got its value, at its origin: milliseconds since the epoch by field. */
    fieldTimes: jsonb("field_times").notNull().default({}),
    lastUpdateSource: text("last_update_source").notNull().default("app"),
    createdAt: moment("created_at").notNull().defaultNow(),
    updatedAt: moment("updated_at").notNull().defaultNow(),
    deletedAt: moment("deleted_at"),
  },
  (t) => [
    unique("events_of_company").on(t.companyId, t.id),
    foreignKey({
      columns: [t.companyId, t.calendarId],
      foreignColumns: [calendars.companyId, calendars.id],
    }),
    foreignKey({ columns: [t.companyId, t.masterId], foreignColumns: [t.companyId, t.id] }),
    index("events_by_start").on(t.calendarId, t.startAt),
    uniqueIndex("events_one_exception_each")
      .on(t.masterId, t.originalStart)
      .where(sql`master_id is not null and deleted_at is null`),
    index("events_deleted")
      .on(t.companyId, t.deletedAt)
      .where(sql`deleted_at is not null`),
  ],
);
