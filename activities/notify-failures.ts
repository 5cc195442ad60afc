import type { Tx } from "../db/client.ts";
import { settleDue, type Unsent } from "../db/deliveries.ts";
import { addNotices } from "../db/notices.ts";
import { disableTarget } from "../db/notification-targets.ts";
import { isNotSent, Retry, TargetDead, Wait } from "../notifiers/errors.ts";
import type { ActivityDeps } from "./deps.ts";
import { backoffMs } from "./failures.ts";

/** What comes of a message that was not sent. An error that nobody has named is tried again, with an end. */
export function unsentOf(
  { config }: ActivityDeps,
  error: unknown,
  failures: number,
): Unsent & { isDead: boolean } {
  const bounds = { minMs: config.RETRY_MIN_MS, maxMs: config.RETRY_MAX_MS };
  const usual = {
    error: isNotSent(error) ? error.message : "it could not be sent (a defect of ours)",
    keepsId: isNotSent(error) ? error.maybeTaken : true,
    mostTries: (error instanceof Retry && error.mostTries) || 1_000_000,
    giveUpMs: config.NOTIFY_GIVE_UP_MS,
    isDead: error instanceof TargetDead,
  };
  if (error instanceof Wait) return { ...usual, againInMs: error.afterMs };
  const isFinal = isNotSent(error) && !(error instanceof Retry);
  return { ...usual, againInMs: isFinal ? null : backoffMs(failures + 1, bounds) };
}

/** Nothing is sent to a dead target any more; the others are told, once. */
export async function switchOff(
  tx: Tx,
  { companyId, id }: { companyId: string; id: string },
  reason: string,
): Promise<void> {
  if (!(await disableTarget(tx, id, reason))) return;
  await settleDue(tx, id, { state: "failed", error: "the target is switched off" });
  await addNotices(tx, companyId, [
    {
      kind: "target disabled",
      severity: "error",
      audience: "error",
      connectionId: null,
      subjectId: id,
      message: `a notification target takes nothing any more and was switched off: ${reason}`,
      repeats: 0,
    },
  ]);
}
