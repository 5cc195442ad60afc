import type { RemoteChange, Write, Written } from "../connectors/connector.ts";
import { Gone, Rejected } from "../connectors/errors.ts";
import { requireCurrent } from "../db/attempts.ts";
import { addChanges } from "../db/changes.ts";
import { databaseNow } from "../db/clock.ts";
import { closeIntents } from "../db/intents.ts";
import { type Link, noteLook, saveLinks } from "../db/links.ts";
import { addCounts } from "../db/progress.ts";
import { blankCancelled, changedFields, pick, sameValue } from "../sync/change.ts";
import { eventFields, type EventItem } from "../sync/event.ts";
import { occurrenceOf } from "../sync/recurrence.ts";
import { landedDeletion, outcomeWhereDeleted } from "./deletions.ts";
import type { ActivityDeps } from "./deps.ts";
import type { Send } from "./push-decide.ts";
import { localFields } from "./reconcile-item.ts";
import { reconcilePage } from "./reconcile.ts";
import type { Attempt } from "./step.ts";

/** What became of one send: `deleted` says that the item was found to be gone at the provider. */
export type Sent = "sent" | "looked" | "deleted" | "refused" | "unavailable";

export function call(
  write: Write<EventItem>,
  work: Extract<Send, { intent: unknown }>,
  signal: AbortSignal,
): Promise<Written<EventItem>> {
  const { link, intent, item } = work;
  return link.remoteId === null
    ? write.create(item, `${link.id}.${intent.generation}`, intent.id, signal)
    : write.update(link.remoteId, item, intent.fields, link.remoteVersion, intent.id, signal);
}

/** The outcome of an earlier attempt is unknown: see what is there, and let reconcile settle it. */
export async function verify(
  deps: ActivityDeps,
  attempt: Attempt,
  write: Write<EventItem>,
  work: Extract<Send, { kind: "verify" }>,
  signal: AbortSignal,
): Promise<Sent> {
  // Creating again with the same key creates nothing new, and finds what the lost answer spoke of.
  const found =
    work.link.remoteId === null
      ? await call(write, work, signal)
      : await write.read(work.link.remoteId, signal);
  const link = (await changedWithSeries(write, work, found, signal)) ?? undefined;
  return takeOver(deps, attempt, work, found, link);
}

/** Takes over what was read after the call: an intent that left no trace in it did not land. */
export async function takeOver(
  deps: ActivityDeps,
  attempt: Attempt,
  work: Send,
  found: RemoteChange<EventItem>,
  link?: Link,
): Promise<Sent> {
  const { opened, sessionId } = attempt;
  const origin = { connectionId: opened.connectionId, source: opened.source };
  await deps.db.withCompany(
    attempt.companyId,
    async (tx) => {
      await requireCurrent(tx, opened.connectionId, attempt.epoch);
      if (link) await saveLinks(tx, attempt, [link]);
      const local = await reconcilePage(
        tx,
        { opened, sessionId, now: (await databaseNow(tx)).getTime(), isReadByItself: true },
        { changes: [found] },
      );
      await noteLook(tx, opened.connectionId, found.remoteId);
      if (work.kind !== "locate") {
        const outcome = found.state === "deleted" ? outcomeWhereDeleted(work.intent) : "not landed";
        if (found.state === "deleted") await addChanges(tx, attempt, landedDeletion(work.intent));
        await closeIntents(tx, [{ id: work.intent.id, outcome }]);
      }
      await addCounts(tx, sessionId, { local: { ...local, unchanged: 0 } });
    },
    { origin },
  );
  return found.state === "deleted" ? "deleted" : "looked";
}

/**
 * Finds the provider's own id of an occurrence. What its series gives it there is what both sides have
 * agreed on: where a person has edited it at the provider, reconcile sees that as an edit.
 */
export async function locate(
  deps: ActivityDeps,
  attempt: Attempt,
  write: Write<EventItem>,
  work: Extract<Send, { kind: "locate" }>,
  signal: AbortSignal,
): Promise<Sent> {
  const { link, masterRemoteId } = work;
  const at = work.event.item.originalStart;
  const series = await write.read(masterRemoteId, signal);
  if (series.state !== "living") throw new Gone("the series is not there");
  const found = at && write.occurrence ? await write.occurrence(masterRemoteId, at, signal) : null;
  if (!at || found?.state !== "living")
    throw new Rejected("its series has no occurrence at that time");
  const originalStart = found.item.originalStart ?? at;
  const given = occurrenceOf(series.item.fields, originalStart);
  const base = { local: given, remote: given };
  const located = { ...link, remoteId: found.remoteId, masterRemoteId, originalStart, base };
  return takeOver(deps, attempt, work, found, located);
}

/**
 * The link of an occurrence that has changed only with its series: what the series gives it is nobody's
 * edit of the occurrence, so where ours was edited, ours goes on. Null where there is nothing of the kind.
 */
export async function changedWithSeries(
  write: Write<EventItem>,
  { link, event }: Send,
  found: RemoteChange<EventItem>,
  signal: AbortSignal,
): Promise<Link | null> {
  const { base, masterRemoteId } = link;
  const local = localFields(event);
  if (!base || !local || !masterRemoteId || found.state !== "living") return null;
  const series = await write.read(masterRemoteId, signal);
  const at = found.item.originalStart;
  if (series.state !== "living" || !at) return null;
  const { fields } = blankCancelled(found.item);
  if (!sameValue(fields, occurrenceOf(series.item.fields, at))) return null;
  const both = changedFields(base.remote, fields, changedFields(base.local, local, eventFields));
  if (both.length === 0) return null;
  const seen = pick(fields, both);
  const moved = { local: { ...base.local, ...seen }, remote: { ...base.remote, ...seen } };
  return { ...link, base: moved };
}
