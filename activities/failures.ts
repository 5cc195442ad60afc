import {
  CollectionMissing,
  Forbidden,
  InvalidResponse,
  Misconfigured,
  RateLimited,
  Rejected,
  Unauthenticated,
  Unavailable,
} from "../connectors/errors.ts";

/**
 * What a step of a session comes to. Being limited, or finding the provider down, is a result and not
 * an error: the workflow sleeps until then and says so. `stop` ends the session with its reason.
 */
export type StepResult =
  | { outcome: "done" }
  | { outcome: "more" }
  | { outcome: "wait"; untilMs: number; why: "quota" | "provider" }
  | { outcome: "stop"; code: StopCode; message: string };

export type StopCode =
  | "paused"
  | "disconnected"
  | "needs_reauth"
  | "forbidden"
  | "collection_missing"
  | "misconfigured"
  | "provider_unavailable"
  | "rejected"
  | "moved"
  | "discarded";

/** Whatever pause a provider names, it is asked again after this long. */
export const longestPauseMs = 60 * 60_000;

export type Setback =
  | { kind: "limited"; delayMs: number }
  | { kind: "down"; message: string; atLeastMs: number }
  | { kind: "stop"; code: StopCode; message: string };

/** The one place where a connector's error becomes a recovery. Null: not a connector's error at all. */
export function setbackOf(error: unknown): Setback | null {
  const asked = pauseAskedFor(error);
  if (asked !== null) return { kind: "limited", delayMs: Math.min(asked, longestPauseMs) };
  if (error instanceof Unavailable) {
    return {
      kind: "down",
      message: error.message,
      atLeastMs: Math.min(error.retryAfterMs ?? 0, longestPauseMs),
    };
  }
  if (error instanceof InvalidResponse)
    return { kind: "down", message: error.message, atLeastMs: 0 };
  if (error instanceof Unauthenticated)
    return { kind: "stop", code: "needs_reauth", message: error.message };
  if (error instanceof Forbidden)
    return { kind: "stop", code: "forbidden", message: error.message };
  if (error instanceof CollectionMissing)
    return { kind: "stop", code: "collection_missing", message: error.message };
  if (error instanceof Misconfigured)
    return { kind: "stop", code: "misconfigured", message: error.message };
  if (error instanceof Rejected) return { kind: "stop", code: "rejected", message: error.message };
  return null;
}

/** How long the provider wants to be left alone, where it has said so: with a limit, or being down. */
export function pauseAskedFor(error: unknown): number | null {
  if (error instanceof RateLimited || error instanceof Unavailable)
    return error.retryAfterMs ?? null;
  return null;
}

/** Exponential, with full jitter above the half, so that many connections do not return together. */
export function backoffMs(failures: number, bounds: { minMs: number; maxMs: number }): number {
  const full = Math.min(bounds.maxMs, bounds.minMs * 2 ** Math.max(0, failures - 1));
  return Math.round(full * (0.5 + Math.random() / 2));
}
