import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Tx } from "../db/client.ts";
import {
  claim,
  type DueDelivery,
  type DueTarget,
  listDue,
  listDueTargets,
  lockTarget,
  nextDueInMs,
  noteSent,
  noteUnsent,
  postpone,
  settleDue,
} from "../db/deliveries.ts";
import { readCarried } from "../db/delivery-queries.ts";
import { openTarget } from "../db/notification-targets.ts";
import { SecretUnreadable } from "../db/secrets.ts";
import type { Notifiers, Target } from "../notifiers/index.ts";
import type { Message } from "../notifiers/message.ts";
import { quietUntil } from "../sync/quiet.ts";
import type { ActivityDeps } from "./deps.ts";
import { messageOf } from "./notice-message.ts";
import { switchOff, unsentOf } from "./notify-failures.ts";

/** Slack wants no more than about one message a second; nobody else needs more. */
const spacingMs = 1_000;
/** Longer than any send takes: nobody repeats a message meanwhile. */
const leaseMs = 90_000;
const mostInDigest = 500;

/**
 * Sends what is due in a company, target by target: a slow one keeps nobody else waiting. Answers when
 * something is due again; null when nothing is on its way.
 *
 * A message is claimed under its id, sent, and its outcome stored, each at once. Between the other side's
 * answer and the storing lies one short transaction: only a death right there has a message sent twice,
 * and then under the same id, which mail and webhooks tell a repeat by, and people in Slack and Discord.
 */
export async function notify(
  deps: ActivityDeps,
  notifiers: Notifiers,
  companyId: string,
): Promise<{ sent: number; againInMs: number | null }> {
  const end = performance.now() + deps.config.ACTIVITY_BUDGET_MS;
  const targets = await deps.db.withCompany(companyId, listDueTargets);
  const sent = await Promise.all(
    targets.map((id) => serve(deps, notifiers, { companyId, id }, end)),
  );
  const againInMs = await deps.db.withCompany(companyId, nextDueInMs);
  return { sent: sent.reduce((sum, count) => sum + count, 0), againInMs };
}

interface Ref {
  companyId: string;
  id: string;
}

async function serve(
  deps: ActivityDeps,
  notifiers: Notifiers,
  ref: Ref,
  end: number,
): Promise<number> {
  let sent = 0;
  while (performance.now() < end) {
    const next = await deps.db.withCompany(ref.companyId, (tx) => take(deps, tx, ref));
    if (next === null) break;
    if ("restMs" in next) await sleep(next.restMs);
    else if (await sendOne(deps, notifiers, ref, next)) sent += 1;
    else break;
  }
  return sent;
}

/** A message, the target that it is for, and the failures of that so far. */
interface Claimed {
  target: Target;
  message: Message;
  failures: number;
}

/** The next message for a target, claimed; how long to rest before it; null where nothing is to be sent now. */
async function take(
  deps: ActivityDeps,
  tx: Tx,
  { companyId, id }: Ref,
): Promise<Claimed | { restMs: number } | null> {
  const state = await lockTarget(tx, id, spacingMs);
  if (state === null || (await isSilent(tx, state))) return null;
  const due = await audible(tx, state, await listDue(tx, id, mostInDigest));
  if (due.length === 0) return null;
  if (state.restMs > 0) return { restMs: state.restMs };
  const target = await opened(deps, tx, { companyId, id });
  if (target === null) return null;
  const chosen = together(due, deps.config.DIGEST_ABOVE);
  const messageId = chosen[0]?.messageId ?? randomUUID();
  const ids = chosen.map((delivery) => delivery.id);
  await claim(tx, id, ids, { messageId, leaseMs, spacingMs });
  const message = messageOf(messageId, await readCarried(tx, ids), target.detail);
  return { target, message, failures: state.failures };
}

/** Null where its address cannot be read any more: then nothing that is due can be sent. */
async function opened(deps: ActivityDeps, tx: Tx, ref: Ref) {
  try {
    return await openTarget(tx, deps.keys, ref);
  } catch (error) {
    if (!(error instanceof SecretUnreadable)) throw error;
    const unreadable = "its address cannot be read: see ENCRYPTION_KEYS";
    await settleDue(tx, ref.id, { state: "failed", error: unreadable });
    return null;
  }
}

/** Nobody wants to hear anything at this target: what is due is settled as that. */
async function isSilent(tx: Tx, { id, enabled, isSnoozed }: DueTarget): Promise<boolean> {
  if (enabled && !isSnoozed) return false;
  const error = enabled ? "snoozed" : "the target is switched off";
  await settleDue(tx, id, { state: "skipped", error });
  return true;
}

/** What may be heard now; in quiet hours the rest waits for their end. */
async function audible(
  tx: Tx,
  { quietHours, nowMs }: DueTarget,
  due: readonly DueDelivery[],
): Promise<readonly DueDelivery[]> {
  const until = quietHours && quietUntil(quietHours, nowMs);
  if (until === null) return due;
  const quiet = due.filter(({ severity }) => severity !== "error");
  if (quiet.length > 0)
    await postpone(
      tx,
      quiet.map(({ id }) => id),
      until,
    );
  return due.filter(({ severity }) => severity === "error");
}

/** What goes in one message: what may have been sent in one before, else all where there are many, else the oldest. */
function together(due: readonly DueDelivery[], digestAbove: number): readonly DueDelivery[] {
  const [first] = due;
  if (first && first.messageId !== null)
    return due.filter(({ messageId }) => messageId === first.messageId);
  return due.length > digestAbove ? due : due.slice(0, 1);
}

async function sendOne(
  deps: ActivityDeps,
  notifiers: Notifiers,
  { companyId, id }: Ref,
  { target, message, failures }: Claimed,
): Promise<boolean> {
  const of = { targetId: id, messageId: message.id };
  let receipt: string | null;
  try {
    receipt = await notifiers.send(target, message);
  } catch (error) {
    const unsent = unsentOf(deps, error, failures);
    deps.log.warn({ companyId, targetId: id, reason: unsent.error }, "a notice was not sent");
    await stored(deps, companyId, async (tx) => {
      await noteUnsent(tx, of, unsent);
      if (unsent.isDead) await switchOff(tx, { companyId, id }, unsent.error);
    });
    return false;
  }
  await stored(deps, companyId, (tx) => noteSent(tx, of, receipt));
  return true;
}

const mostTries = 20;

/** An outcome that is lost is a message sent twice: a database that is away for a moment is waited for. */
async function stored(
  deps: ActivityDeps,
  companyId: string,
  work: (tx: Tx) => Promise<unknown>,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await deps.db.withCompany(companyId, work);
      return;
    } catch (err) {
      if (tries >= mostTries) throw err;
      await sleep(Math.min(2_000, 50 * 2 ** tries));
    }
  }
}
