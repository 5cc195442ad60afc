import { randomUUID } from "node:crypto";
import { requireCurrent } from "../db/attempts.ts";
import { recentDeletions, settleConflicts } from "../db/changes.ts";
import type { Tx } from "../db/client.ts";
import { lockEvents, type StoredEvent } from "../db/events.ts";
import { type Intent, openIntents, readOpenIntents } from "../db/intents.ts";
import { type Link, lockLinksOfEvents, lookedAt, newLink, saveLinks } from "../db/links.ts";
import { approvedUntil, countLinks, holdDeletions, releasePlan } from "../db/plans.ts";
import { addLog } from "../db/progress.ts";
import {
  completeWrites,
  deferWrites,
  type DueWrite,
  dueWrites,
  failWrite,
  pendingRemoteDeletions,
} from "../db/writes.ts";
import { decide } from "../sync/decide.ts";
import type { EventFields, EventItem } from "../sync/event.ts";
import { brake } from "../sync/plan.ts";
import type { ActivityDeps } from "./deps.ts";
import { nextGeneration, tombstone } from "./deletions.ts";
import { waitingFields } from "./reconcile-batch.ts";
import { isPoison } from "./reconcile.ts";
import { localFields, ruleOf } from "./reconcile-item.ts";
import type { Attempt } from "./step.ts";

/** One thing to do at the provider, decided and committed before it is done. */
export type Send = { link: Link; event: StoredEvent; attempts: number } & (
  | { kind: "send"; intent: Intent; item: EventItem; rule: string }
  /** An earlier attempt's outcome is unknown: look before anything else is sent. */
  | { kind: "verify"; intent: Intent; item: EventItem }
  /** An exception that the provider knows only as part of its series. */
  | { kind: "locate"; masterRemoteId: string }
);

const batchSize = 50;
/** How long what cannot be sent now is put off. */
export const deferral = { minMs: 1_000, maxMs: 5 * 60_000 };

/** Claims due marks, decides each from state, and commits an intent for each call to come. Empty: nothing is due. */
export function planBatch(
  deps: ActivityDeps,
  attempt: Attempt,
  limit = batchSize,
): Promise<{ claimed: number; sends: Send[] }> {
  return deps.db.withCompany(attempt.companyId, async (tx) => {
    await requireCurrent(tx, attempt.connectionId, attempt.epoch);
    const { hold, approved } = await holdIfMany(tx, attempt);
    const due = await dueWrites(tx, attempt.connectionId, {
      limit,
      holdDeletions: hold,
      approvedBefore: approved,
    });
    if (due.length === 0) return { claimed: 0, sends: [] };
    const known = await load(tx, attempt, due);
    const plan: Plan = { sends: [], links: [], decided: [], done: [], failed: [], deferred: [] };
    for (const write of due) {
      try {
        planWrite(attempt, known, plan, write);
      } catch (error) {
        if (!isPoison(error)) throw error;
        plan.failed.push({ ...write, error: "it holds a value that cannot be sent" });
      }
    }
    await store(tx, attempt, plan);
    return { claimed: due.length, sends: plan.sends };
  });
}

async function holdIfMany(
  tx: Tx,
  attempt: Attempt,
): Promise<{ hold: boolean; approved: Date | null }> {
  const { connectionId, opened } = attempt;
  const approved = await approvedUntil(tx, connectionId, "remote");
  // Where nothing goes out, nothing is deleted there.
  const deletions =
    opened.rules.direction === "in" ? 0 : await pendingRemoteDeletions(tx, connectionId, approved);
  if (deletions === 0) {
    await releasePlan(tx, connectionId, "remote");
    return { hold: false, approved };
  }
  const recent = await recentDeletions(tx, connectionId, "remote");
  const links = await countLinks(tx, connectionId);
  const hold =
    brake({ deletions, recent, links, limit: opened.brake, emptySnapshot: false }) === "hold";
  if (hold) {
    const reason = `Our side has deleted ${deletions} events within 24 hours, more than usual.`;
    await holdDeletions(tx, attempt, { side: "remote", items: deletions, reason });
  }
  return { hold, approved };
}

interface Known {
  events: Map<string, StoredEvent>;
  links: Map<string, Link>;
  intents: Map<string, Intent>;
  /** Read by themselves since the last pull. */
  looked: Set<string>;
}

async function load(tx: Tx, attempt: Attempt, due: readonly DueWrite[]): Promise<Known> {
  const ids = due.map((write) => write.eventId);
  const events = await lockEvents(tx, ids);
  const masters = [...events.values()].flatMap((event) => event.item.master ?? []);
  const found = await lockLinksOfEvents(tx, attempt.connectionId, [
    ...new Set([...ids, ...masters]),
  ]);
  const linkIds = found.map((link) => link.id);
  return {
    events,
    looked: await lookedAt(tx, linkIds),
    links: new Map(found.flatMap((link) => (link.eventId ? [[link.eventId, link] as const] : []))),
    intents: await readOpenIntents(tx, linkIds),
  };
}

interface Plan {
  sends: Send[];
  links: Link[];
  decided: { linkId: string; waiting: string[] }[];
  done: { eventId: string; version: number }[];
  failed: { eventId: string; version: number; error: string }[];
  /** Not to be sent yet, and why. */
  deferred: { eventId: string; reason: string }[];
}

/**
 * A series is deleted with its exceptions, and what made it newer when it was looked at may be an edit
 * of one of them that no pull has shown yet: its deletion waits for the next session, which pulls first.
 */
