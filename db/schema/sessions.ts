import { sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  bigint,
  bigserial,
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
import { companyId, moment, ofCompany, xid8 } from "./companies.ts";
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
    /** When each side's value was made at its origin, and by whom where that is known. */
    localAt: moment("local_at"),
    localBy: text("local_by"),
    remoteAt: moment("remote_at"),
    /** What a person chose, who, and when; a policy settles without them. */
    choice: text("choice", { enum: ["local", "remote", "merge", "both"] }),
    /** The value that the choice gave the field. */
    chosen: jsonb("chosen"),
    settledBy: text("settled_by"),
    settledAt: moment("settled_at"),
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

/** A person's standing answer to conflicts of a connection, in one field or (without one) in all. */
export const conflictRules = pgTable(
  "conflict_rules",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    companyId: ofCompany(),
    connectionId: uuid("connection_id").notNull(),
    /** The empty string stands for all fields. */
    field: text("field").notNull().default(""),
    keep: text("keep", { enum: ["local", "remote"] }).notNull(),
    madeBy: text("made_by").notNull(),
    madeAt: moment("made_at").notNull().defaultNow(),
  },
  (t) => [
    unique("conflict_rules_one_per_field").on(t.connectionId, t.field),
    foreignKey({
      columns: [t.companyId, t.connectionId],
      foreignColumns: [connections.companyId, connections.id],
    }).onDelete("cascade"),
  ],
);

/**
 * The why-trail: one row per item that a session changed, on the side that it was changed, and one per
 * edit of our own side that no session made.
 */
export const changes = pgTable(
  "changes",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    companyId: ofCompany(),
    at: moment("at").notNull().defaultNow(),
    eventId: uuid("event_id").notNull(),
    /** Absent for an edit of our own side. */
    connectionId: uuid("connection_id"),
    sessionId: uuid("session_id"),
    /** Who edited our side, where that is known: the name of a key. */
    by: text("by"),
    side: text("side", { enum: ["local", "remote"] }).notNull(),
    action: text("action", { enum: ["created", "updated", "deleted", "restored"] }).notNull(),
    /** `{ field: { before, after } }`; empty for a creation, whose content is the first version. */
    fields: jsonb("fields").notNull().default({}),
    rule: text("rule").notNull(),
    version: bigint("version", { mode: "number" }).notNull(),
    /** The transaction that noted it: a reader waits for those that were begun before. */
    tx: xid8("tx")
      .notNull()
      .default(sql`pg_current_xact_id()`),
  },
  (t) => [
    index("changes_by_event").on(t.eventId, t.id),
    index("changes_by_connection").on(t.connectionId, t.id),
    index("changes_in_order").on(t.companyId, t.tx, t.id),
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
    /** `preview` writes nothing; `apply` carries out a preview, `undo` takes a session back. */
    kind: text("kind", { enum: ["sync", "preview", "apply", "undo"] })
      .notNull()
      .default("sync"),
    planId: uuid("plan_id"),
    /** The streams that were asked for, `*` for the usual ones; empty for the usual ones. */
    streams: text("streams")
      .array()
      .notNull()
      .default(sql`'{}'::text[]`),
    /** Where it is: `{ step, stream, done, total }`; null before and after. */
    progress: jsonb("progress"),
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

/**
 * What would be done, as data, waiting for a person. `deletions` are those over the brake's limit
 * (held, approved, rejected); `preview` and `undo` go from asked to ready, and from there to applied, or
 * to moved where the world is no longer as the plan saw it.
 */
export const plans = pgTable(
  "plans",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    companyId: ofCompany(),
    connectionId: uuid("connection_id").notNull(),
    kind: text("kind", { enum: ["deletions", "preview", "undo"] })
      .notNull()
      .default("deletions"),
    /** The session that made the plan. */
    sessionId: uuid("session_id").notNull(),
    /** The session that an undo takes back. */
    undoes: uuid("undoes"),
    side: text("side", { enum: ["local", "remote"] }),
    reason: text("reason").notNull(),
    state: text("state", {
      enum: [
        "held",
        "approved",
        "rejected",
        "asked",
        "ready",
        "applying",
        "applied",
        "moved",
        "discarded",
        "failed",
      ],
    })
      .notNull()
      .default("held"),
    items: integer("items").notNull(),
    /** Counts by side and action, for a first look. */
    summary: jsonb("summary").notNull().default({}),
    askedBy: text("asked_by"),
    settledBy: text("settled_by"),
    createdAt: moment("created_at").notNull().defaultNow(),
    settledAt: moment("settled_at"),
    /** Until then a preview that was asked for keeps sessions from starting; null: until a person decides. */
    waitsUntil: moment("waits_until"),
  },
  (t) => [
    unique("plans_of_company").on(t.companyId, t.id),
    uniqueIndex("plans_one_held")
      .on(t.connectionId, t.side)
      .where(sql`state = 'held'`),
    uniqueIndex("plans_one_under_way")
      .on(t.connectionId)
      .where(sql`state in ('asked', 'ready', 'applying')`),
    index("plans_waiting")
      .on(t.companyId)
      .where(sql`state in ('held', 'ready')`),
    foreignKey({
      columns: [t.companyId, t.connectionId],
      foreignColumns: [connections.companyId, connections.id],
    }).onDelete("cascade"),
  ],
);

