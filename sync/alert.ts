/** How loud something is said. */
export type Severity = "info" | "warn" | "error";

/**
 * What people know, or should know, of a connection: that it is well, that only a person can connect it
 * again, that it fails for good (with the code), that it has not been read for longer than was asked,
 * that a plan is held, that a conflict is undecided.
 */
export type Condition = "ok" | "needs_reauth" | `failed:${string}` | "late" | "held" | "undecided";

/** All that decides it. Ages are the database's, which has also set the times. */
export interface AlertFacts {
  /** Nobody expects anything of it: paused, disconnected, or not set up yet. */
  resting: boolean;
  grantOk: boolean;
  errorCode: string | null;
  /** What people were told last; null for a connection that nobody has watched yet. */
  told: Condition | null;
  toldResting: boolean | null;
  /** There has been a complete pass since that began. */
  passedSince: boolean;
  /** Since the last complete pass, or since it is expected to be fresh at all; null before that. */
  ageMs: number | null;
  /** How old the last complete pass may grow; null where nothing says how often it is read. */
  targetMs: number | null;
  failedWrites: boolean;
  held: boolean;
  undecided: boolean;
}

/** Writes that rest until a person retries them. */
const failedWrites = "failed:writes";
/** Being tried again: nothing to tell until it makes the connection late. */
const transient = "provider_unavailable";

/**
 * The condition of a connection that is not resting, most pressing first. What was told to be broken is
 * whole again only after a complete pass: neither a new grant nor a failure of another kind says so.
 */
export function conditionOf(facts: AlertFacts): Condition {
  const { errorCode, ageMs, targetMs } = facts;
  const told = facts.told ?? "ok";
  if (!facts.grantOk || errorCode === "needs_reauth") return "needs_reauth";
  if (errorCode !== null && errorCode !== transient) return `failed:${errorCode}`;
  if (isBroken(told) && !(errorCode === null && facts.passedSince)) return told;
  if (ageMs !== null && targetMs !== null && ageMs > targetMs) return "late";
  if (facts.failedWrites) return failedWrites;
  if (facts.held) return "held";
  return facts.undecided ? "undecided" : "ok";
}

/** What is to be stored of a connection and, where people have to be told, told. */
export type Change =
  | { kind: "rest" }
  /** It is watched from now on: what was told of it before stands. */
  | { kind: "watch" }
  | { kind: "tell"; from: Condition; to: Condition };

/**
 * What has changed since people were told last; null where nothing has. Repeated with the same facts it
 * answers the same, and null once they are stored: so each change is told once.
 */
export function changeOf(facts: AlertFacts): Change | null {
  if (facts.resting) return facts.toldResting === false ? { kind: "rest" } : null;
  if (facts.toldResting !== false) return { kind: "watch" };
  const from = facts.told ?? "ok";
  const to = conditionOf(facts);
  return from === to ? null : { kind: "tell", from, to };
}

export function severityOf(condition: Condition): Severity {
  if (condition === "needs_reauth" || condition.startsWith("failed:")) return "error";
  if (condition === "late" || condition === "held") return "warn";
  return "info";
}

const ranks: Record<Severity, number> = { info: 0, warn: 1, error: 2 };

export function isAtLeast(severity: Severity, least: Severity): boolean {
  return ranks[severity] >= ranks[least];
}

/** Whoever was told that something began is told that it has ended. */
export function louderOf(a: Severity, b: Severity): Severity {
  return isAtLeast(a, b) ? a : b;
}

function isBroken(told: Condition): boolean {
  return told === "needs_reauth" || (told.startsWith("failed:") && told !== failedWrites);
}
