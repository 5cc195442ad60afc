import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { moment, ofCompany } from "./companies.ts";
import { connections } from "./connections.ts";
import { events } from "./events.ts";

/**
 * One item on one connection: what the remote was when last seen, and the pair that both sides were
 * when they last agreed. `waiting` is an exception whose master has not arrived; `set-aside` an item
 * of the provider's that cannot be held here, and `kept-out` one of ours that the provider cannot hold,
 * each with the reason; `tombstone` one that both sides have deleted
 * or, where it still has a `remote`, one that was let go there on purpose.
 */
export const links = pgTable(
  "links",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    companyId: ofCompany(),
    connectionId: uuid("connection_id").notNull(),
    eventId: uuid("event_id"),
    state: text("state", {
      enum: ["live", "waiting", "set-aside", "kept-out", "tombstone"],
    }).notNull(),
    reason: text("reason"),
    remoteId: text("remote_id"),
    remoteVersion: text("remote_version"),
    /** `EventFields`, or absent when the remote is deleted or not made yet. */
    remote: jsonb("remote"),
    remoteUpdatedAt: moment("remote_updated_at"),
    remoteMark: uuid("remote_mark"),
    masterRemoteId: text("master_remote_id"),
    originalStart: jsonb("original_start"),
    /** Set while a remote deletion has been seen and not yet applied to our side. */
    deletionSeenAt: moment("deletion_seen_at"),
    /** Whether the sides have ever agreed. A side of the base that equals `remote` is not stored twice. */
    agreed: boolean("agreed").notNull().default(false),
    baseLocal: jsonb("base_local"),
    baseRemote: jsonb("base_remote"),
    generation: integer("generation").notNull().default(0),
    revision: bigint("revision", { mode: "number" }).notNull().default(0),
    /** The last listing that held the item, and when the remote was last confirmed or written. */
    seenSnapshot: text("seen_snapshot"),
    confirmedAt: moment("confirmed_at").notNull().defaultNow(),
    lastSyncedAt: moment("last_synced_at"),
    /** Read by itself since the last complete pull: what else has changed with it is not known yet. */
    lookedAt: moment("looked_at"),
  },
  (t) => [
    unique("links_of_company").on(t.companyId, t.id),
    unique("links_one_per_remote").on(t.connectionId, t.remoteId),
    // The event first: the index also serves whoever asks for all links of an event, cascades among them.
    unique("links_one_per_event").on(t.eventId, t.connectionId),
    index("links_looked_at")
      .on(t.connectionId)
      .where(sql`looked_at is not null`),
    index("links_deletions")
      .on(t.connectionId)
      .where(sql`deletion_seen_at is not null`),
    index("links_by_master")
      .on(t.connectionId, t.masterRemoteId)
      .where(sql`master_remote_id is not null`),
    foreignKey({
      columns: [t.companyId, t.connectionId],
      foreignColumns: [connections.companyId, connections.id],
    }).onDelete("cascade"),
    foreignKey({
      columns: [t.companyId, t.eventId],
      foreignColumns: [events.companyId, events.id],
    }).onDelete("cascade"),
  ],
);

/** What is about to be sent, committed before the call; closed with the answer. */
export const intents = pgTable(
  "intents",
  {
    /** Travels with the write as its mark. */
    id: uuid("id").primaryKey(),
    companyId: ofCompany(),
    connectionId: uuid("connection_id").notNull(),
    linkId: uuid("link_id").notNull(),
    eventId: uuid("event_id").notNull(),
    sessionId: uuid("session_id").notNull(),
    kind: text("kind", { enum: ["create", "update", "delete", "restore"] }).notNull(),
    fields: text("fields").array().notNull(),
    sent: jsonb("sent").notNull(),
    local: jsonb("local").notNull(),
    eventVersion: bigint("event_version", { mode: "number" }).notNull(),
    expectedVersion: text("expected_version"),
    generation: integer("generation").notNull(),
    openedAt: moment("opened_at").notNull().defaultNow(),
    closedAt: moment("closed_at"),
    outcome: text("outcome", { enum: ["landed", "superseded", "refused", "not landed"] }),
  },
  (t) => [
    uniqueIndex("intents_one_open")
      .on(t.linkId)
      .where(sql`closed_at is null`),
    index("intents_by_connection").on(t.connectionId, t.openedAt),
    foreignKey({
      columns: [t.companyId, t.linkId],
      foreignColumns: [links.companyId, links.id],
    }).onDelete("cascade"),
  ],
);

/** The queue: a dirty mark per event and connection. What to send is decided from state. */
export const writes = pgTable(
  "writes",
  {
    companyId: ofCompany(),
    connectionId: uuid("connection_id").notNull(),
    eventId: uuid("event_id").notNull(),
    version: bigint("version", { mode: "number" }).notNull(),
    state: text("state", { enum: ["pending", "completed", "failed"] })
      .notNull()
      .default("pending"),
    attempts: integer("attempts").notNull().default(0),
    maxAttempts: integer("max_attempts").notNull().default(8),
    error: text("error"),
    nextAttemptAt: moment("next_attempt_at").notNull().defaultNow(),
    enqueuedAt: moment("enqueued_at").notNull().defaultNow(),
    finishedAt: moment("finished_at"),
  },
  (t) => [
    primaryKey({ columns: [t.connectionId, t.eventId] }),
    index("writes_pending")
      .on(t.connectionId, t.nextAttemptAt)
      .where(sql`state = 'pending'`),
    index("writes_failed")
      .on(t.connectionId)
      .where(sql`state = 'failed'`),
    index("writes_finished")
      .on(t.companyId, t.finishedAt)
      .where(sql`state = 'completed'`),
    foreignKey({
      columns: [t.companyId, t.connectionId],
      foreignColumns: [connections.companyId, connections.id],
    }).onDelete("cascade"),
    foreignKey({
      columns: [t.companyId, t.eventId],
      foreignColumns: [events.companyId, events.id],
    }).onDelete("cascade"),
  ],
);
