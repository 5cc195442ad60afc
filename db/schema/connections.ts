import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  doublePrecision,
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
import { bytea, calendars, companyId, moment, ofCompany } from "./companies.ts";

export const connections = pgTable(
  "connections",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    companyId: companyId(),
    calendarId: uuid("calendar_id"),
    provider: text("provider").notNull(),
    /** The connector's own settings, such as the remote calendar; empty until they are chosen. */
    settings: jsonb("settings").notNull().default({}),
    /** The account at the provider, opaque: names the token bucket and guards against a silent swap. */
    account: text("account"),
    direction: text("direction", { enum: ["both", "in", "out"] })
      .notNull()
      .default("both"),
    policy: text("policy", { enum: ["newest", "ours", "theirs", "owner", "ask"] })
      .notNull()
      .default("newest"),
    /** Whether the first sync runs at once, or is shown as a preview and waits for a person. */
    firstSync: text("first_sync", { enum: ["run", "preview"] })
      .notNull()
      .default("run"),
    enabled: boolean("enabled").notNull().default(true),
    pausedReason: text("paused_reason"),
    /** Encrypted grant (see `db/secrets.ts`); absent before consent and after disconnecting. */
    credentials: text("credentials"),
    credentialVersion: integer("credential_version").notNull().default(0),
    /** Held by the one process that is renewing the grant; lapses by itself. */
    refreshingUntil: moment("refreshing_until"),
    grantState: text("grant_state", { enum: ["pending", "ok", "needs_reauth", "revoked"] })
      .notNull()
      .default("pending"),
    pollIntervalMs: integer("poll_interval_ms"),
    /** How old the last complete pass may grow before people are told; null for two cadences. */
    freshnessTargetMs: bigint("freshness_target_ms", { mode: "number" }),
    nextPollAt: moment("next_poll_at").notNull().defaultNow(),
    /** False where the provider cannot push: polling only. */
    watchable: boolean("watchable").notNull().default(true),
    /** Rises with each attempt of an activity; an attempt that is not the newest stops. */
    epoch: bigint("epoch", { mode: "number" }).notNull().default(0),
    lastCompletePassAt: moment("last_complete_pass_at"),
    waitUntil: moment("wait_until"),
    waitReason: text("wait_reason"),
    failures: integer("failures").notNull().default(0),
    lastErrorCode: text("last_error_code"),
    lastError: text("last_error"),
    lastErrorAt: moment("last_error_at"),
    /** The provider's clock minus the database's, in milliseconds. */
    clockOffset: doublePrecision("clock_offset").notNull().default(0),
    /** How far the versions of records have been compared with those before them. */
    detectedSeq: bigint("detected_seq", { mode: "number" }).notNull().default(0),
    /** Sealed; keys the hashes of sensitive values, so that they cannot be guessed from their hash. */
    hashKey: text("hash_key"),
    createdAt: moment("created_at").notNull().defaultNow(),
    disconnectedAt: moment("disconnected_at"),
  },
  (t) => [
    unique("connections_of_company").on(t.companyId, t.id),
    foreignKey({
      columns: [t.companyId, t.calendarId],
      foreignColumns: [calendars.companyId, calendars.id],
    }),
    index("connections_by_calendar").on(t.calendarId),
    index("connections_due").on(t.provider, t.nextPollAt),
  ],
);

const ofConnection = (name: string) => uuid(name).notNull();

/** How far each stream has been read. Moves only in the transaction that stores what it covers. */
export const cursors = pgTable(
  "cursors",
  {
    companyId: ofCompany(),
    connectionId: ofConnection("connection_id"),
    stream: text("stream").notNull(),
    cursor: jsonb("cursor"),
    /** The listing that is being read, and when its first request was made. */
    snapshotId: text("snapshot_id"),
    snapshotStartedAt: moment("snapshot_started_at"),
    snapshotItems: integer("snapshot_items").notNull().default(0),
    /** When the stream was last read to its end, and last listed whole. */
    passedAt: moment("passed_at"),
    listedAt: moment("listed_at"),
    /** The session that read it to its end last: its step is not done twice. */
    passedBy: uuid("passed_by"),
    revision: bigint("revision", { mode: "number" }).notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.connectionId, t.stream] }),
    foreignKey({
      columns: [t.companyId, t.connectionId],
      foreignColumns: [connections.companyId, connections.id],
    }).onDelete("cascade"),
  ],
);

