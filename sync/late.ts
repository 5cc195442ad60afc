/** Why a connection has not been read for longer than it should, as far as anybody can tell. */
export type LateReason =
  | "grant"
  | "quota"
  | "provider down"
  | "held"
  | "running"
  | "worker"
  | "channel"
  | "no poll";

/** What is known of a late connection. */
export interface LateFacts {
  grantOk: boolean;
  /** It waits for the provider, and for what; null where it does not wait. */
  waits: "quota" | "provider" | null;
  errorCode: string | null;
  held: boolean;
  running: boolean;
  rung: boolean;
  /** Its provider could tell of changes, and has nowhere to tell them. */
  unwatched: boolean;
}

/** The nearest reason: what keeps sessions from starting, then what keeps them from ending, then the rest. */
export function whyLate(facts: LateFacts): LateReason {
  if (!facts.grantOk) return "grant";
  if (facts.waits === "quota") return "quota";
  if (facts.waits === "provider" || facts.errorCode !== null) return "provider down";
  if (facts.held) return "held";
  if (facts.running) return "running";
  if (facts.rung) return "worker";
  return facts.unwatched ? "channel" : "no poll";
}

export const lateWords: Record<LateReason, string> = {
  grant: "the provider no longer accepts the grant",
  quota: "the provider's quota is used up",
  "provider down": "the provider cannot be reached",
  held: "a preview waits for a person, and nothing is synced until it is decided",
  running: "a session is still at work",
  worker: "a session was asked for, and no worker has begun it",
  channel: "the provider tells of no changes, and no poll has come through",
  "no poll": "no poll has come through",
};
