import { sql } from "drizzle-orm";
import {
  bigint,
  bigserial,
  boolean,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import { companyId, moment, ofCompany } from "./companies.ts";
import { connections } from "./connections.ts";
import { notices } from "./sessions.ts";

/** Where people want to be told. Address and secret are in envelopes bound to this row. */
export const notificationTargets = pgTable(
  "notification_targets",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    companyId: companyId(),
    kind: text("kind", { enum: ["email", "slack", "discord", "webhook"] }).notNull(),
    name: text("name").notNull(),
    address: text("address").notNull(),
    /** What of the address may be shown: enough to tell two apart, too little to post with. */
    tail: text("tail").notNull(),
    /** Signs what a generic webhook gets; others have none. */
    secret: text("secret"),
    minSeverity: text("min_severity", { enum: ["info", "warn", "error"] })
      .notNull()
      .default("warn"),
    /** Absent: told of every connection. */
    connectionId: uuid("connection_id"),
    /** Whether names may be in it. */
    detail: text("detail", { enum: ["full", "minimal"] })
      .notNull()
      .default("minimal"),
    /** `{ from: "HH:MM", to: "HH:MM", zone }`; everything below an error waits for their end. */
    quietHours: jsonb("quiet_hours"),
    snoozedUntil: moment("snoozed_until"),
    enabled: boolean("enabled").notNull().default(true),
    disabledReason: text("disabled_reason"),
    /** Nothing is sent before: it limits us, or has just failed. */
    waitUntil: moment("wait_until"),
    /** Failures in a row. */
    failures: integer("failures").notNull().default(0),
    lastSentAt: moment("last_sent_at"),
    lastError: text("last_error"),
    createdAt: moment("created_at").notNull().defaultNow(),
  },
  (t) => [
    unique("notification_targets_of_company").on(t.companyId, t.id),
    foreignKey({
      columns: [t.companyId, t.connectionId],
      foreignColumns: [connections.companyId, connections.id],
    }).onDelete("cascade"),
  ],
);

/** One notice on its way to one target. */
export const deliveries = pgTable(
  "deliveries",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    companyId: ofCompany(),
    noticeId: bigint("notice_id", { mode: "number" }).notNull(),
    targetId: uuid("target_id").notNull(),
    state: text("state", { enum: ["pending", "sent", "failed", "skipped"] })
      .notNull()
      .default("pending"),
    /**
     * The message that carries it, several notices in a digest. Kept from the first attempt on for as
     * long as the message may have been taken, so that a repeat bears the same id.
     */
    messageId: uuid("message_id"),
    attempts: integer("attempts").notNull().default(0),
    nextAttemptAt: moment("next_attempt_at").notNull().defaultNow(),
    /** What the other side calls the message. */
    receipt: text("receipt"),
    error: text("error"),
    createdAt: moment("created_at").notNull().defaultNow(),
    settledAt: moment("settled_at"),
  },
  (t) => [
    unique("deliveries_one_per_target").on(t.noticeId, t.targetId),
    index("deliveries_by_target").on(t.targetId, t.id),
    index("deliveries_pending")
      .on(t.targetId, t.nextAttemptAt)
      .where(sql`state = 'pending'`),
    foreignKey({
      columns: [t.companyId, t.noticeId],
      foreignColumns: [notices.companyId, notices.id],
    }).onDelete("cascade"),
    foreignKey({
      columns: [t.companyId, t.targetId],
      foreignColumns: [notificationTargets.companyId, notificationTargets.id],
    }).onDelete("cascade"),
  ],
);

/** What people were last told of a connection, so that they are told when it changes and not again. */
export const alertStates = pgTable(
  "alert_states",
  {
    connectionId: uuid("connection_id").primaryKey(),
    companyId: ofCompany(),
    /** `ok`, `needs_reauth`, `failed:<code>`, `late`, `held` or `undecided`. */
    condition: text("condition").notNull(),
    /** When what it says began. */
    since: moment("since").notNull(),
    noticeId: bigint("notice_id", { mode: "number" }),
    /** Nobody expects anything of it: it is paused, disconnected or not set up yet. */
    resting: boolean("resting").notNull(),
    /** From when on it is expected to be fresh. */
    watchedFrom: moment("watched_from").notNull(),
  },
  (t) => [
    foreignKey({
      columns: [t.companyId, t.connectionId],
      foreignColumns: [connections.companyId, connections.id],
    }).onDelete("cascade"),
  ],
);
