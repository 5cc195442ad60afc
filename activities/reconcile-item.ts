import type { RemoteLiving } from "../connectors/connector.ts";
import type { EventWrite, StoredEvent } from "../db/events.ts";
import type { Intent, IntentOutcome } from "../db/intents.ts";
import { type Link, newLink } from "../db/links.ts";
import type { Counts } from "../db/progress.ts";
import { blankCancelled, changedFields } from "../sync/change.ts";
import { decide, type Decision, type FieldConflict, type Rules } from "../sync/decide.ts";
import type { EventField, EventFields, EventItem } from "../sync/event.ts";
import { settle } from "../sync/settle.ts";
import { isOld } from "./reconcile-old.ts";
import { rulesOfDeletion } from "./rule-wrote.ts";

/** What is known of an item before a page speaks of it. */
export interface Known {
  link: Link | null;
  event: StoredEvent | null;
  intent: Intent | null;
  /** For an exception: the event of its master, once that has arrived. */
  masterEventId: string | null;
  /** For an exception: the provider has deleted its series. */
  isSeriesGone: boolean;
}

export interface ItemContext {
  rules: Rules;
  /** The provider's clock minus the database's, in ms. */
  clockOffset: number;
  /** By the database's clock. */
  now: number;
  snapshotId: string | null;
  /** Marks of the page's items that our later writes have replaced. */
  earlierMarks: ReadonlySet<string>;
  /** The item was asked for by its id, and not listed. */
  isReadByItself: boolean;
  newId(): string;
}

/** What storing one item takes. Nothing here has been written yet. */
export interface Effects {
  link: Link | null;
  insert?: EventWrite;
  update?: EventWrite;
  /** Our side must still travel to where this item came from. */
  markBack: boolean;
  closedIntent?: { id: string; outcome: IntentOutcome };
  change?: TrailEntry;
  conflicts: FieldConflict[];
  /** Whether all fields were looked at: what is no conflict now is none any more. */
  decided: boolean;
  count: keyof Counts;
}

export interface TrailEntry {
  action: "created" | "updated" | "deleted" | "restored";
  fields: Record<string, { before: unknown; after: unknown }>;
  rule: string;
}

const untouched = (link: Link | null): Effects => ({
  link,
  markBack: false,
  conflicts: [],
  decided: false,
  count: "unchanged",
});

/** Decides what one living remote item means for our side. Pure but for `newId`. */
export function reconcileItem(
  known: Known,
  remote: RemoteLiving<EventItem>,
  context: ItemContext,
): Effects {
  const { link, intent } = known;
  // What a deleted series leaves behind are cancelled occurrences: nobody has cancelled them.
  if (known.isSeriesGone && remote.item.fields.status === "cancelled") return untouched(link);
  if (link && isOld(link, remote, context)) {
    return untouched({ ...link, seenSnapshot: context.snapshotId ?? link.seenSnapshot });
  }
  const seen = see(link ?? newLink(context.newId(), remote.remoteId), remote, context);
  if (remote.item.master && !known.masterEventId && !seen.eventId) {
    return {
      ...untouched({ ...seen, state: "waiting", reason: "its series has not arrived yet" }),
    };
  }
  const fields = blankCancelled(remote.item).fields;
  const local = localFields(known.event);
  if (link && !local && isAsLetGo(link, fields, context.rules)) {
    const closed = intent && { closedIntent: { id: intent.id, outcome: "landed" as const } };
    return { ...untouched({ ...seen, state: "tombstone" }), ...closed };
  }
  const settled =
    intent &&
    settle(
      { ...intent, mark: intent.id },
      { fields, ...(remote.mark && { mark: remote.mark }) },
      seen.base,
    );
  // What a tombstone remembers is no agreement, unless our side lives beside what was let go: a newer,
  // living item restores the event.
  const isForgotten = link?.state === "tombstone" && !(local && link.remote);
  const base = isForgotten ? null : settled?.landed ? settled.base : seen.base;
  const decision = decide(
    {
      local,
      remote: fields,
      base,
      localTimes: known.event?.fieldTimes ?? {},
      remoteUpdatedAt: remote.updatedAt === null ? null : remote.updatedAt - context.clockOffset,
    },
    known.event?.deleted ? rulesOfDeletion(context.rules, known.event) : context.rules,
  );
  const effects = carryOut(known, seen, remote, decision, context);
  return intent
    ? {
        ...effects,
        closedIntent: { id: intent.id, outcome: settled?.landed ? "landed" : "not landed" },
      }
    : effects;
}