/** The bell: `rung` counts the rings, `served` those that a finished session has answered. */
export const rings = pgTable(
  "rings",
  {
    connectionId: ofConnection("connection_id").primaryKey(),
    companyId: ofCompany(),
    rung: bigint("rung", { mode: "number" }).notNull().default(0),
    served: bigint("served", { mode: "number" }).notNull().default(0),
    /** The session that will answer the rings that no session has taken yet. */
    nextSession: uuid("next_session"),
    runningSession: uuid("running_session"),
    runningSeen: bigint("running_seen", { mode: "number" }),
    signalledAt: moment("signalled_at"),
  },
  (t) => [
    foreignKey({
      columns: [t.companyId, t.connectionId],
      foreignColumns: [connections.companyId, connections.id],
    }).onDelete("cascade"),
  ],
);

/** Push channels. The secret that the provider echoes is kept as its SHA-256. */
export const channels = pgTable(
  "channels",
  {
    id: uuid("id").primaryKey(),
    companyId: ofCompany(),
    connectionId: ofConnection("connection_id"),
    resourceId: text("resource_id"),
    secretHash: bytea("secret_hash").notNull(),
    /** Sealed; only where the provider signs with it, and its hash would not do. */
    secret: text("secret"),
    state: text("state", { enum: ["opening", "open", "superseded", "closed", "failed"] }).notNull(),
    expiresAt: moment("expires_at"),
    supersededAt: moment("superseded_at"),
    lastMessageAt: moment("last_message_at"),
    lastMessageNumber: bigint("last_message_number", { mode: "number" }),
    reason: text("reason"),
    createdAt: moment("created_at").notNull().defaultNow(),
  },
  (t) => [
    index("channels_by_connection").on(t.connectionId, t.state),
    foreignKey({
      columns: [t.companyId, t.connectionId],
      foreignColumns: [connections.companyId, connections.id],
    }).onDelete("cascade"),
  ],
);

/** A person's schedules; each is a Temporal Schedule of its own with the id `schedule:<id>`. */
export const schedules = pgTable(
  "schedules",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    companyId: ofCompany(),
    connectionId: ofConnection("connection_id"),
    /** The streams that it syncs; empty for all. */
    streams: text("streams")
      .array()
      .notNull()
      .default(sql`'{}'::text[]`),
    /** `{ everyMinutes }`, `{ everyHours }`, `{ dailyAt: ["HH:MM"] }` or `{ cron }`. */
    cadence: jsonb("cadence").notNull(),
    zone: text("zone").notNull().default("UTC"),
    enabled: boolean("enabled").notNull().default(true),
    pausedReason: text("paused_reason"),
    /** When Temporal was told of the row as it is; null while it still has to be. */
    toldAt: moment("told_at"),
    /** As Temporal last said; for the views, since Temporal itself is asked for the answers. */
    nextRunAt: moment("next_run_at"),
    lastRunAt: moment("last_run_at"),
    createdAt: moment("created_at").notNull().defaultNow(),
  },
  (t) => [
    index("schedules_by_connection").on(t.connectionId),
    foreignKey({
      columns: [t.companyId, t.connectionId],
      foreignColumns: [connections.companyId, connections.id],
    }).onDelete("cascade"),
  ],
);

/**
 * Where a provider sends its signals to a company. The address holds a secret (kept as its SHA-256). The
 * token that signs the messages arrives in an unsigned handshake: it counts only once an owner has
 * confirmed it, and never replaces one that counts.
 */
export const subscriptions = pgTable("subscriptions", {
  id: uuid("id").primaryKey(),
  companyId: companyId(),
  provider: text("provider").notNull(),
  pathHash: bytea("path_hash").notNull().unique(),
  /** In envelopes bound to this row (see `db/secrets.ts`). */
  token: text("token"),
  pendingToken: text("pending_token"),
  pendingAt: moment("pending_at"),
  confirmedBy: text("confirmed_by"),
  confirmedAt: moment("confirmed_at"),
  lastMessageAt: moment("last_message_at"),
  createdAt: moment("created_at").notNull().defaultNow(),
});
