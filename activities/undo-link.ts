import type { Written } from "../connectors/connector.ts";
import type { Change } from "../db/changes.ts";
import type { Link } from "../db/links.ts";
import { ruleOfUndo } from "../db/undo-plan.ts";
import { blankCancelled, changedFields, pick } from "../sync/change.ts";
import { eventFields, type EventFields, type EventItem } from "../sync/event.ts";
import { acknowledge } from "../sync/settle.ts";
import { tombstone } from "./deletions.ts";
import { actionOf } from "./landed.ts";
import type { UndoWork } from "./undo-prepare.ts";

/**
 * The link once the provider holds what was sent: that, beside our side as it is, is agreed to. Where
 * our side has no such event, the item is let go there. `isAnswer`: the provider said so itself;
 * otherwise it was found later, and what others edited meanwhile is still to be read.
 */
export function linkWhereThere(work: UndoWork, found: Written<EventItem>, isAnswer: boolean): Link {
  const { event, link, intent } = work;
  const there = blankCancelled(found.item).fields;
  const remote = isAnswer ? there : sentOver(work);
  const isAllRead = isAnswer ? isOnlyOurs(work, there) : areSame(remote, there);
  return {
    ...link,
    state: event.deleted ? "tombstone" : "live",
    remoteId: found.remoteId,
    remote,
    remoteMark: found.mark ?? null,
    masterRemoteId: found.item.master ?? link.masterRemoteId,
    originalStart: found.item.originalStart ?? link.originalStart,
    base: acknowledge(intent, remote, link.base),
    remoteVersion: isAllRead ? found.version : null,
    remoteUpdatedAt: isAllRead ? found.updatedAt : link.remoteUpdatedAt,
  };
}

export function linkWhereGone(link: Link, remoteNow: number): Link {
  return { ...tombstone(link), remoteUpdatedAt: remoteNow };
}

/** The link as it was before the intent. */
export function linkBack({ event, link, intent }: UndoWork): Link {
  if (intent.kind === "update") return link;
  if (intent.kind !== "delete") return { ...link, state: "tombstone", remote: null };
  return event.deleted ? link : { ...link, state: "live" };
}

export function trailThere(undoes: string, work: UndoWork, link: Link): Change {
  const { event, intent, before } = work;
  const fields = intent.fields.map(
    (field) =>
      [field, { before: before?.[field] ?? null, after: link.remote?.[field] ?? null }] as const,
  );
  return {
    eventId: event.id,
    side: "remote",
    action: actionOf[intent.kind],
    fields: intent.kind === "update" ? Object.fromEntries(fields) : {},
    rule: ruleOfUndo(undoes),
    version: event.version,
  };
}

/** What the provider held before, with what was sent over it. */
function sentOver({ intent, before }: UndoWork): EventFields {
  if (intent.kind !== "update" || !before) return intent.sent;
  return { ...before, ...pick(intent.sent, intent.fields) };
}

/** Whether the fields that did not travel are as they were: others may have edited them meanwhile. */
function isOnlyOurs({ intent, before }: UndoWork, there: EventFields): boolean {
  if (intent.kind !== "update" || !before) return true;
  const others = eventFields.filter((field) => !intent.fields.includes(field));
  return changedFields(before, there, others).length === 0;
}

function areSame(a: EventFields, b: EventFields): boolean {
  return changedFields(a, b, eventFields).length === 0;
}