/** Our side of an event, as it is compared: null when deleted or not there. */
export function localFields(event: StoredEvent | null): EventFields | null {
  return event && !event.deleted ? blankCancelled(event.item).fields : null;
}

/** Whether it is still what was let go there, and nothing that we look at has changed. */
function isAsLetGo(link: Link, fields: EventFields, rules: Rules): boolean {
  if (link.state !== "tombstone" || !link.remote) return false;
  return changedFields(link.remote, fields, rules.fields).length === 0;
}

function see(link: Link, remote: RemoteLiving<EventItem>, context: ItemContext): Link {
  return {
    ...link,
    state: "live",
    reason: null,
    remoteId: remote.remoteId,
    remoteVersion: remote.version,
    remote: blankCancelled(remote.item).fields,
    remoteUpdatedAt: remote.updatedAt,
    remoteMark: remote.mark ?? null,
    masterRemoteId: remote.item.master ?? null,
    originalStart: remote.item.originalStart ?? null,
    deletionSeen: false,
    seenSnapshot: context.snapshotId ?? link.seenSnapshot,
  };
}

function carryOut(
  known: Known,
  seen: Link,
  remote: RemoteLiving<EventItem>,
  decision: Decision,
  context: ItemContext,
): Effects {
  const changed = Object.keys(decision.local) as EventField[];
  const conflicts = decision.conflicts;
  const markBack = decision.remote.length > 0 || decision.action === "delete remote";
  if (changed.length === 0) {
    // An item that may not come in, and that we know nothing of, leaves no trace.
    const link =
      seen.eventId || known.event
        ? { ...seen, eventId: seen.eventId ?? known.event?.id ?? null, base: decision.base }
        : null;
    const back = markBack && link !== null;
    return { link, markBack: back, conflicts, decided: true, count: "unchanged" };
  }
  const id = known.event?.id ?? context.newId();
  const write: EventWrite = {
    id,
    item: merged(known, remote.item, decision),
    deleted: false,
    times: timesOf(changed, remote, context),
  };
  const link = { ...seen, eventId: id, base: decision.base };
  const action = !known.event ? "created" : known.event.deleted ? "restored" : "updated";
  return {
    link,
    ...(known.event ? { update: write } : { insert: write }),
    markBack,
    change: {
      action,
      fields: action === "created" ? {} : differences(known.event, decision),
      rule: ruleOf(decision, context.rules),
    },
    conflicts,
    decided: true,
    count: action === "updated" ? "updated" : "created",
  };
}

function merged(known: Known, item: EventItem, decision: Decision): EventItem {
  return {
    fields: mergedFields(known.event, item, decision),
    ...(known.masterEventId && item.originalStart
      ? {
          master: known.masterEventId,
          originalStart: known.event?.item.originalStart ?? item.originalStart,
        }
      : known.event?.item.master && known.event.item.originalStart
        ? { master: known.event.item.master, originalStart: known.event.item.originalStart }
        : {}),
  };
}

function mergedFields(event: StoredEvent | null, item: EventItem, decision: Decision): EventFields {
  if (event) return { ...blankCancelled(event.item).fields, ...decision.local };
  // Nothing is ours yet: the very same object, so that storing can tell that all sides are one.
  if (item.fields.notes === "" && blankCancelled(item) === item) return item.fields;
  return { ...item.fields, notes: "", ...decision.local };
}

function timesOf(
  fields: readonly EventField[],
  remote: RemoteLiving<EventItem>,
  context: ItemContext,
): EventWrite["times"] {
  const at = Math.round(
    remote.updatedAt === null ? context.now : remote.updatedAt - context.clockOffset,
  );
  return Object.fromEntries(fields.map((field) => [field, at]));
}

function differences(event: StoredEvent | null, decision: Decision): TrailEntry["fields"] {
  return Object.fromEntries(
    Object.entries(decision.local).map(([field, after]) => [
      field,
      { before: event?.item.fields[field as EventField] ?? null, after },
    ]),
  );
}

/** The rule that decided, in words a person can look up in docs/sync.md. */
export function ruleOf(decision: Decision, rules: Rules): string {
  return decision.conflicts.length > 0 ? `${decision.action}: ${rules.policy}` : decision.action;
}
