import { ApplicationFailure, Context } from "@temporalio/activity";
import { SecretUnreadable } from "../db/secrets.ts";
import { setbackOf } from "./failures.ts";

const tries = 5;
/** Secrets are not kept for longer than this only to tell a provider goodbye. */
const longestWaitMs = 10_000;

/**
 * What takes leave of a provider tries a few times within half a minute, then lets it be: what is ours
 * to end is ended in any case.
 * @throws to be tried again, or what is neither the provider's matter nor the grant's
 */
export function leaveIt(error: unknown): void {
  if (error instanceof SecretUnreadable) return;
  const setback = setbackOf(error);
  if (!setback) throw error;
  if (setback.kind === "stop") return;
  const { attempt } = Context.current().info;
  const asked = setback.kind === "limited" ? setback.delayMs : setback.atLeastMs;
  if (attempt >= tries || asked > longestWaitMs) return;
  throw ApplicationFailure.create({
    type: "ProviderAway",
    message: error instanceof Error ? error.message : "the provider could not be told",
    nextRetryDelay: Math.max(asked, 500 * 2 ** attempt),
  });
}
