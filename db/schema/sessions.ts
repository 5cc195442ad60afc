import { sql } from "drizzle-orm";
import {
  bigint,
  bigserial,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { companyId, moment, ofCompany } from "./companies.ts";
import { connections } from "./connections.ts";
import { links } from "./sync.ts";

/** A field that both sides changed. `open` waits for a person; the loser is kept either way. */
export const conflicts = pgTable(
  "conflicts",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    companyId: ofCompany(),
    connectionId: uuid("connection_id").notNull(),
    linkId: uuid("link_id").notNull(),
    eventId: uuid("event_id").notNull(),
    sessionId: uuid("session_id").notNull(),
    field: text("field").notNull(),
    base: jsonb("base"),
    local: jsonb("local"),
    remote: jsonb("remote"),
    policy: text("policy").notNull(),
    winner: text("winner", { enum: ["local", "remote", "nobody"] }).notNull(),
    state: text("state", { enum: ["open", "settled"] }).notNull(),
    openedAt: moment("opened_at").notNull().defaultNow(),
    updatedAt: moment("updated_at").notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex("conflicts_one_open")
      .on(t.linkId, t.field)
      .where(sql`state = 'open'`),
    index("conflicts_by_company").on(t.companyId, t.state, t.openedAt),
    foreignKey({
      columns: [t.companyId, t.linkId],
      foreignColumns: [links.companyId, links.id],
    }).onDelete("cascade"),
  ],
);

/** The why-trail: one row per item that a session changed, on the side that it was changed. */
export const changes = pgTable(
  "changes",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    companyId: ofCompany(),
    at: moment("at").notNull().defaultNow(),
    eventId: uuid("event_id").notNull(),
    connectionId: uuid("connection_id").notNull(),
    sessionId: uuid("session_id").notNull(),
    side: text("side", { enum: ["local", "remote"] }).notNull(),
    action: text("action", { enum: ["created", "updated", "deleted", "restored"] }).notNull(),
    /** `{ field: { before, after } }`; empty for a creation, whose content is the first version. */
    fields: jsonb("fields").notNull().default({}),
    rule: text("rule").notNull(),
    version: bigint("version", { mode: "number" }).notNull(),
  },
  (t) => [
    index("changes_by_event").on(t.eventId, t.id),
    index("changes_by_connection").on(t.connectionId, t.id),
    index("changes_deletions")
      .on(t.connectionId, t.side, t.at)
      .where(sql`action = 'deleted'`),
  ],
);

const tally = (name: string) => integer(name).notNull().default(0);

export const syncSessions = pgTable(
  "sync_sessions",
  {
    id: uuid("id").primaryKey(),
    companyId: ofCompany(),
    connectionId: uuid("connection_id").notNull(),
    status: text("status", { enum: ["queued", "running", "completed", "error"] }).notNull(),
    /** `manual`, `schedule`, `webhook`, `api`, `slack`, `page`, `follow-up`. */
    trigger: text("trigger").notNull(),
    triggeredBy: text("triggered_by").notNull(),
    createdAt: moment("created_at").notNull().defaultNow(),
    startedAt: moment("started_at"),
    completedAt: moment("completed_at"),
    localCreated: tally("local_created"),
    localUpdated: tally("local_updated"),
    localDeleted: tally("local_deleted"),
    localUnchanged: tally("local_unchanged"),
    localFailed: tally("local_failed"),
    remoteCreated: tally("remote_created"),
    remoteUpdated: tally("remote_updated"),
    remoteDeleted: tally("remote_deleted"),
    remoteUnchanged: tally("remote_unchanged"),
    remoteFailed: tally("remote_failed"),
    providerCalls: tally("provider_calls"),
    errorCode: text("error_code"),
    error: text("error"),
    workflowId: text("workflow_id"),
    runId: text("run_id"),
    /** Workflows to tell when the session has ended. */
    waiters: text("waiters")
      .array()
      .notNull()
      .default(sql`'{}'::text[]`),
  },
  (t) => [
    unique("sync_sessions_of_company").on(t.companyId, t.id),
    index("sync_sessions_by_connection").on(t.connectionId, t.createdAt),
    index("sync_sessions_by_company").on(t.companyId, t.createdAt, t.id),
    foreignKey({
      columns: [t.companyId, t.connectionId],
      foreignColumns: [connections.companyId, connections.id],
    }).onDelete("cascade"),
  ],
);

export const syncLogs = pgTable(
  "sync_logs",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    companyId: companyId(),
    sessionId: uuid("session_id").notNull(),
    at: moment("at").notNull().defaultNow(),
    level: text("level", { enum: ["info", "warn", "error"] }).notNull(),
    message: text("message").notNull(),
    /** Counts and ids only. */
    data: jsonb("data").notNull().default({}),
  },
  (t) => [
    index("sync_logs_by_session").on(t.sessionId, t.id),
    foreignKey({
      columns: [t.companyId, t.sessionId],
      foreignColumns: [syncSessions.companyId, syncSessions.id],
    }).onDelete("cascade"),
  ],
);

/** Deletions over the brake's limit: they wait for a person while everything else goes on. */
export const plans = pgTable(
  "plans",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    companyId: ofCompany(),
    connectionId: uuid("connection_id").notNull(),
    sessionId: uuid("session_id").notNull(),
    side: text("side", { enum: ["local", "remote"] }).notNull(),
    reason: text("reason").notNull(),
    state: text("state", { enum: ["held", "approved", "rejected"] })
      .notNull()
      .default("held"),
    items: integer("items").notNull(),
    settledBy: text("settled_by"),
    createdAt: moment("created_at").notNull().defaultNow(),
    settledAt: moment("settled_at"),
  },
  (t) => [
    uniqueIndex("plans_one_held")
      .on(t.connectionId, t.side)
      .where(sql`state = 'held'`),
    foreignKey({
      columns: [t.companyId, t.connectionId],
      foreignColumns: [connections.companyId, connections.id],
    }).onDelete("cascade"),
  ],
);
