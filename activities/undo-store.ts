import type { Written } from "../connectors/connector.ts";
import { requireCurrent } from "../db/attempts.ts";
import { addChanges } from "../db/changes.ts";
import type { Tx } from "../db/client.ts";
import { databaseNow } from "../db/clock.ts";
import { closeIntents, type IntentOutcome } from "../db/intents.ts";
import { saveLinks } from "../db/links.ts";
import { addCounts, noCounts } from "../db/progress.ts";
import { madeAnew, noteRevisions, type UndoLine, settleLines } from "../db/undo-lines.ts";
import type { EventItem } from "../sync/event.ts";
import type { ActivityDeps } from "./deps.ts";
import { comeAlong, goAlong, stayAlong } from "./undo-along.ts";
import type { Undoing } from "./undo-here.ts";
import { linkBack, linkWhereGone, linkWhereThere, trailThere } from "./undo-link.ts";
import { commit, type UndoWork } from "./undo-prepare.ts";

/** What the provider holds now: null where the item is gone. */
interface Landed {
  found: Written<EventItem> | null;
  /** The write's own answer; otherwise it was read later, and others may have edited it meanwhile. */
  isAnswer: boolean;
}

/** Stores that an item is done, in one transaction with the end of its intent. */
export function storeLanded(
  deps: ActivityDeps,
  undoing: Undoing,
  work: UndoWork,
  landed: Landed,
): Promise<void> {
  return within(deps, undoing, async (tx) => {
    const { item, intent } = work;
    const now = (await databaseNow(tx)).getTime() + undoing.opened.clockOffset;
    const { found, isAnswer } = landed;
    const link = found ? linkWhereThere(work, found, isAnswer) : linkWhereGone(work.link, now);
    await saveLinks(tx, undoing, [link]);
    await closeIntents(tx, [{ id: intent.id, outcome: "landed" }]);
    const reason = intent.kind === "create" ? madeAnew : undefined;
    await settleLines(tx, undoing.planId, [{ seq: item.seq, state: "done", reason }]);
    await addChanges(tx, undoing, [trailThere(undoing.undoes, work, link)]);
    const count = {
      delete: "deleted",
      update: "updated",
      restore: "created",
      create: "created",
    } as const;
    await addCounts(tx, undoing.sessionId, { remote: { ...noCounts(), [count[intent.kind]]: 1 } });
    if (intent.kind === "delete") await goAlong(tx, undoing, work, link);
    if (intent.kind === "restore") await comeAlong(tx, undoing, link);
  });
}

/** Leaves an item as it is. `outcome` null: what became of the intent is not known. */
export function leaveItem(
  deps: ActivityDeps,
  undoing: Undoing,
  work: UndoWork,
  reason: string,
  outcome: IntentOutcome | null,
): Promise<void> {
  return within(deps, undoing, async (tx) => {
    const { item, intent } = work;
    if (outcome) {
      await closeIntents(tx, [{ id: intent.id, outcome }]);
      await saveLinks(tx, undoing, [linkBack(work)]);
    }
    await settleLines(tx, undoing.planId, [{ seq: item.seq, state: "left", reason }]);
    if (intent.kind === "delete") await stayAlong(tx, undoing, work.link);
  });
}

/** The call was not made: the item is still to be done. */
export function withdrawItem(deps: ActivityDeps, undoing: Undoing, work: UndoWork): Promise<void> {
  // An open intent of an earlier attempt stays open: only the look was refused.
  if (work.isOpen) return Promise.resolve();
  return within(deps, undoing, async (tx) => {
    await closeIntents(tx, [{ id: work.intent.id, outcome: "not landed" }]);
    await saveLinks(tx, undoing, [linkBack(work)]);
    await noteRevisions(tx, undoing.planId, [work.link.id]);
  });
}

/** The item cannot come back under its id: it begins a new life, as the next generation of its key. */
export async function makeAnew(
  deps: ActivityDeps,
  undoing: Undoing,
  work: UndoWork,
): Promise<UndoWork> {
  return within(deps, undoing, async (tx) => {
    await closeIntents(tx, [{ id: work.intent.id, outcome: "refused" }]);
    const { fields } = undoing.opened.rules;
    const { sent } = work.intent;
    return commit(tx, undoing, work, { kind: "create", fields: [...fields], sent });
  });
}

export function leaveAll(
  deps: ActivityDeps,
  undoing: Undoing,
  items: readonly UndoLine[],
  reason: string,
): Promise<void> {
  return within(deps, undoing, (tx) =>
    settleLines(
      tx,
      undoing.planId,
      items.map(({ seq }) => ({ seq, state: "left", reason })),
    ),
  );
}

function within<T>(deps: ActivityDeps, undoing: Undoing, work: (tx: Tx) => Promise<T>): Promise<T> {
  return deps.db.withCompany(undoing.companyId, async (tx) => {
    await requireCurrent(tx, undoing.connectionId, undoing.epoch);
    return work(tx);
  });
}
