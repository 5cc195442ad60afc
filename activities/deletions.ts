import { requireCurrent } from "../db/attempts.ts";
import { forgetCursors } from "../db/cursors.ts";
import { addChanges, type Change, recentDeletions, settleConflicts } from "../db/changes.ts";
import {
  countDeletions,
  lockSeriesOfDeletions,
  mastersOfUnsentExceptions,
  spreadDeletions,
} from "../db/deletions.ts";
import { creditDeletions, deleteEvents, lockEvents, type StoredEvent } from "../db/events.ts";
import { closeIntents, type Intent, type IntentOutcome, readOpenIntents } from "../db/intents.ts";
import { type Link, saveLinks } from "../db/links.ts";
import {
  approvedUntil,
  countLinks,
  holdDeletions,
  keepRejected,
  releasePlan,
} from "../db/plans.ts";
import { addCounts, addLog, noCounts } from "../db/progress.ts";
import { markForConnection } from "../db/writes.ts";
import type { Tx } from "../db/client.ts";
import { decide } from "../sync/decide.ts";
import { brake } from "../sync/plan.ts";
import type { ActivityDeps } from "./deps.ts";
import { trailOfLanded } from "./landed.ts";
import { localFields } from "./reconcile-item.ts";
import { rulesOfDeletion } from "./rule-wrote.ts";
import type { Attempt } from "./step.ts";

const seriesAtOnce = 500;

/**
 * Applies the remote deletions that the stream has marked, now that it has ended: a series is one
 * unit, an edit beats a delete, and more than the brake allows waits for a person while the rest of
 * the session goes on.
 */
export async function applyDeletions(
  deps: ActivityDeps,
  attempt: Attempt,
  emptySnapshot: boolean,
): Promise<void> {
  const { opened, companyId, connectionId } = attempt;
  const held = await deps.db.withCompany(companyId, (tx) => holdIfMany(tx, attempt, emptySnapshot));
  const origin = { connectionId, source: opened.source };
  for (let after: string | null = null; ;) {
    const last: string | null = await deps.db.withCompany(
      companyId,
      (tx) => applyBatch(tx, attempt, { after, held: held.hold, approved: held.approved }),
      { origin },
    );
    if (last === null) break;
    after = last;
  }
  deps.crash("deletions applied");
}

/** Counts what is marked against the brake, by series; holds a plan or lets one go. */
async function holdIfMany(tx: Tx, attempt: Attempt, emptySnapshot: boolean) {
  const { connectionId, opened } = attempt;
  await requireCurrent(tx, connectionId, attempt.epoch);
  await spreadDeletions(tx, connectionId);
  await keepRejected(tx, attempt);
  const approved = await approvedUntil(tx, connectionId, "local");
  // Where nothing comes in, nothing is deleted here.
  const deletions =
    opened.rules.direction === "out" ? 0 : await countDeletions(tx, connectionId, approved);
  const hold =
    deletions > 0 &&
    opened.brake !== null &&
    brake({
      deletions,
      recent: await recentDeletions(tx, connectionId, "local"),
      links: await countLinks(tx, connectionId),
      limit: opened.brake,
      emptySnapshot,
    }) === "hold";
  if (hold) {
    const reason = emptySnapshot
      ? "The provider answered with an empty list where there were many events."
      : `The provider has deleted ${deletions} events within 24 hours, more than usual.`;
    await holdDeletions(tx, attempt, { side: "local", items: deletions, reason });
    await addLog(tx, attempt, "warn", "deletions are held until a person decides", { deletions });
    // It may have been a mistake: every session from now on asks for the whole list again.
    if (emptySnapshot) await forgetCursors(tx, connectionId);
  } else if (deletions === 0) {
    await releasePlan(tx, connectionId, "local");
  }
  return { hold, approved };
}

async function applyBatch(
  tx: Tx,
  attempt: Attempt,
  batch: { after: string | null; held: boolean; approved: Date | null },
): Promise<string | null> {
  const { companyId, connectionId, sessionId, opened } = attempt;
  await requireCurrent(tx, connectionId, attempt.epoch);
  const found = await lockSeriesOfDeletions(tx, connectionId, {
    after: batch.after,
    limit: seriesAtOnce,
    held: batch.held,
    approved: batch.approved,
  });
  if (found.series.length === 0) return null;
  const links = found.links;
  const events = await lockEvents(
    tx,
    links.flatMap((link) => link.eventId ?? []),
  );
  const intents = await readOpenIntents(
    tx,
    links.map((link) => link.id),
  );
  const unsent = await mastersOfUnsentExceptions(tx, connectionId, [...events.keys()]);
  const approved = new Set(found.series.flatMap((one) => (one.approved ? one.name : [])));
  const { held } = batch;
  const outcome = decideSeries({ links, events, unsent, held, approved }, attempt);
  await deleteEvents(
    tx,
    opened.source,
    outcome.deleted.map(({ event }) => event.id),
  );
  await creditDeletions(tx, opened.source, deletedByOthers(links, events, intents));
  await saveLinks(tx, attempt, outcome.links);
  await settleConflicts(
    tx,
    outcome.links.map((link) => ({ linkId: link.id, waiting: [] })),
  );
  await closeIntents(
    tx,
    outcome.links
      .flatMap((link) => intents.get(link.id) ?? [])
      .map((intent) => ({
        id: intent.id,
        outcome: outcomeWhereDeleted(intent),
      })),
  );
  await addChanges(tx, attempt, [
    ...outcome.links.flatMap((link) => landedDeletion(intents.get(link.id))),
    ...outcome.deleted.map((one) => trail(one, opened.brake === null)),
  ]);
  await markForConnection(tx, attempt, outcome.recreate);
  const local = {
    ...noCounts(),
    deleted: outcome.deleted.filter(({ event }) => !event.item.master).length,
  };
  await addCounts(tx, sessionId, { local });
  if (outcome.deleted.length > 0) {
    await addLog(tx, { companyId, sessionId }, "info", "deletions applied", {
      deleted: outcome.deleted.length,
    });
  }
  return found.series.at(-1)?.name ?? null;
}

