import { randomUUID } from "node:crypto";
import type { Write } from "../connectors/connector.ts";
import { requireCurrent } from "../db/attempts.ts";
import type { Tx } from "../db/client.ts";
import { lockEvents, type StoredEvent } from "../db/events.ts";
import { type Intent, openIntents, readOpenIntents } from "../db/intents.ts";
import { type Link, lockLinksOfEvents, saveLinks } from "../db/links.ts";
import { isOfUndo, type UndoLine, readUndoLine, settleLines } from "../db/undo-lines.ts";
import { blankCancelled } from "../sync/change.ts";
import type { EventField, EventFields, EventItem } from "../sync/event.ts";
import { having } from "../sync/undo-fields.ts";
import { letGo, nextGeneration } from "./deletions.ts";
import type { ActivityDeps } from "./deps.ts";
import type { Undoing } from "./undo-here.ts";

/** One item on its way: what is sent, and what was there before. */
export interface UndoWork {
  item: UndoLine;
  event: StoredEvent;
  /** As stored with the intent. */
  link: Link;
  intent: Intent;
  /** Of an occurrence: its series as the provider knows it now; null where it is not there. */
  series: string | null;
  /** What the provider held before, as far as it is known; null where nothing. */
  before: EventFields | null;
  /** The outcome of an earlier attempt is unknown: look before anything is sent. */
  isOpen: boolean;
}

/**
 * Commits the intent of one item, unless it is done or its link is no longer as it was decided against.
 * What is sent away is let go beforehand, and what is to come back is expected: should the answer be
 * lost for good, no session takes one side's absence for somebody's deletion. Null: nothing to send.
 */
export function prepareItem(
  deps: ActivityDeps,
  undoing: Undoing,
  write: Write<EventItem>,
  seq: number,
): Promise<UndoWork | null> {
  return deps.db.withCompany(undoing.companyId, async (tx) => {
    await requireCurrent(tx, undoing.connectionId, undoing.epoch);
    const item = await readUndoLine(tx, undoing.planId, seq);
    if (!item) return null;
    const event = (await lockEvents(tx, [item.eventId])).get(item.eventId);
    const [link] = await lockLinksOfEvents(tx, undoing.connectionId, [item.eventId]);
    const leave = async (reason: string): Promise<null> => {
      await settleLines(tx, undoing.planId, [{ seq, state: "left", reason }]);
      return null;
    };
    if (!event || !link) return leave("it is there no more");
    const series = await seriesThere(tx, undoing, event);
    const known = { item, event, series, before: link.remote };
    const open = (await readOpenIntents(tx, [link.id])).get(link.id);
    if (open) {
      if (!(await isOfUndo(tx, open.id)) || !isOf(open, item))
        return leave("an earlier write to it is not settled yet");
      return { ...known, link, intent: open, isOpen: true };
    }
    if (link.revision !== item.revision) return leave("it has changed since");
    return commit(tx, undoing, { ...known, link }, intended(write, event, item, link));
  });
}

async function seriesThere(
  tx: Tx,
  { connectionId }: Undoing,
  { item }: StoredEvent,
): Promise<string | null> {
  if (!item.master) return null;
  const [series] = await lockLinksOfEvents(tx, connectionId, [item.master]);
  return series?.remote ? series.remoteId : null;
}

function isOf({ kind }: Intent, { action }: UndoLine): boolean {
  if (action === "restored") return kind === "restore" || kind === "create";
  return action === "deleted" ? kind === "delete" : kind === "update";
}

/** How the item is to be done, and the values that the provider is given or expected to hold. */
export interface Intended {
  kind: Intent["kind"];
  fields: EventField[];
  sent: EventFields | null;
}

function intended(
  write: Write<EventItem>,
  event: StoredEvent,
  { action, fields }: UndoLine,
  link: Link,
): Intended {
  if (action === "updated" && link.remote) {
    const names = Object.keys(fields) as EventField[];
    return { kind: "update", fields: names, sent: having(link.remote, fields) };
  }
  if (action === "deleted") return { kind: "delete", fields: [], sent: link.remote };
  return {
    // An occurrence is never made: it is there with its series.
    kind: write.restore || event.item.master ? "restore" : "create",
    fields: [],
    sent: link.base?.remote ?? null,
  };
}

/** Stores the intent, and the link as it is while nobody knows the outcome. */
export async function commit(
  tx: Tx,
  undoing: Undoing,
  known: Omit<UndoWork, "intent" | "isOpen">,
  { kind, fields, sent: wanted }: Intended,
): Promise<UndoWork> {
  const { event } = known;
  const { normalise } = undoing.opened.rules;
  const local = blankCancelled(event.item).fields;
  const sent = wanted ?? normalise?.(local) ?? local;
  const link = linkMeanwhile(known.link, kind, sent);
  await saveLinks(tx, undoing, [link]);
  const intent: Intent = {
    id: randomUUID(),
    linkId: link.id,
    eventId: event.id,
    kind,
    fields: kind === "create" ? [...undoing.opened.rules.fields] : fields,
    sent,
    local,
    eventVersion: event.version,
    expectedVersion: link.remoteVersion,
    generation: link.generation,
  };
  await openIntents(tx, undoing, [intent]);
  return { ...known, link: { ...link, revision: link.revision + 1 }, intent, isOpen: false };
}

function linkMeanwhile(link: Link, kind: Intent["kind"], expected: EventFields): Link {
  if (kind === "update") return link;
  if (kind === "delete") return letGo(link);
  if (kind === "restore") return { ...link, state: "tombstone", remote: expected };
  return { ...nextGeneration(link), base: link.base, state: "tombstone", remote: expected };
}