function takesUnseenAlong(known: Known, link: Link, event: StoredEvent): boolean {
  return event.item.fields.recurrence.length > 0 && known.looked.has(link.id);
}

function planWrite(attempt: Attempt, known: Known, plan: Plan, write: DueWrite): void {
  const event = known.events.get(write.eventId);
  if (!event) return;
  const complete = () => plan.done.push({ eventId: event.id, version: event.version });
  const local = localFields(event);
  const link = linkFor(known, event, local !== null);
  const { attempts } = write;
  if (link.state === "set-aside")
    return void plan.failed.push({
      eventId: event.id,
      version: event.version,
      error: `set aside: ${link.reason ?? "unreadable"}`,
    });
  const intent = known.intents.get(link.id);
  if (intent)
    return void plan.sends.push({
      kind: "verify",
      link,
      event,
      attempts,
      intent,
      item: itemOf(intent.sent, link, event, known),
    });
  if (link.deletionSeen)
    return void plan.deferred.push({
      eventId: event.id,
      reason: "its deletion at the provider is not settled yet",
    });

  const master = event.item.master ? known.links.get(event.item.master) : null;
  const seriesIsGone = master !== null && (!master || master.state === "tombstone");
  if (local === null && (link.remoteId === null || link.state === "tombstone" || seriesIsGone)) {
    if (link.revision > 0 && link.state !== "tombstone") plan.links.push(tombstone(link));
    return void complete();
  }
  if (local === null && goesWithItsSeries(plan, event)) return;
  if (master !== null && (!master?.remoteId || master.deletionSeen))
    return void plan.deferred.push({ eventId: event.id, reason: "waits for its series" });

  const { rules } = attempt.opened;
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
  plan.decided.push({ linkId: link.id, waiting: waitingFields(decision.conflicts) });
  if (decision.action === "delete remote" && takesUnseenAlong(known, link, event))
    return void plan.deferred.push({
      eventId: event.id,
      reason: "waits for the next pull: its series has changed at the provider",
    });
  if (decision.action === "delete remote" || decision.remote.length > 0) {
    if (master?.remoteId && link.remoteId === null) {
      plan.links.push(link);
      return void plan.sends.push({
        kind: "locate",
        link,
        event,
        attempts,
        masterRemoteId: master.remoteId,
      });
    }
    plan.sends.push({
      ...prepare(attempt, known, link, event, local, decision),
      ...(write.approved && { rule: "delete remote (approved)" }),
      link,
      event,
      attempts,
    });
    plan.links.push(link);
    return;
  }
  // What our side is to take over, the next pull brings: until then nobody has agreed to it.
  const base = Object.keys(decision.local).length > 0 ? link.base : decision.base;
  if (link.revision > 0) plan.links.push({ ...link, base });
  complete();
}

/**
 * Whether this very plan deletes the event's series: that one call takes the event along, and the next
 * plan finds it gone. Where the series waits instead, so does what belongs to it.
 */
function goesWithItsSeries(plan: Plan, event: StoredEvent): boolean {
  const { master } = event.item;
  const waits = plan.deferred.find(({ eventId }) => eventId === master);
  if (waits) plan.deferred.push({ eventId: event.id, reason: waits.reason });
  return (
    waits !== undefined ||
    plan.sends.some(
      (send) => send.kind === "send" && send.intent.kind === "delete" && send.event.id === master,
    )
  );
}

/** An event that lives again after both sides had deleted it begins a new life at the provider too. */
function linkFor(known: Known, event: StoredEvent, living: boolean): Link {
  const link = known.links.get(event.id) ?? { ...newLink(randomUUID(), null), eventId: event.id };
  return living && link.state === "tombstone" ? nextGeneration(link) : link;
}

function prepare(
  attempt: Attempt,
  known: Known,
  link: Link,
  event: StoredEvent,
  local: EventFields | null,
  decision: ReturnType<typeof decide>,
): { kind: "send"; intent: Intent; item: EventItem; rule: string } {
  const { rules } = attempt.opened;
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
  return {
    kind: "send",
    intent,
    item: itemOf(sent, link, event, known),
    rule: ruleOf(decision, rules),
  };
}

/** The item in the provider's terms: its master is named by the master's remote id. */
function itemOf(fields: EventFields, link: Link, event: StoredEvent, known: Known): EventItem {
  const master =
    link.masterRemoteId ?? (event.item.master && known.links.get(event.item.master)?.remoteId);
  const originalStart = link.originalStart ?? event.item.originalStart;
  return { fields, ...(master && originalStart && { master, originalStart }) };
}

async function store(tx: Tx, attempt: Attempt, plan: Plan): Promise<void> {
  const { connectionId } = attempt;
  // A link is stored before its first call: its id is the creation key.
  await saveLinks(tx, attempt, plan.links);
  await settleConflicts(tx, plan.decided);
  const intents = plan.sends.flatMap((send) => (send.kind === "send" ? [send.intent] : []));
  await openIntents(tx, attempt, intents);
  await completeWrites(tx, connectionId, plan.done);
  for (const { error, eventId, version } of plan.failed)
    await failWrite(tx, connectionId, { eventId, version }, error);
  await deferWrites(tx, connectionId, plan.deferred, deferral);
  if (intents.length > 0)
    await addLog(tx, attempt, "info", "about to send", { writes: intents.length });
  for (const send of plan.sends)
    if (plan.links.includes(send.link))
      send.link = { ...send.link, revision: send.link.revision + 1 };
}
