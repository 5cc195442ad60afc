import { sql } from "drizzle-orm";
import {
  bigint,
  bigserial,
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
import { bytea, moment, ofCompany, xid8 } from "./companies.ts";
import { connections } from "./connections.ts";

const ofConnection = () => uuid("connection_id").notNull();

/** Business data as it is now: one row per item of a stream. What it says stands in its newest version. */
export const records = pgTable(
  "records",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    companyId: ofCompany(),
    connectionId: ofConnection(),
    stream: text("stream").notNull(),
    remoteId: text("remote_id").notNull(),
    /** The remote id of the item that it belongs to. */
    parentId: text("parent_id"),
    state: text("state", { enum: ["live", "deleted", "set-aside"] }).notNull(),
    /** The newest version; 0 for an item that has never been understood. */
    version: integer("version").notNull(),
    /** Of what the newest version holds, by which a reading is known to be no news. */
    hash: bytea("hash"),
    /** Moves when what is read for this item alone may have changed. */
    hint: text("hint"),
    remoteUpdatedAt: moment("remote_updated_at"),
    /** Complete listings in a row that lacked it. */
    absences: integer("absences").notNull().default(0),
    /** The provider is known to have deleted it; applied when the stream has ended. */
    goneAt: moment("gone_at"),
    /** Why it is set aside; of a deleted one, why the brake does not count it. */
    reason: text("reason"),
    /** When what belongs to it was last read whole. */
    detailsAt: moment("details_at"),
    firstSeenAt: moment("first_seen_at").notNull().defaultNow(),
    changedAt: moment("changed_at").notNull().defaultNow(),
  },
  (t) => [
    unique("records_of_company").on(t.companyId, t.id),
    unique("records_one_per_item").on(t.connectionId, t.stream, t.remoteId),
    index("records_by_parent")
      .on(t.connectionId, t.parentId)
      .where(sql`parent_id is not null`),
    index("records_gone")
      .on(t.connectionId, t.stream)
      .where(sql`state <> 'deleted' and (gone_at is not null or absences > 0)`),
    foreignKey({
      columns: [t.companyId, t.connectionId],
      foreignColumns: [connections.companyId, connections.id],
    }).onDelete("cascade"),
  ],
);

/** Every version that was ever seen. A deletion is a version without content. */
export const recordVersions = pgTable(
  "record_versions",
  {
    recordId: uuid("record_id").notNull(),
    version: integer("version").notNull(),
    companyId: ofCompany(),
    connectionId: ofConnection(),
    /** In the order in which they were stored: one writer per connection makes it that of their commits. */
    seq: bigserial("seq", { mode: "number" }).notNull(),
    sessionId: uuid("session_id").notNull(),
    content: jsonb("content"),
    /** Fields that only owners and admins may read, in an envelope bound to this row. */
    sealed: text("sealed"),
    hash: bytea("hash"),
    firstSeenAt: moment("first_seen_at").notNull(),
    /** The last complete pass that still saw it; null while it is the newest. */
    lastSeenAt: moment("last_seen_at"),
  },
  (t) => [
    primaryKey({ columns: [t.recordId, t.version] }),
    index("record_versions_in_order").on(t.connectionId, t.seq),
  ],
);

/** What changed from one version to the next. Its ids come from the sequence of `changes`: one feed. */
export const recordChanges = pgTable(
  "record_changes",
  {
    id: bigint("id", { mode: "number" })
      .primaryKey()
      .default(sql`nextval('changes_id_seq')`),
    companyId: ofCompany(),
    connectionId: ofConnection(),
    sessionId: uuid("session_id").notNull(),
    recordId: uuid("record_id").notNull(),
    stream: text("stream").notNull(),
    remoteId: text("remote_id").notNull(),
    parentId: text("parent_id"),
    at: moment("at").notNull().defaultNow(),
    action: text("action", { enum: ["created", "updated", "deleted", "restored"] }).notNull(),
    /** `{ field: { before, after } }`; of a sensitive field only that it changed; empty for a creation. */
    fields: jsonb("fields").notNull().default({}),
    version: integer("version").notNull(),
    /** The transaction that noted it: a reader waits for those that were begun before. */
    tx: xid8("tx")
      .notNull()
      .default(sql`pg_current_xact_id()`),
  },
  (t) => [
    index("record_changes_by_connection").on(t.connectionId, t.id),
    index("record_changes_by_record").on(t.recordId, t.id),
    index("record_changes_by_company").on(t.companyId, t.id),
    index("record_changes_in_order").on(t.companyId, t.tx, t.id),
  ],
);

/** The ids that a listing under way has shown so far: what it has not, at its end, is absent. */
export const recordSightings = pgTable(
  "record_sightings",
  {
    companyId: ofCompany(),
    connectionId: ofConnection(),
    stream: text("stream").notNull(),
    snapshotId: text("snapshot_id").notNull(),
    seq: bigserial("seq", { mode: "number" }).notNull(),
    ids: text("ids").array().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.connectionId, t.stream, t.seq] }),
    foreignKey({
      columns: [t.companyId, t.connectionId],
      foreignColumns: [connections.companyId, connections.id],
    }).onDelete("cascade"),
  ],
);

/** Items whose own data has to be read one by one: new, changed, or named by a signal. */
export const recordWork = pgTable(
  "record_work",
  {
    companyId: ofCompany(),
    connectionId: ofConnection(),
    stream: text("stream").notNull(),
    remoteId: text("remote_id").notNull(),
    /** Rises with each mark: only the marks that a reading has seen are done with it. */
    revision: integer("revision").notNull().default(1),
    attempts: integer("attempts").notNull().default(0),
    /** Set aside after as many failures as one can have patience with; tried again once a session. */
    error: text("error"),
    sessionId: uuid("session_id"),
    queuedAt: moment("queued_at").notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.connectionId, t.stream, t.remoteId] }),
    foreignKey({
      columns: [t.companyId, t.connectionId],
      foreignColumns: [connections.companyId, connections.id],
    }).onDelete("cascade"),
  ],
);

/** What has become of an item and all that belongs to it, kept up to date for those that change. */
export const recordTimeline = pgTable(
  "record_timeline",
  {
    companyId: ofCompany(),
    connectionId: ofConnection(),
    remoteId: text("remote_id").notNull(),
    seq: integer("seq").notNull(),
    on: date("on").notNull(),
    kind: text("kind").notNull(),
    detail: jsonb("detail").notNull(),
    /** Amounts, in an envelope bound to this row. */
    sealed: text("sealed"),
    learnedAt: moment("learned_at").notNull(),
    retroactive: boolean("retroactive").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.connectionId, t.remoteId, t.seq] }),
    index("record_timeline_by_date").on(t.connectionId, t.on),
    foreignKey({
      columns: [t.companyId, t.connectionId],
      foreignColumns: [connections.companyId, connections.id],
    }).onDelete("cascade"),
  ],
);
