import {
  byPhase as among,
  type CommonRecovery,
  recoveryIn,
  type RecoveryTable,
} from "../recovery.ts";

/** What the call was about; the same refusal means different things to different calls. */
export const phases = ["token", "list", "read", "watch", "unwatch"] as const;
export type Phase = (typeof phases)[number];

export type Recovery = CommonRecovery | "watch-unsupported";

const byPhase = (otherwise: Recovery, special: Partial<Record<Phase, Recovery>>) =>
  among(phases, otherwise, special);

/** What was entered is not, or no longer, what the shop's settings show (reference: 1). */
const wrongCredentials = {
  invalid_client: "unauthenticated",
  unauthorized_client: "unauthenticated",
  invalid_grant: "unauthenticated",
} as const;

/** A page of a gateway before the token's address says nothing about what was entered. */
const refusedToken = byPhase("unauthenticated", { token: "unavailable" });

/** A reading may find better luck later; an address that is refused would be refused for ever. */
const badRequest = byPhase("unavailable", { watch: "rejected" });

/**
 * Of one item it is the answer that it is not there. Nobody can delete a whole collection: in
 * KiotViet's own words its absence means that the shop is served here no more.
 */
const missing = byPhase("collection-missing", {
  token: "unavailable",
  read: "missing",
  watch: "watch-unsupported",
  unwatch: "missing",
});

/**
 * Status and word → recovery (reference: 1; 7). `other` is any error in KiotViet's own shape, `unknown`
 * what has none: a gateway's page, no body. Only what KiotViet says itself may end in a deletion or
 * before a person; what is unknown may pass, so it is `unavailable` and never a success.
 */
export const table: RecoveryTable<Recovery, Phase> = {
  400: {
    ...wrongCredentials,
    invalid_scope: "forbidden",
    invalid_request: "forbidden",
    unsupported_grant_type: "forbidden",
    TokenException: refusedToken,
    other: badRequest,
    unknown: "unavailable",
  },
  401: { ...wrongCredentials, unknown: refusedToken },
  403: { TokenException: "forbidden", other: "forbidden", unknown: "unavailable" },
  404: { TokenException: "unavailable", other: missing, unknown: "unavailable" },
  429: { unknown: "rate-limited" },
};

export function recoveryOf(status: number, word: string, phase: Phase): Recovery {
  return recoveryIn(table, status, word, phase) ?? "unavailable";
}
