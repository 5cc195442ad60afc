import { requireCurrent } from "../db/attempts.ts";
import { recentDeletions, settleConflicts } from "../db/changes.ts";
import type { Tx } from "../db/client.ts";
import { lockEvents } from "../db/events.ts";
import { openIntents, readOpenIntents } from "../db/intents.ts";
import { lockLinksOfEvents, lookedAt, saveLinks } from "../db/links.ts";
import { approvedUntil, countLinks, holdDeletions, releasePlan } from "../db/plans.ts";
import { noteDone } from "../db/plan-items.ts";
import { addLog } from "../db/progress.ts";
import {
  completeWrites,
  deferWrites,
  type DueWrite,
  dueWrites,
  failWrite,
  markBefore,
  pendingRemoteDeletions,
} from "../db/writes.ts";
import { brake } from "../sync/plan.ts";
import type { ActivityDeps } from "./deps.ts";
import { decideWrite, type Known, type Send, type Spoke, type Verdict } from "./push-decide.ts";
import { keepToPlan } from "./push-planned.ts";
import { isPoison } from "./reconcile.ts";
import type { Attempt } from "./step.ts";

const batchSize = 50;
/** How long what cannot be sent now is put off. */
export const deferral = { minMs: 1_000, maxMs: 5 * 60_000 };

/** Claims due marks, decides each from state, and commits an intent for each call to come. Empty: nothing is due. */
export function planBatch(
  deps: ActivityDeps,
  attempt: Attempt,
  limit = batchSize,
): Promise<{ claimed: number; sends: Send[] }> {
  return deps.db.withCompany(attempt.companyId, async (tx) => {
    await requireCurrent(tx, attempt.connectionId, attempt.epoch);
    if (attempt.carriesOut)
      await noteDone(tx, { planId: attempt.carriesOut, sessionId: attempt.sessionId });
    const { hold, approved } = await holdIfMany(tx, attempt);
    const due = await dueWrites(tx, attempt.connectionId, {
      limit,
      holdDeletions: hold,
      approvedBefore: approved,
      planId: attempt.carriesOut,
    });
    if (due.length === 0) return { claimed: 0, sends: [] };
    const known = await load(tx, attempt, due);
    const decided = decideAll(attempt.opened, known, due);
    const verdicts = attempt.carriesOut
      ? await keepToPlan(tx, attempt.carriesOut, decided)
      : decided;
    return { claimed: due.length, sends: await store(tx, attempt, known, verdicts) };
  });
}

async function holdIfMany(
  tx: Tx,
  attempt: Attempt,
): Promise<{ hold: boolean; approved: Date | null }> {
  const { connectionId, opened } = attempt;
  const approved = await approvedUntil(tx, connectionId, "remote");
  // Where nothing goes out, nothing is deleted there.
  const deletions =
    opened.rules.direction === "in" ? 0 : await pendingRemoteDeletions(tx, connectionId, approved);
  if (deletions === 0) {
    await releasePlan(tx, connectionId, "remote");
    return { hold: false, approved };
  }
  const recent = await recentDeletions(tx, connectionId, "remote");
  const links = await countLinks(tx, connectionId);
  const limit = opened.brake;
  const hold =
    limit !== null && brake({ deletions, recent, links, limit, emptySnapshot: false }) === "hold";
  if (hold) {
    const reason = `Our side has deleted ${deletions} events within 24 hours, more than usual.`;
    await holdDeletions(tx, attempt, { side: "remote", items: deletions, reason });
  }
  return { hold, approved };
}

async function load(tx: Tx, attempt: Attempt, due: readonly DueWrite[]): Promise<Known> {
  const ids = due.map((write) => write.eventId);
  const events = await lockEvents(tx, ids);
  const masters = [...events.values()].flatMap((event) => event.item.master ?? []);
  const found = await lockLinksOfEvents(tx, attempt.connectionId, [
    ...new Set([...ids, ...masters]),
  ]);
  const linkIds = found.map((link) => link.id);
  return {
    events,
    looked: await lookedAt(tx, linkIds),
    links: new Map(found.flatMap((link) => (link.eventId ? [[link.eventId, link] as const] : []))),
    intents: await readOpenIntents(tx, linkIds),
  };
}

/** By event, in the order of the queue. */
function decideAll(
  spoke: Spoke,
  known: Known,
  due: readonly DueWrite[],
): ReadonlyMap<string, Verdict> {
  const verdicts = new Map<string, Verdict>();
  for (const write of due) {
    const verdict = decideOrFail(spoke, known, verdicts, write);
    if (verdict) verdicts.set(write.eventId, verdict);
  }
  return verdicts;
}

function decideOrFail(
  spoke: Spoke,
  known: Known,
  earlier: ReadonlyMap<string, Verdict>,
  write: DueWrite,
): Verdict | null {
  try {
    return decideWrite(spoke, known, earlier, write);
  } catch (error) {
    if (!isPoison(error)) throw error;
    return { kind: "failed", error: "it holds a value that cannot be sent" };
  }
}

/** Stores the verdicts in sets, and answers what is to be sent. */
async function store(
  tx: Tx,
  attempt: Attempt,
  known: Known,
  verdicts: ReadonlyMap<string, Verdict>,
): Promise<Send[]> {
  const all = [...verdicts.values()];
  const links = all.flatMap(({ link }) => link ?? []);
  const sends = all.flatMap((verdict) => (verdict.kind === "send" ? [verdict.send] : []));
  const intents = sends.flatMap((send) => (send.kind === "send" ? [send.intent] : []));
  // A link is stored before its first call: its id is the creation key.
  await saveLinks(tx, attempt, links);
  await settleConflicts(
    tx,
    all.flatMap(({ decided }) => decided ?? []),
  );
  await openIntents(tx, attempt, intents);
  await storeWaiting(tx, attempt, known, verdicts);
  if (intents.length > 0)
    await addLog(tx, attempt, "info", "about to send", { writes: intents.length });
  return sends.map((send) =>
    links.includes(send.link)
      ? { ...send, link: { ...send.link, revision: send.link.revision + 1 } }
      : send,
  );
}

/** What is not sent now leaves the queue, rests in it or is put off. */
async function storeWaiting(
  tx: Tx,
  attempt: Attempt,
  known: Known,
  verdicts: ReadonlyMap<string, Verdict>,
): Promise<void> {
  const { connectionId } = attempt;
  const done: { eventId: string; version: number }[] = [];
  const deferred: { eventId: string; reason: string }[] = [];
  const behind = new Set<string>();
  for (const [eventId, verdict] of verdicts) {
    const version = known.events.get(eventId)?.version ?? 0;
    if (verdict.kind === "done") done.push({ eventId, version });
    if (verdict.kind === "deferred") deferred.push({ eventId, reason: verdict.reason });
    if (verdict.kind === "deferred" && verdict.behind) behind.add(verdict.behind);
    if (verdict.kind === "failed")
      await failWrite(tx, connectionId, { eventId, version }, verdict.error);
  }
  await completeWrites(tx, connectionId, done);
  await deferWrites(tx, connectionId, deferred, deferral);
  await markBefore(tx, attempt, [...behind]);
}
