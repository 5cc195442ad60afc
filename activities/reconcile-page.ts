import type { RemoteChange } from "../connectors/connector.ts";
import { newId } from "../db/ids.ts";
import { type Link, newLink } from "../db/links.ts";
import type { EventItem } from "../sync/event.ts";
import { type Batch, collect, newBatch } from "./reconcile-batch.ts";
import { type ItemContext, reconcileItem } from "./reconcile-item.ts";
import { linkIdOf, type Living, type Loaded, type PageWork } from "./reconcile-load.ts";

/** Few enough that the first can be stored soon, many enough that a statement is worth its while. */
const partSize = 500;

/**
 * Decides a page item by item, masters before their exceptions, in parts: while Postgres stores one,
 * the next is decided. A part is to be stored before the one that follows it.
 */
export function* decidePage(
  by: PageWork,
  known: Loaded,
  changes: readonly RemoteChange<EventItem>[],
): Generator<Batch> {
  const { opened, now, snapshotId } = by;
  const { rules, clockOffset } = opened;
  const { earlierMarks } = known;
  const isReadByItself = by.isReadByItself ?? false;
  const context: ItemContext = {
    rules,
    clockOffset,
    now,
    snapshotId,
    newId,
    earlierMarks,
    isReadByItself,
  };
  let batch = newBatch();
  for (const change of changes) {
    if (change.state !== "living") takeAway(known, batch, change, snapshotId);
  }
  for (const [at, change] of mastersFirst(changes).entries()) {
    if (at > 0 && at % partSize === 0) {
      yield batch;
      batch = newBatch();
    }
    takeLiving(known, batch, change, context);
  }
  for (const link of known.waiting.values()) takeWaiting(known, batch, link, context);
  yield batch;
}

function mastersFirst(changes: readonly RemoteChange<EventItem>[]): Living[] {
  const living = changes.filter((change): change is Living => change.state === "living");
  return [
    ...living.filter((change) => !change.item.master),
    ...living.filter((change) => change.item.master),
  ];
}

/** A deletion is only marked; it is applied when the stream has ended. An item that cannot be held is set aside. */
function takeAway(
  known: Loaded,
  batch: Batch,
  change: Exclude<RemoteChange<EventItem>, Living>,
  snapshotId: string | null,
): void {
  const link = known.byRemoteId.get(change.remoteId);
  const seenSnapshot = snapshotId ?? link?.seenSnapshot ?? null;
  if (change.state === "set-aside") {
    const aside = link ?? newLink(newId(), change.remoteId);
    batch.links.set(aside.id, {
      ...aside,
      state: "set-aside",
      reason: change.reason,
      remoteVersion: change.version,
      seenSnapshot,
    });
    batch.counts.failed += 1;
    return;
  }
  const old =
    link?.remoteUpdatedAt != null &&
    change.updatedAt !== null &&
    change.updatedAt < link.remoteUpdatedAt;
  // What was let go is gone there as well: nothing is left to come back to.
  if (link?.state === "tombstone" && link.remote && !old)
    batch.links.set(link.id, { ...link, remote: null });
  if (!link || link.state === "tombstone" || link.deletionSeen || old) {
    batch.counts.unchanged += 1;
    return;
  }
  known.goneMasters.add(change.remoteId);
  batch.links.set(link.id, {
    ...link,
    deletionSeen: true,
    remoteUpdatedAt: change.updatedAt ?? link.remoteUpdatedAt,
  });
}

function takeLiving(known: Loaded, batch: Batch, remote: Living, context: ItemContext): void {
  const masterEventId = (remote.item.master && known.masters.get(remote.item.master)) || null;
  const link =
    known.byRemoteId.get(remote.remoteId) ??
    adopted(known, remote) ??
    exceptionLink(known, remote, masterEventId);
  const eventId = link?.eventId ?? exceptionEvent(known, remote, masterEventId);
  const effects = reconcileItem(
    {
      link,
      event: (eventId && known.events.get(eventId)) || null,
      intent: (link && known.intents.get(link.id)) ?? null,
      masterEventId,
      isSeriesGone: known.goneMasters.has(remote.item.master ?? ""),
    },
    remote,
    context,
  );
  collect(batch, effects, known, context.clockOffset);
  if (remote.item.master || !effects.link?.eventId) return;
  known.masters.set(remote.remoteId, effects.link.eventId);
  if (!effects.link.deletionSeen && effects.link.state === "live")
    known.goneMasters.delete(remote.remoteId);
}

/** The link that made this item, when the answer to its creation was lost. */
function adopted(known: Loaded, remote: Living): Link | null {
  const id = linkIdOf(remote.key);
  const link = id ? known.links.get(id) : undefined;
  return link && link.remoteId === null && remote.key === `${link.id}.${link.generation}`
    ? link
    : null;
}

function exceptionEvent(
  known: Loaded,
  remote: Living,
  masterEventId: string | null,
): string | null {
  if (!masterEventId || !remote.item.originalStart) return null;
  return (
    known.exceptions.get(`${masterEventId} ${JSON.stringify(remote.item.originalStart)}`) ?? null
  );
}

function exceptionLink(known: Loaded, remote: Living, masterEventId: string | null): Link | null {
  const eventId = exceptionEvent(known, remote, masterEventId);
  const link = eventId ? known.byEventId.get(eventId) : undefined;
  return link && link.remoteId === null ? link : null;
}

/** An exception that arrived before its series, whose series is in this page. */
function takeWaiting(known: Loaded, batch: Batch, link: Link, context: ItemContext): void {
  if (!link.remote || !link.remoteId || !link.masterRemoteId || !link.originalStart) return;
  takeLiving(
    known,
    batch,
    {
      state: "living",
      remoteId: link.remoteId,
      version: link.remoteVersion,
      updatedAt: link.remoteUpdatedAt,
      item: { fields: link.remote, master: link.masterRemoteId, originalStart: link.originalStart },
      ...(link.remoteMark && { mark: link.remoteMark }),
    },
    context,
  );
}