/** Events that are deleted here, and whose items somebody else has deleted there before we did. */
function deletedByOthers(
  links: readonly Link[],
  events: ReadonlyMap<string, StoredEvent>,
  intents: ReadonlyMap<string, Intent>,
): string[] {
  return links.flatMap(({ id, eventId }) =>
    eventId && events.get(eventId)?.deleted && intents.get(id)?.kind !== "delete" ? [eventId] : [],
  );
}

interface Outcome {
  links: Link[];
  deleted: Deleted[];
  /** Events that were edited here: they are made again at the provider, as the next generation. */
  recreate: string[];
}

interface Deleted {
  event: StoredEvent;
  /** A person has let it through. */
  approved: boolean;
}

interface Marked {
  links: readonly Link[];
  events: ReadonlyMap<string, StoredEvent>;
  /** Series with an exception of ours that the provider has not been told of. */
  unsent: ReadonlySet<string>;
  /** Nothing is deleted here but what a person has approved, by the name of its series. */
  held: boolean;
  approved: ReadonlySet<string>;
}

function decideSeries(
  { links, events, unsent, held, approved }: Marked,
  { opened }: Attempt,
): Outcome {
  const outcome: Outcome = { links: [], deleted: [], recreate: [] };
  for (const [name, series] of groupBySeries(links)) {
    const master = series.find((link) => link.masterRemoteId === null);
    const actions = series.map((link) => {
      const event = (link.eventId && events.get(link.eventId)) || null;
      const local = localFields(event);
      const { action } = decide(
        { local, remote: null, base: link.base, localTimes: {}, remoteUpdatedAt: null },
        rulesOfDeletion(opened.rules, event),
      );
      return { link, event, action };
    });
    // One edited occurrence keeps its whole series: an edit beats a delete.
    const edited = actions.some(
      ({ action, event }) => action === "write remote" || (event && unsent.has(event.id)),
    );
    const isGoneHere = actions.every(({ event }) => !event || event.deleted);
    if (held && !edited && !isGoneHere && !approved.has(name)) continue;
    for (const { link, event, action } of actions) {
      if (event && !event.deleted && (action === "write remote" || (edited && master))) {
        outcome.links.push(nextGeneration(link));
        outcome.recreate.push(event.id);
      } else if (event && !event.deleted && action === "nothing") {
        outcome.links.push({
          ...link,
          reason: "deleted at the provider; the direction keeps ours",
        });
      } else {
        outcome.links.push(tombstone(link));
        if (event && !event.deleted) outcome.deleted.push({ event, approved: approved.has(name) });
      }
    }
  }
  return outcome;
}

function groupBySeries(links: readonly Link[]): ReadonlyMap<string, Link[]> {
  const groups = new Map<string, Link[]>();
  for (const link of links) {
    const name = link.masterRemoteId ?? link.remoteId ?? link.id;
    groups.set(name, [...(groups.get(name) ?? []), link]);
  }
  return groups;
}

/** The trail of a deletion of ours whose answer was lost. */
export function landedDeletion(intent: Intent | undefined): Change[] {
  return intent?.kind === "delete" ? [trailOfLanded(intent, null)] : [];
}

/** What becomes of an intent whose item turns out to be deleted at the provider. */
export function outcomeWhereDeleted({ kind }: Intent): IntentOutcome {
  return kind === "delete" ? "landed" : "superseded";
}

/** What is left when both sides have deleted: enough to know an old echo from a new life. */
export function tombstone(link: Link): Link {
  const gone = { remoteVersion: null, remote: null, deletionSeen: false };
  return { ...link, ...gone, state: "tombstone", reason: null };
}

/**
 * The link of an item that our side has not, on purpose: what is there stays, and is ignored until it
 * changes there; should the event live again here, the two are one again.
 */
export function letGo(link: Link): Link {
  return link.remote && !link.deletionSeen ? { ...link, state: "tombstone" } : tombstone(link);
}

/** The link of an item that has to be made again: nothing of its former life at the provider is valid. */
export function nextGeneration(link: Link): Link {
  return {
    ...link,
    state: "live",
    reason: null,
    remoteId: null,
    remoteVersion: null,
    remote: null,
    remoteUpdatedAt: null,
    remoteMark: null,
    masterRemoteId: null,
    deletionSeen: false,
    base: null,
    generation: link.generation + 1,
  };
}

function trail({ event, approved }: Deleted, isOfRule: boolean): Change {
  const why = event.item.master
    ? " (with its series)"
    : approved
      ? " (approved)"
      : isOfRule
        ? " (by a rule)"
        : "";
  return {
    eventId: event.id,
    side: "local",
    action: "deleted",
    fields: {},
    rule: `delete local${why}`,
    version: event.version + 1,
  };
}
