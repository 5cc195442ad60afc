import { randomUUID } from "node:crypto";
import type { StoredEvent } from "../db/events.ts";
import type { Intent } from "../db/intents.ts";
import { type Link, newLink } from "../db/links.ts";
import type { DueWrite } from "../db/writes.ts";
import { decide, type Decision, type Rules } from "../sync/decide.ts";
import type { EventFields, EventItem } from "../sync/event.ts";
import { nextGeneration, tombstone } from "./deletions.ts";
import { waitingFields } from "./reconcile-batch.ts";
import { localFields, ruleOf } from "./reconcile-item.ts";

/** One thing to do at the provider, decided and committed before it is done. */
export type Send = { link: Link; event: StoredEvent; attempts: number } & (
  | { kind: "send"; intent: Intent; item: EventItem; rule: string }
  /** An earlier attempt's outcome is unknown: look before anything else is sent. */
  | { kind: "verify"; intent: Intent; item: EventItem }
  /** An exception that the provider knows only as part of its series. */
  | { kind: "locate"; masterRemoteId: string }
);

/** What the provider takes, and by which rules. */
export interface Spoke {
  rules: Rules;
  cannotHold(item: EventItem): string | null;
}

/** What is known of the events of a batch. */
export interface Known {
  events: Map<string, StoredEvent>;
  links: Map<string, Link>;
  intents: Map<string, Intent>;
  /** Links read by themselves since the last pull. */
  looked: Set<string>;
}

/** What becomes of one mark in the queue. */
export type Verdict = {
  /** To be stored with it, before anything is sent. */
  link?: Link;
  /** Where the sides were compared: the fields of which a person is asked. */
  decided?: { linkId: string; waiting: string[] };
} & (
  | { kind: "send"; send: Send }
  | { kind: "done" }
  | { kind: "failed"; error: string }
  /** Not to be sent yet, and why; `behind` is an event that has to be sent first. */
  | { kind: "deferred"; reason: string; behind?: string }
  /** Another call of this batch takes it along. */
  | { kind: "left" }
);

/** One mark, and all that is known of its event. */
interface Queued {
  write: DueWrite;
  event: StoredEvent;
  /** Our side; null where it is deleted. */
  local: EventFields | null;
  link: Link;
  master: Link | null;
}

/**
 * Decides one mark from state; `earlier` are the verdicts of this batch by event, masters before their
 * exceptions. Pure but for new ids. Null: the event is not there any more.
 */
export function decideWrite(
  { rules, cannotHold }: Spoke,
  known: Known,
  earlier: ReadonlyMap<string, Verdict>,
  write: DueWrite,
): Verdict | null {
  const event = known.events.get(write.eventId);
  if (!event) return null;
  const local = localFields(event);
  const link = linkFor(known, event, local !== null);
  const master = (event.item.master && known.links.get(event.item.master)) || null;
  const queued: Queued = { write, event, local, link, master };
  return (
    whatIsOpen(known, queued) ??
    keptOut(cannotHold, queued) ??
    bySeries(earlier, queued) ??
    bySides(rules, known, queued)
  );
}

/**
 * An event that lives again after both sides had deleted it begins a new life at the provider too; what
 * was only let go is still there. What was kept out is decided anew each time.
 */
function linkFor(known: Known, event: StoredEvent, living: boolean): Link {
  const link = known.links.get(event.id) ?? { ...newLink(randomUUID(), null), eventId: event.id };
  const livesOn: Link = { ...link, state: "live", reason: null };
  if (link.state === "kept-out") return livesOn;
  if (!living || link.state !== "tombstone") return link;
  return link.remote ? livesOn : nextGeneration(link);
}

/** What has to be settled first. */
function whatIsOpen(known: Known, { write, event, link }: Queued): Verdict | null {
  if (link.state === "set-aside")
    return { kind: "failed", error: `set aside: ${link.reason ?? "unreadable"}` };
  const intent = known.intents.get(link.id);
  if (intent) {
    const item = itemOf(intent.sent, link, event, known);
    const { attempts } = write;
    return { kind: "send", send: { kind: "verify", link, event, attempts, intent, item } };
  }
  if (link.deletionSeen)
    return { kind: "deferred", reason: "its deletion at the provider is not settled yet" };
  return null;
}

