import { byPhase as among, recoveryIn, type RecoveryTable } from "../recovery.ts";

/** What the call was about; the same refusal means different things to different calls. */
export const phases = [
  "list",
  "list-by-sync-token",
  "list-by-page-token",
  "create",
  "update",
  "delete",
  "read",
  "watch",
  "stop",
  "calendars",
] as const;
export type Phase = (typeof phases)[number];

export type Recovery =
  | "unavailable"
  | "rate-limited"
  | "limited-for-long"
  | "unauthenticated"
  | "forbidden"
  | "cursor-expired"
  | "page-lost"
  | "precondition-failed"
  | "gone"
  | "missing"
  | "key-taken"
  | "rejected"
  | "collection-missing"
  | "watch-unsupported";

const byPhase = (otherwise: Recovery, special: Partial<Record<Phase, Recovery>>) =>
  among(phases, otherwise, special);

const deadToken = {
  "list-by-sync-token": "cursor-expired",
  "list-by-page-token": "page-lost",
} as const;

/** A request that is at fault itself stays at fault; only a read may find better luck later. */
const badRequest = byPhase("rejected", { ...deadToken, calendars: "unavailable" });
const missing = byPhase("collection-missing", {
  update: "missing",
  delete: "missing",
  read: "missing",
  stop: "gone",
  calendars: "unavailable",
});
const deleted = byPhase("unavailable", {
  ...deadToken,
  update: "gone",
  delete: "gone",
  read: "gone",
  stop: "gone",
});
const duplicate = byPhase("unavailable", { create: "key-taken" });

/**
 * Status and `errors[0].reason` → recovery (guide: Handle API errors). `unstated` is an answer of
 * Google's shape that names no reason; `unknown` everything else, a proxy's page among it. What is
 * unknown may pass, so it is `unavailable` and never a success. Two statuses are believed whatever
 * they say: a 400 to a write, which would be refused as malformed for ever, and a 410 to a token.
 */
export const table: RecoveryTable<Recovery, Phase> = {
  400: {
    pushNotSupportedForRequestedResource: "watch-unsupported",
    // The id is taken by a try of ours whose answer was lost: the next try brings a new one.
    channelIdNotUnique: "unavailable",
    unstated: badRequest,
    unknown: byPhase("unavailable", { create: "rejected", update: "rejected", delete: "rejected" }),
    ...Object.fromEntries(
      [
        "invalid",
        "required",
        "badRequest",
        "parseError",
        "timeRangeEmpty",
        "push.webhookUrlNotHttps",
      ].map((reason) => [reason, badRequest]),
    ),
  },
  401: { "push.webhookUrlUnauthorized": "rejected", unknown: "unauthenticated" },
  403: {
    userRateLimitExceeded: "rate-limited",
    rateLimitExceeded: "rate-limited",
    quotaExceeded: "limited-for-long",
    dailyLimitExceeded: "limited-for-long",
    calendarUsageLimitsExceeded: "limited-for-long",
    forbiddenForNonOrganizer: "rejected",
    forbidden: "forbidden",
    insufficientPermissions: "forbidden",
    requiredAccessLevel: "forbidden",
    accessNotConfigured: "forbidden",
    unknown: "unavailable",
  },
  404: { notFound: missing, unstated: missing, unknown: "unavailable" },
  409: { duplicate, unstated: duplicate, unknown: "unavailable" },
  410: {
    fullSyncRequired: byPhase("unavailable", deadToken),
    updatedMinTooLongAgo: byPhase("unavailable", deadToken),
    deleted,
    unstated: deleted,
    // A listing by token that is gone, in whatever words: listing anew costs calls and loses nothing.
    unknown: byPhase("unavailable", deadToken),
  },
  412: {
    conditionNotMet: "precondition-failed",
    unstated: "precondition-failed",
    unknown: "unavailable",
  },
  429: { unknown: "rate-limited" },
};

export function recoveryOf(status: number, reason: string, phase: Phase): Recovery {
  return recoveryIn(table, status, reason, phase) ?? "unavailable";
}
