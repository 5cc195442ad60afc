import {
  CollectionMissing,
  Forbidden,
  Gone,
  RateLimited,
  Rejected,
  Unauthenticated,
  Unavailable,
} from "./errors.ts";

/** What a refusal means: the same to every call, or by what the call was about. */
export type Rule<Recovery extends string, Phase extends string> =
  | Recovery
  | Readonly<Record<Phase, Recovery>>;

/** Status and the provider's own word for it → recovery. Under `unknown`, any other word. */
export type RecoveryTable<Recovery extends string, Phase extends string> = Readonly<
  Record<number, Readonly<Record<string, Rule<Recovery, Phase>>>>
>;

/** One recovery for every phase, but for the special ones. */
export function byPhase<Recovery extends string, Phase extends string>(
  phases: readonly Phase[],
  otherwise: Recovery,
  special: Partial<Record<Phase, Recovery>>,
): Record<Phase, Recovery> {
  const all = Object.fromEntries(phases.map((phase) => [phase, otherwise]));
  return { ...(all as Record<Phase, Recovery>), ...special };
}

/** What the table says of a refusal; null where it knows neither the status nor the word. */
export function recoveryIn<Recovery extends string, Phase extends string>(
  table: RecoveryTable<Recovery, Phase>,
  status: number,
  word: string,
  phase: Phase,
): Recovery | null {
  const rules = table[status] ?? {};
  // The word is the provider's: `constructor` is none that the table knows.
  const rule = Object.hasOwn(rules, word) ? rules[word] : rules["unknown"];
  if (rule === undefined) return null;
  return typeof rule === "string" ? rule : rule[phase];
}

/** The recoveries that mean the same to every provider. */
export type CommonRecovery =
  | "unavailable"
  | "rate-limited"
  | "unauthenticated"
  | "forbidden"
  | "missing"
  | "rejected"
  | "collection-missing";

interface Facts {
  /** The call, the status and the word; no content. */
  message: string;
  /** What a person should do, where a person must. */
  advice?: Partial<Record<CommonRecovery, string>>;
  /** How long the provider wants to be left alone; null where it does not say. */
  waitMs: number | null;
  /** How long a limit is waited out then. */
  usualPauseMs: number;
}

export function commonError(recovery: CommonRecovery, facts: Facts): Error {
  const { waitMs, usualPauseMs } = facts;
  const advice = facts.advice?.[recovery];
  const message = advice === undefined ? facts.message : `${facts.message}; ${advice}`;
  switch (recovery) {
    case "unavailable":
      return new Unavailable(message, waitMs === null ? {} : { retryAfterMs: waitMs });
    case "rate-limited":
      return new RateLimited(message, waitMs ?? usualPauseMs);
    case "unauthenticated":
      return new Unauthenticated(message);
    case "forbidden":
      return new Forbidden(message);
    case "missing":
      return new Gone(message);
    case "rejected":
      return new Rejected(message);
    case "collection-missing":
      return new CollectionMissing(message);
  }
}
