import {
  addChanges,
  addConflicts,
  type Change,
  type NewConflict,
  settleConflicts,
} from "../db/changes.ts";
import type { Tx } from "../db/client.ts";
import { addCreated, type Created } from "../db/created.ts";
import { type EventWrite, insertEvents, updateEvents } from "../db/events.ts";
import { broughtBack } from "../db/exceptions.ts";
import { closeIntents } from "../db/intents.ts";
import { type Link, saveLinks } from "../db/links.ts";
import { type Counts, noCounts } from "../db/progress.ts";
import { markForConnection } from "../db/writes.ts";
import type { FieldConflict } from "../sync/decide.ts";
import { trailOfLanded } from "./landed.ts";
import type { Effects } from "./reconcile-item.ts";
import type { Loaded, PageWork } from "./reconcile-load.ts";

/** Everything that one page's statements store. */
export interface Batch {
  created: Created[];
  links: Map<string, Link>;
  inserts: EventWrite[];
  updates: EventWrite[];
  changes: Change[];
  conflicts: NewConflict[];
  /** Links that had been there, and the fields of them that wait for a person. */
  decided: { linkId: string; waiting: string[] }[];
  closed: { id: string; outcome: NonNullable<Effects["closedIntent"]>["outcome"] }[];
  markBack: string[];
  counts: Counts;
}

export const newBatch = (): Batch => ({
  created: [],
  links: new Map(),
  inserts: [],
  updates: [],
  changes: [],
  conflicts: [],
  decided: [],
  closed: [],
  markBack: [],
  counts: noCounts(),
});

/** Adds what storing one item takes. */
export function collect(batch: Batch, effects: Effects, known: Loaded, clockOffset: number): void {
  const { link, change } = effects;
  batch.counts[effects.count] += 1;
  if (effects.closedIntent) batch.closed.push(effects.closedIntent);
  if (!link) return;
  const intent = known.intents.get(link.id);
  if (intent && effects.closedIntent?.outcome === "landed")
    batch.changes.push(trailOfLanded(intent, known.links.get(link.id)?.remote ?? null));
  const created = plainCreation(effects);
  if (created) return void batch.created.push(created);
  batch.links.set(link.id, link);
  if (effects.insert) batch.inserts.push(effects.insert);
  if (effects.update) batch.updates.push(effects.update);
  if (effects.decided && link.revision > 0)
    batch.decided.push({ linkId: link.id, waiting: waitingFields(effects.conflicts) });
  const eventId = link.eventId;
  if (!eventId) return;
  if (effects.markBack) batch.markBack.push(eventId);
  const version = (known.events.get(eventId)?.version ?? 0) + (change ? 1 : 0);
  if (change) batch.changes.push({ eventId, side: "local", version, ...change });
  const event = known.events.get(eventId);
  batch.conflicts.push(
    ...effects.conflicts.map((conflict) => ({
      ...conflict,
      linkId: link.id,
      eventId,
      localAt: event?.fieldTimes[conflict.field] ?? null,
      localBy: event?.source ?? null,
      remoteAt: link.remoteUpdatedAt === null ? null : link.remoteUpdatedAt - clockOffset,
    })),
  );
}

export function waitingFields(conflicts: readonly FieldConflict[]): string[] {
  return conflicts.flatMap(({ field, winner }) => (winner === "nobody" ? [field] : []));
}

/**
 * An item that only the remote has and that is taken over as it is, so that event, remote and base are
 * one and the same value. Exceptions are left to the general way: their series may come by either.
 */
function plainCreation({ link, insert, change, markBack, conflicts }: Effects): Created | null {
  if (!link?.eventId || link.revision > 0 || !insert || !change || link.masterRemoteId) return null;
  const { item, times } = insert;
  const { remote, base, eventId } = link;
  if (markBack || conflicts.length > 0 || remote === null || item.fields !== remote) return null;
  if (base?.local !== remote || base.remote !== remote) return null;
  return { link: { ...link, eventId, remote }, times, rule: change.rule };
}

/** What a series brings along when it comes back, and an exception when it does: the database sees to it. */
async function comingBack(tx: Tx, { inserts, updates, changes }: Batch): Promise<Change[]> {
  const restored = new Set(
    changes.flatMap(({ action, eventId }) => (action === "restored" ? [eventId] : [])),
  );
  const alive = [...inserts, ...updates.filter(({ id }) => restored.has(id))];
  const masters = alive.flatMap(({ item }) => item.master ?? []);
  if (masters.length === 0 && restored.size === 0) return [];
  const found = await broughtBack(tx, { masters, series: [...restored] });
  return found
    .filter(({ id }) => !restored.has(id))
    .map(({ id, version }) => ({
      eventId: id,
      side: "local",
      action: "restored",
      fields: {},
      rule: "comes back with its series",
      version: version + 1,
    }));
}

export async function store(
  tx: Tx,
  { opened, sessionId, snapshotId }: PageWork,
  batch: Batch,
): Promise<void> {
  const of = { companyId: opened.companyId, connectionId: opened.connectionId, sessionId };
  const { calendarId, source } = opened;
  await addCreated(tx, { ...of, calendarId, source, snapshotId }, batch.created);
  const back = await comingBack(tx, batch);
  await insertEvents(tx, { companyId: of.companyId, calendarId }, source, batch.inserts);
  await updateEvents(tx, source, batch.updates);
  await saveLinks(tx, of, [...batch.links.values()]);
  await closeIntents(tx, batch.closed);
  await addChanges(tx, of, [...batch.changes, ...back]);
  await settleConflicts(tx, batch.decided);
  await addConflicts(tx, of, opened.rules.policy, batch.conflicts);
  await markForConnection(tx, of, batch.markBack);
}
