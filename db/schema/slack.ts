import { index, pgTable, text } from "drizzle-orm/pg-core";
import { bytea, companyId, moment, ofCompany } from "./companies.ts";

/** Which company a Slack workspace speaks for, and what its people may do. */
export const slackTeams = pgTable("slack_teams", {
  /** Slack's own id: a workspace speaks for one company of the installation. */
  teamId: text("team_id").primaryKey(),
  companyId: companyId(),
  role: text("role", { enum: ["member", "admin"] }).notNull(),
  /** Slack's ids of those who may use the command; absent: everybody in the workspace. */
  userIds: text("user_ids").array(),
  madeBy: text("made_by").notNull(),
  createdAt: moment("created_at").notNull().defaultNow(),
  updatedAt: moment("updated_at").notNull().defaultNow(),
});

/** Signed requests that were taken: one that comes again is somebody else's. */
export const slackRequests = pgTable(
  "slack_requests",
  {
    /** SHA-256 of the signature. */
    hash: bytea("hash").primaryKey(),
    companyId: ofCompany(),
    takenAt: moment("taken_at").notNull().defaultNow(),
  },
  (t) => [index("slack_requests_by_time").on(t.takenAt)],
);