const ofPlan = (t: { companyId: AnyPgColumn; planId: AnyPgColumn }) =>
  foreignKey({
    columns: [t.companyId, t.planId],
    foreignColumns: [plans.companyId, plans.id],
  }).onDelete("cascade");

/** One line of a plan: what would be done to one item on one side, and what became of it. */
export const planItems = pgTable(
  "plan_items",
  {
    companyId: ofCompany(),
    planId: uuid("plan_id").notNull(),
    seq: integer("seq").notNull(),
    eventId: uuid("event_id"),
    linkId: uuid("link_id"),
    remoteId: text("remote_id"),
    side: text("side", { enum: ["local", "remote"] }).notNull(),
    action: text("action", { enum: ["created", "updated", "deleted", "restored"] }).notNull(),
    /** `{ field: { before, after } }`; of a creation every field, without a before. */
    fields: jsonb("fields").notNull().default({}),
    rule: text("rule").notNull(),
    /** The brake would hold it for a person. */
    held: boolean("held").notNull().default(false),
    /** What it was planned against: our event's version and the link's revision. */
    version: bigint("version", { mode: "number" }),
    revision: bigint("revision", { mode: "number" }),
    state: text("state", { enum: ["planned", "done", "left"] })
      .notNull()
      .default("planned"),
    /** Why it was left. */
    reason: text("reason"),
  },
  (t) => [primaryKey({ columns: [t.planId, t.seq] }), ofPlan(t)],
);

/** What the provider listed for a plan, until it is drawn up or carried out. */
export const planPages = pgTable(
  "plan_pages",
  {
    companyId: ofCompany(),
    planId: uuid("plan_id").notNull(),
    stream: text("stream").notNull(),
    seq: integer("seq").notNull(),
    page: jsonb("page").notNull(),
    startedAt: moment("started_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.planId, t.stream, t.seq] }), ofPlan(t)],
);

/** What a person has to be told: something waits, or has waited for long. */
export const notices = pgTable(
  "notices",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    companyId: companyId(),
    at: moment("at").notNull().defaultNow(),
    kind: text("kind").notNull(),
    severity: text("severity", { enum: ["info", "warn", "error"] }).notNull(),
    connectionId: uuid("connection_id"),
    /** The plan, conflict or other row that it speaks of. */
    subjectId: uuid("subject_id"),
    message: text("message").notNull(),
    /** How often this has been said before. */
    repeats: integer("repeats").notNull().default(0),
  },
  (t) => [unique("notices_of_company").on(t.companyId, t.id)],
);
