import { requireCurrent } from "../db/attempts.ts";
import type { Tx } from "../db/client.ts";
import { closeIntents, type IntentOutcome } from "../db/intents.ts";
import { postponeWrite } from "../db/writes.ts";
import type { ActivityDeps } from "./deps.ts";
import type { Send } from "./push-decide.ts";
import type { Attempt } from "./step.ts";

/** A send that did not come through, and what a recovery needs. */
export interface Failed {
  deps: ActivityDeps;
  attempt: Attempt;
  work: Send;
}

/** Counts a try; the mark is due again in `delayMs`. */
export async function again(
  { deps, attempt, work }: Failed,
  tx: Tx,
  error: string,
  delayMs: number,
): Promise<void> {
  const maxAttempts = deps.config.WRITE_ATTEMPTS;
  await postponeWrite(tx, attempt.connectionId, work.event.id, { error, delayMs, maxAttempts });
}

export async function close(tx: Tx, work: Send, outcome: IntentOutcome): Promise<void> {
  if (work.kind !== "locate") await closeIntents(tx, [{ id: work.intent.id, outcome }]);
}

export function store({ deps, attempt }: Failed, work: (tx: Tx) => Promise<void>): Promise<void> {
  return deps.db.withCompany(attempt.companyId, async (tx) => {
    await requireCurrent(tx, attempt.connectionId, attempt.epoch);
    await work(tx);
  });
}
