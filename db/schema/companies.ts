import {
  customType,
  doublePrecision,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from "drizzle-orm/pg-core";

export const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });
export const xid8 = customType<{ data: string }>({ dataType: () => "xid8" });
export const moment = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });
/** The company of a row whose composite foreign key, or whose policy, vouches for it: no check of its own per row. */
export const ofCompany = () => uuid("company_id").notNull();
export const companyId = () => ofCompany().references(() => companies.id);

export const companies = pgTable("companies", {
  id: uuid("id").primaryKey().defaultRandom(),
  name: text("name").notNull(),
  createdAt: moment("created_at").notNull().defaultNow(),
});

/** A key is shown once; only its SHA-256 is kept. */
export const apiKeys = pgTable("api_keys", {
  id: uuid("id").primaryKey().defaultRandom(),
  companyId: companyId(),
  name: text("name").notNull(),
  role: text("role", { enum: ["owner", "admin", "member"] }).notNull(),
  hash: bytea("hash").notNull().unique(),
  createdAt: moment("created_at").notNull().defaultNow(),
  lastUsedAt: moment("last_used_at"),
  revokedAt: moment("revoked_at"),
});

/** Consent under way: the state is stored hashed, used once, and bound to company and caller. */
export const oauthStates = pgTable("oauth_states", {
  hash: bytea("hash").primaryKey(),
  companyId: companyId(),
  keyId: uuid("key_id").notNull(),
  provider: text("provider").notNull(),
  /** The connection that is being made or connected again. */
  connectionId: uuid("connection_id").notNull(),
  /** PKCE code verifier, in an envelope bound to this row. */
  verifier: text("verifier").notNull(),
  expiresAt: moment("expires_at").notNull(),
  usedAt: moment("used_at"),
});

/** Answers to requests that bore an Idempotency-Key, kept for a day. */
export const idempotencyKeys = pgTable(
  "idempotency_keys",
  {
    companyId: companyId(),
    key: text("key").notNull(),
    fingerprint: bytea("fingerprint").notNull(),
    status: integer("status"),
    answer: jsonb("answer"),
    createdAt: moment("created_at").notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.companyId, t.key] })],
);

/** One token bucket per account at a provider, shared by every process and company that uses it. */
export const buckets = pgTable("buckets", {
  account: text("account").primaryKey(),
  units: doublePrecision("units").notNull(),
  filledAt: moment("filled_at").notNull(),
  blockedUntil: moment("blocked_until"),
});

export const calendars = pgTable(
  "calendars",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    companyId: companyId(),
    name: text("name").notNull(),
    /** IANA zone: what an event without a zone of its own means. */
    zone: text("zone").notNull().default("UTC"),
    createdAt: moment("created_at").notNull().defaultNow(),
  },
  (t) => [unique("calendars_of_company").on(t.companyId, t.id)],
);
