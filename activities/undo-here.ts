import { requireCurrent } from "../db/attempts.ts";
import { addChanges, settleConflicts } from "../db/changes.ts";
import type { Tx } from "../db/client.ts";
import { databaseNow } from "../db/clock.ts";
import { deleteEvents, type EventWrite, type StoredEvent, updateEvents } from "../db/events.ts";
import { type Link, saveLinks } from "../db/links.ts";
import { addCounts, noCounts } from "../db/progress.ts";
import { type PlannedUndo, planUndoNow } from "../db/undo.ts";
import { ruleOfUndo } from "../db/undo-plan.ts";
import {
  noteRevisions,
  type UndoLine,
  readUndoLines,
  type Settled,
  settleLines,
} from "../db/undo-lines.ts";
import { blankCancelled, changedFields, sameValue } from "../sync/change.ts";
import { eventFields } from "../sync/event.ts";
import { agreeToDiffer, having } from "../sync/undo-fields.ts";
import { nameOf } from "../sync/undo-scene.ts";
import { letGo } from "./deletions.ts";
import type { ActivityDeps } from "./deps.ts";
import type { Attempt } from "./step.ts";

/** Who wrote, as `last_update_source` says it: nobody's edit, and no provider's. */
const source = "undo";
/** Few enough that a statement stays short; a series is never divided. */
const partSize = 500;

/** An undo at work: its plan, and the session that it takes back. */
export interface Undoing extends Attempt {
  planId: string;
  undoes: string;
}

/**
 * Takes back what the session wrote on our side, all of it in one transaction. Each item is planned
 * anew first, those of the other side too: what is no longer as it was planned is left. Repeated, it
 * changes nothing more.
 */
export async function undoHere(deps: ActivityDeps, undoing: Undoing): Promise<void> {
  const { companyId, connectionId } = undoing;
  await deps.db.withCompany(
    companyId,
    async (tx) => {
      await requireCurrent(tx, connectionId, undoing.epoch);
      const planned = await readUndoLines(tx, undoing.planId);
      if (planned.every(isDecided)) return;
      const sessionId = undoing.undoes;
      const now = await planUndoNow(tx, {
        sessionId,
        connectionId,
        fields: undoing.opened.rules.fields,
      });
      const { same, settled } = compare(planned, now);
      const local = same.filter(({ side }) => side === "local");
      for (const part of bySeries(local, now.events)) await storePart(tx, undoing, part, now);
      const done = local.map(({ seq }): Settled => ({ seq, state: "done" }));
      await settleLines(tx, undoing.planId, [...settled, ...done]);
      await noteRevisions(tx, undoing.planId);
    },
    { origin: { connectionId, source } },
  );
}

/** What was decided once is not decided anew: it may be on its way. */
function isDecided({ side, revision }: UndoLine): boolean {
  return side === "remote" && revision !== null;
}

/** Which items are still as they were planned; the others are left. */
function compare(
  planned: readonly UndoLine[],
  now: PlannedUndo,
): { same: UndoLine[]; settled: Settled[] } {
  const same: UndoLine[] = [];
  const settled: Settled[] = [];
  for (const item of planned) {
    const name = nameOf(item.side, item.eventId);
    const again = now.items.get(name);
    if (again?.action === item.action && sameValue(again.fields, item.fields)) same.push(item);
    else {
      const reason = now.left.get(name)?.reason ?? "it has changed since it was planned";
      settled.push({ seq: item.seq, state: "left", reason });
    }
  }
  return { same, settled };
}

/** Parts for one statement each, in which no series is divided: it goes, and comes back, as a whole. */
function bySeries(
  items: readonly UndoLine[],
  events: ReadonlyMap<string, StoredEvent>,
): UndoLine[][] {
  const series = new Map<string, UndoLine[]>();
  for (const item of items) {
    const name = events.get(item.eventId)?.item.master ?? item.eventId;
    const known = series.get(name);
    if (known) known.push(item);
    else series.set(name, [item]);
  }
  const parts: UndoLine[][] = [];
  for (const one of series.values()) {
    const last = parts.at(-1);
    if (last && last.length + one.length <= partSize) last.push(...one);
    else parts.push(one);
  }
  return parts;
}

async function storePart(
  tx: Tx,
  undoing: Undoing,
  part: readonly UndoLine[],
  known: PlannedUndo,
): Promise<void> {
  const now = (await databaseNow(tx)).getTime();
  const gone = part.filter(({ action }) => action === "deleted");
  const written = part.filter(({ action }) => action !== "deleted");
  await updateEvents(
    tx,
    source,
    written.map((item) => writeOf(item, known, now)),
  );
  await deleteEvents(
    tx,
    source,
    gone.map(({ eventId }) => eventId),
  );
  const links = part.flatMap((item) => linkAfter(item, known) ?? []);
  await saveLinks(tx, undoing, links);
  await settleConflicts(
    tx,
    links.flatMap(({ id, state }) => (state === "tombstone" ? [{ linkId: id, waiting: [] }] : [])),
  );
  await addChanges(
    tx,
    undoing,
    part.map(({ eventId, action, fields }) => ({
      eventId,
      side: "local" as const,
      action,
      fields: fields as Record<string, { before: unknown; after: unknown }>,
      rule: ruleOfUndo(undoing.undoes),
      version: (known.events.get(eventId)?.version ?? 0) + 1,
    })),
  );
  const isSeries = ({ eventId }: UndoLine) => !known.events.get(eventId)?.item.master;
  await addCounts(tx, undoing.sessionId, {
    local: {
      ...noCounts(),
      created: written.filter(({ action }) => action === "restored").length,
      updated: written.filter(({ action }) => action === "updated").length,
      deleted: gone.filter(isSeries).length,
    },
  });
}

function writeOf({ eventId, fields }: UndoLine, known: PlannedUndo, now: number): EventWrite {
  const event = known.events.get(eventId);
  if (!event) throw new Error(`event ${eventId} is planned and was not loaded`);
  const item = { ...event.item, fields: having(event.item.fields, fields) };
  const times = Object.fromEntries(Object.keys(fields).map((field) => [field, Math.floor(now)]));
  return { id: eventId, item, deleted: false, times };
}

/** The link once our side is undone: what now differs is agreed to; null where nothing of it changes. */
function linkAfter({ eventId, action, fields }: UndoLine, known: PlannedUndo): Link | null {
  const link = known.links.get(eventId);
  const event = known.events.get(eventId);
  if (!link || !event) return null;
  if (action === "deleted") return letGo(link);
  if (!link.remote) return null;
  const local = blankCancelled({ ...event.item, fields: having(event.item.fields, fields) }).fields;
  const { base, remote } = link;
  // What was let go there is one with what lives again here.
  if (action === "restored") return { ...link, state: "live", base: { local, remote } };
  // As the sides are compared: a cancelled occurrence has nothing but that.
  const names = changedFields(blankCancelled(event.item).fields, local, eventFields);
  return base && { ...link, base: agreeToDiffer(base, local, remote, names) };
}