/** What the provider cannot hold at all stays out, visibly, until our side of it is another. */
function keptOut(cannotHold: Spoke["cannotHold"], { event, local, link }: Queued): Verdict | null {
  const reason = local && cannotHold(event.item);
  return reason ? { kind: "done", link: { ...link, state: "kept-out", reason } } : null;
}

/** An exception goes the way of its series, and comes after it. */
function bySeries(earlier: ReadonlyMap<string, Verdict>, queued: Queued): Verdict | null {
  const { event, local, link, master } = queued;
  const isException = event.item.master !== undefined;
  const seriesIsGone = isException && (!master || master.state === "tombstone");
  if (local === null && (link.remoteId === null || link.state === "tombstone" || seriesIsGone)) {
    const isNew = link.revision === 0 || link.state === "tombstone";
    return { kind: "done", ...(!isNew && { link: tombstone(link) }) };
  }
  const its = earlier.get(event.item.master ?? "");
  if (local === null && its) {
    if (its.kind === "deferred") return { kind: "deferred", reason: its.reason };
    if (its.kind === "send" && isDeletion(its.send)) return { kind: "left" };
  }
  if (isException && (!master?.remoteId || master.deletionSeen))
    return { kind: "deferred", reason: "waits for its series" };
  if (isException && master && isGoneThere(master))
    return { kind: "deferred", reason: "waits for its series", behind: event.item.master ?? "" };
  return null;
}

const isGoneThere = ({ state, remote }: Link): boolean => state === "tombstone" && !remote;

const isDeletion = (send: Send): boolean => send.kind === "send" && send.intent.kind === "delete";

function bySides(rules: Rules, known: Known, queued: Queued): Verdict {
  const { write, event, local, link, master } = queued;
  const decision = decide(
    {
      local,
      remote: link.remote,
      base: link.base,
      localTimes: event.fieldTimes,
      remoteUpdatedAt: null,
    },
    rules,
  );
  const decided = { linkId: link.id, waiting: waitingFields(decision.conflicts) };
  const isDelete = decision.action === "delete remote";
  if (isDelete && takesUnseenAlong(known, queued)) {
    const reason = "waits for the next pull: its series has changed at the provider";
    return { kind: "deferred", reason, decided };
  }
  if (!isDelete && decision.remote.length === 0) {
    // What our side is to take over, the next pull brings: until then nobody has agreed to it.
    const base = Object.keys(decision.local).length > 0 ? link.base : decision.base;
    return { kind: "done", decided, ...(link.revision > 0 && { link: { ...link, base } }) };
  }
  const common = { link, event, attempts: write.attempts };
  const send: Send =
    master?.remoteId && link.remoteId === null
      ? { kind: "locate", ...common, masterRemoteId: master.remoteId }
      : { kind: "send", ...common, ...callOf(rules, known, queued, decision) };
  return { kind: "send", send, decided, link };
}

/**
 * A series is deleted with its exceptions, and what made it newer when it was looked at may be an edit
 * of one of them that no pull has shown yet: its deletion waits for the next session, which pulls first.
 */
function takesUnseenAlong(known: Known, { event, link }: Queued): boolean {
  return event.item.fields.recurrence.length > 0 && known.looked.has(link.id);
}

function callOf(
  rules: Rules,
  known: Known,
  { write, event, local, link }: Queued,
  decision: Decision,
): { intent: Intent; item: EventItem; rule: string } {
  const side = local ?? event.item.fields;
  const sent = rules.normalise?.(side) ?? side;
  const intent: Intent = {
    id: randomUUID(),
    linkId: link.id,
    eventId: event.id,
    kind: local === null ? "delete" : link.remoteId === null ? "create" : "update",
    fields: local === null ? [] : decision.remote,
    sent,
    local: side,
    eventVersion: event.version,
    expectedVersion: link.remoteVersion,
    generation: link.generation,
  };
  const rule = write.approved
    ? "delete remote (approved)"
    : local === null && write.isOfRule
      ? "delete remote (by a rule)"
      : ruleOf(decision, rules);
  return { intent, item: itemOf(sent, link, event, known), rule };
}

/** The item in the provider's terms: its master is named by the master's remote id. */
function itemOf(fields: EventFields, link: Link, event: StoredEvent, known: Known): EventItem {
  const master =
    link.masterRemoteId ?? (event.item.master && known.links.get(event.item.master)?.remoteId);
  const originalStart = link.originalStart ?? event.item.originalStart;
  return { fields, ...(master && originalStart && { master, originalStart }) };
}
