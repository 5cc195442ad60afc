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
