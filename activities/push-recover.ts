import type { Write } from "../connectors/connector.ts";
import {
  Forbidden,
  Gone,
  InvalidResponse,
  KeyTaken,
  PreconditionFailed,
  RateLimited,
  Rejected,
  Unavailable,
} from "../connectors/errors.ts";
import { addChanges } from "../db/changes.ts";
import type { Tx } from "../db/client.ts";
import { closeIntents } from "../db/intents.ts";
import { saveLinks } from "../db/links.ts";
import { addCounts, addLog, noCounts } from "../db/progress.ts";
import { deferWrites, failWrite } from "../db/writes.ts";
import type { EventItem } from "../sync/event.ts";
import { backoffMs, pauseAskedFor } from "./failures.ts";
import { trailOfLanded } from "./landed.ts";
import { again, close, type Failed, store } from "./push-failed.ts";
import { changedWithSeries, type Sent, takeOver } from "./push-look.ts";
import type { Send } from "./push-decide.ts";
import { recoverPlanned } from "./push-recover-planned.ts";
import { deferral } from "./push-plan.ts";
import { isPoison } from "./reconcile.ts";
import type { Attempt } from "./step.ts";

/**
 * What becomes of a send that did not come through.
 * @throws what is the session's matter, and not the item's
 */
export async function recover(
  failed: Failed,
  write: Write<EventItem>,
  error: unknown,
  signal: AbortSignal,
): Promise<Sent> {
  const { deps, attempt, work } = failed;
  const missed = missedBy(work, error);
  if (missed && attempt.carriesOut) return recoverPlanned(failed, write, missed, signal);
  if (missed) {
    const now = await write.read(missed, signal);
    const link = (await changedWithSeries(write, work, now, signal)) ?? undefined;
    const found = await takeOver(deps, attempt, work, now, link);
    // Afterwards, because taking over marks what must travel back as due at once.
    await store(failed, (tx) => again(failed, tx, "it has changed or gone at the provider", 0));
    return found;
  }
  if (error instanceof KeyTaken) return takeAnotherKey(failed, error);
  if (error instanceof Rejected || error instanceof Gone || isPoison(error)) {
    return rest(failed, error);
  }
  if (error instanceof RateLimited) await store(failed, (tx) => closeUnsent(tx, work));
  if (error instanceof Forbidden) await store(failed, (tx) => letOthersPass(failed, tx, error));
  if (!isItemsMatter(error)) throw error;
  const { RETRY_MIN_MS: minMs, RETRY_MAX_MS: maxMs } = deps.config;
  const delayMs = backoffMs(work.attempts + 1, { minMs, maxMs });
  await store(failed, (tx) => again(failed, tx, error.message, delayMs));
  return "unavailable";
}

/** What has moved or is gone: the item, or the series in which it was looked for. */
function missedBy(work: Send, error: unknown): string | null {
  if (!(error instanceof PreconditionFailed || error instanceof Gone)) return null;
  return work.kind === "locate" ? work.masterRemoteId : work.link.remoteId;
}

/** One item may be in trouble; a provider that asks to be left alone is not one item's matter. */
function isItemsMatter(error: unknown): error is Unavailable | InvalidResponse {
  const known = error instanceof Unavailable || error instanceof InvalidResponse;
  return known && pauseAskedFor(error) === null;
}

async function takeAnotherKey(failed: Failed, error: KeyTaken): Promise<Sent> {
  const { attempt, work } = failed;
  if (work.kind === "verify") {
    // Our own creation had landed, and somebody deleted it before we could see it.
    await store(failed, (tx) => noteLostCreation(tx, attempt, work));
    return "deleted";
  }
  await store(failed, async (tx) => {
    await close(tx, work, "not landed");
    await saveLinks(tx, attempt, [{ ...work.link, generation: work.link.generation + 1 }]);
    await again(failed, tx, error.message, 0);
  });
  return "looked";
}

/** The item is refused and rests. What our own database refuses leaves the intent's outcome open. */
async function rest(failed: Failed, error: unknown): Promise<Sent> {
  const { attempt, work } = failed;
  const { id: eventId, version } = work.event;
  const reason = error instanceof Error ? error.message : "it cannot be stored";
  await store(failed, async (tx) => {
    if (!isPoison(error)) await close(tx, work, "refused");
    await failWrite(tx, attempt.connectionId, { eventId, version }, reason);
    await addCounts(tx, attempt.sessionId, { remote: { ...noCounts(), failed: 1 } });
    const facts = { eventId, reason };
    await addLog(
      tx,
      attempt,
      "error",
      "the provider refuses an event; it rests until it changes",
      facts,
    );
  });
  return "refused";
}

/** A limit is met before anything is done: only a look may have come too late to tell. */
async function closeUnsent(tx: Tx, work: Send): Promise<void> {
  if (work.kind === "send") await close(tx, work, "not landed");
}

/** All of the calendar may be forbidden, or this item alone: next time the others go before it. */
async function letOthersPass({ attempt, work }: Failed, tx: Tx, error: Forbidden): Promise<void> {
  await close(tx, work, "refused");
  const put = [{ eventId: work.event.id, reason: error.message }];
  await deferWrites(tx, attempt.connectionId, put, deferral);
}

async function noteLostCreation(
  tx: Tx,
  attempt: Attempt,
  { link, intent }: Extract<Send, { kind: "verify" }>,
): Promise<void> {
  await saveLinks(tx, attempt, [
    { ...link, base: { local: intent.local, remote: intent.sent }, deletionSeen: true },
  ]);
  await closeIntents(tx, [{ id: intent.id, outcome: "landed" }]);
  await addChanges(tx, attempt, [trailOfLanded(intent, null)]);
}
