import type { ConnectionFacts } from "../db/connection-facts.ts";
import type { Connection } from "../db/connections.ts";
import { type ConnectionState, isUnchosen } from "./connection-state.ts";

interface Standing {
  kind: "calendar" | "records";
  facts: ConnectionFacts;
  state: ConnectionState;
  fresh: boolean;
  /** When a token ends that only a person can replace: milliseconds since the epoch. */
  tokenEndsAt: number | null;
  now: number;
}

/** What a person should do now, most pressing first. */
export function nextStep(connection: Connection, standing: Standing): string | null {
  if (connection.disconnectedAt !== null) return "Make a new connection.";
  const { kind, facts, state, fresh } = standing;
  return (
    (kind === "records" ? entering : consenting)(connection, state) ??
    waiting(facts) ??
    ending(standing) ??
    (state === "failing" && !fresh ? late[kind] : null)
  );
}

const late = {
  calendar:
    "No complete pass for longer than two polls: see that worker, Temporal and provider answer (GET /readyz, lastError).",
  records:
    "No complete pass for longer than two runs of its schedule: see that worker, Temporal and provider answer (GET /readyz, lastError).",
};

function consenting(connection: Connection, state: ConnectionState): string | null {
  if (connection.lastErrorCode === "misconfigured")
    return `Mend what lastError names: at the provider, or with PATCH properties. ${
      state === "needs_reauth"
        ? "Then give consent: POST /api/connections/{id}/consent."
        : "It is tried again at the next poll."
    }`;
  if (state === "needs_reauth") return "Give consent: POST /api/connections/{id}/consent.";
  if (isUnchosen(connection))
    return "Choose the remote calendar: GET /api/connections/{id}/collections, then PATCH remoteCalendarId.";
  return null;
}

function entering(connection: Connection, state: ConnectionState): string | null {
  if (connection.lastErrorCode === "misconfigured")
    return "Mend what lastError names at the provider; it is tried again by itself. Or enter other credentials: POST /api/connections/{id}/credentials.";
  if (state === "needs_reauth")
    return "Enter the credentials anew: POST /api/connections/{id}/credentials.";
  if (isUnchosen(connection))
    return "Choose the company: GET /api/connections/{id}/collections, then PATCH settings.";
  return null;
}

function waiting(facts: ConnectionFacts): string | null {
  if (facts.preview === "ready")
    return "A preview waits for a person: apply or discard it (/api/plans?state=ready). Until then nothing is synced.";
  if (facts.preview === "discarded")
    return "The preview of the first sync was discarded: POST /api/connections/{id}/preview for another one, or PATCH firstSync to run.";
  if (facts.heldPlans > 0) return "Approve or reject the held deletions: /api/plans.";
  if (facts.openConflicts > 0) return "Settle the open conflicts: /api/conflicts.";
  if (facts.failedWrites > 0)
    return "Read the errors of the failed writes, then retry: POST /api/calendar/sync/queue.";
  return null;
}

const warnBeforeMs = 30 * 24 * 3_600_000;

function ending({ tokenEndsAt, now }: Standing): string | null {
  if (tokenEndsAt === null || tokenEndsAt - now > warnBeforeMs) return null;
  return `The token ends on ${dayOf(tokenEndsAt)}: make a new one at the provider, then POST /api/connections/{id}/credentials.`;
}

function dayOf(ms: number): string {
  return new Date(ms).toLocaleDateString("en-GB", { dateStyle: "long", timeZone: "UTC" });
}
