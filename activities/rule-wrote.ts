import { ruleSource, type StoredEvent } from "../db/events.ts";
import type { Rules } from "../sync/decide.ts";

/**
 * The rules for an item of which one side is deleted. What a booking rule has written is nobody's edit:
 * it does not beat a person's deletion; and what a rule has taken away, nobody's edit brings back. So a
 * deletion stands, whoever made it, and what was lost with it is kept.
 */
export function rulesOfDeletion(rules: Rules, event: StoredEvent | null): Rules {
  return event?.source === ruleSource ? { ...rules, policy: "owner", owner: "local" } : rules;
}
