import {
  byPhase as among,
  type CommonRecovery,
  recoveryIn,
  type RecoveryTable,
} from "../recovery.ts";

/** What the call was about; the same refusal means different things to different calls. */
export const phases = [
  /** The table itself: its database, its columns. */
  "table",
  "query",
  "query-by-cursor",
  "read",
  "create",
  "update",
  "search",
] as const;
export type Phase = (typeof phases)[number];

export type Recovery = CommonRecovery | "page-lost";

const byPhase = (otherwise: Recovery, special: Partial<Record<Phase, Recovery>>) =>
  among(phases, otherwise, special);

/**
 * A request that is at fault itself stays at fault. A query may be so because of its cursor: without
 * one it is asked again, and is then judged by itself. Other reads may find better luck later.
 */
const badRequest = byPhase("rejected", {
  "query-by-cursor": "page-lost",
  read: "unavailable",
  search: "unavailable",
});
const badWrite = byPhase("unavailable", { create: "rejected", update: "rejected" });

/** Deleted and not shared are told in the same words. */
const missing = byPhase("collection-missing", {
  read: "missing",
  update: "missing",
  search: "unavailable",
});

/**
 * Status and `code` → recovery (reference: Status codes). `unknown` is everything that is not Notion's
 * own error, a page of the proxy before it among it. What is unknown may pass, so it is `unavailable`
 * and never a success; but a write that is refused with 400 or 413 would be refused for ever.
 */
export const table: RecoveryTable<Recovery, Phase> = {
  400: {
    validation_error: badRequest,
    invalid_json: badWrite,
    invalid_request: badWrite,
    invalid_request_url: badWrite,
    unknown: badWrite,
  },
  401: { unknown: "unauthenticated" },
  403: { restricted_resource: "forbidden", unknown: "unavailable" },
  404: { object_not_found: missing, unknown: "unavailable" },
  409: { unknown: "unavailable" },
  413: { unknown: badWrite },
  429: { unknown: "rate-limited" },
  529: { unknown: "rate-limited" },
};

export function recoveryOf(status: number, code: string, phase: Phase): Recovery {
  return recoveryIn(table, status, code, phase) ?? "unavailable";
}
