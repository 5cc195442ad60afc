import {
  byPhase as among,
  type CommonRecovery,
  recoveryIn,
  type RecoveryTable,
} from "../recovery.ts";

/** What the call was about; the same refusal means different things to different calls. */
export const phases = ["companies", "company", "list", "item", "employments"] as const;
export type Phase = (typeof phases)[number];

export type Recovery = CommonRecovery;

/** A person whom Employes will not show whatever is asked is set aside by the caller; others go on. */
const badRequest = among<Recovery, Phase>(phases, "rejected", {
  item: "unavailable",
  employments: "unavailable",
});

/**
 * Of one person it is the answer that they are not there, and of their employments that there are none.
 * Of a list it means that the company itself is out of reach: nobody may count as deleted by it.
 */
const missing = among<Recovery, Phase>(phases, "missing", {
  companies: "unavailable",
  company: "collection-missing",
  list: "collection-missing",
});

/**
 * Status and word → recovery (reference: 8). `gateway` is its complaint about a route it does not know,
 * `own` any other error in the shape of Employes, `unknown` what has none: a proxy's page, no body. Only
 * what Employes says itself may end in a deletion or before a person; what is unknown may pass, so it is
 * `unavailable` and never a success. A 500 may last for a single person (seen): after a few tries the
 * caller sets that one aside and keeps their last state.
 */
export const table: RecoveryTable<Recovery, Phase> = {
  400: { own: badRequest, unknown: "unavailable" },
  401: { unknown: "unauthenticated" },
  403: { gateway: "forbidden", own: "forbidden", unknown: "unavailable" },
  404: { own: missing, unknown: "unavailable" },
  422: { own: badRequest, unknown: "unavailable" },
  429: { unknown: "rate-limited" },
  500: { unknown: "unavailable" },
  502: { unknown: "unavailable" },
  503: { unknown: "unavailable" },
  504: { unknown: "unavailable" },
};

export function recoveryOf(status: number, word: string, phase: Phase): Recovery {
  return recoveryIn(table, status, word, phase) ?? "unavailable";
}
