import type { Connection } from "../db/connections.ts";
import type { ConnectionFacts } from "../db/connection-facts.ts";

/** The machine's word and the person's, one table for everybody. */
export const statusWords = {
  idle: "up to date",
  running: "syncing",
  queued: "queued",
  waiting: "waiting for the provider",
  failing: "needs attention",
  held: "held",
  paused: "paused",
  needs_reauth: "disconnected",
} as const;

export type ConnectionState = keyof typeof statusWords;

/**
 * Whether the last complete pass is young enough to say that all is well: as the connection's target has
 * it or, where none was chosen, before two polls were missed.
 */
export function isFresh(
  { passAgeMs }: ConnectionFacts,
  pace: { targetMs: number | null; pollMs: number; tickMs: number },
): boolean {
  return passAgeMs !== null && passAgeMs < (pace.targetMs ?? 2 * (pace.pollMs + pace.tickMs));
}

/** What a person should know first wins: rights, then pauses, then work, then what is waiting. */
export function stateOf(
  connection: Connection,
  facts: ConnectionFacts,
  { now, fresh }: { now: number; fresh: boolean },
): ConnectionState {
  if (connection.disconnectedAt !== null || connection.grantState !== "ok") return "needs_reauth";
  if (!connection.enabled) return "paused";
  if (facts.runningSession !== null) return waitsUntil(connection, now) ? "waiting" : "running";
  if (waitsUntil(connection, now)) return "waiting";
  if (isUnchosen(connection) || connection.failures > 0 || connection.lastErrorCode !== null)
    return "failing";
  if (facts.preview !== null) return "held";
  if (facts.rung) return "queued";
  if (facts.failedWrites > 0) return "failing";
  if (facts.heldPlans > 0 || facts.openConflicts > 0) return "held";
  return fresh ? "idle" : "failing";
}

export function statusOf(
  state: ConnectionState,
  connection: Connection,
  { now, kind }: { now: number; kind: "calendar" | "records" },
): string {
  // An hour's quota is waited out by the clock rather than by seconds.
  if (state === "waiting" && kind === "records" && connection.waitUntil)
    return `waiting for quota until ${minuteOf(connection.waitUntil)} UTC`;
  const seconds =
    state === "waiting" && connection.waitUntil
      ? Math.ceil((connection.waitUntil.getTime() - now) / 1000)
      : null;
  return seconds === null ? statusWords[state] : `${statusWords[state]} (${seconds} s)`;
}

const minuteOf = (at: Date): string => at.toISOString().slice(0, 16).replace("T", " ");

/** Nothing is pending and nothing is running: both sides say the same, as far as anybody has told us. */
export function isQuiescent(facts: ConnectionFacts): boolean {
  return facts.pendingWrites === 0 && facts.runningSession === null && !facts.rung;
}

/** Connected, but nobody has said with what. */
export function isUnchosen(connection: Connection): boolean {
  return Object.keys(connection.settings).length === 0;
}

function waitsUntil(connection: Connection, now: number): boolean {
  return connection.waitUntil !== null && connection.waitUntil.getTime() > now;
}
