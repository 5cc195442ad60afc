import type { RemoteChange, Write, Written } from "../connectors/connector.ts";
import { Forbidden, Gone, KeyTaken, PreconditionFailed, Rejected } from "../connectors/errors.ts";
import { blankCancelled, changedFields, sameValue } from "../sync/change.ts";
import type { EventField, EventFields, EventItem } from "../sync/event.ts";
import type { ActivityDeps } from "./deps.ts";
import { isPoison } from "./reconcile.ts";
import { putBackOccurrence } from "./undo-occurrence.ts";
import type { Undoing } from "./undo-here.ts";
import type { UndoWork } from "./undo-prepare.ts";
import { leaveItem, makeAnew, storeLanded } from "./undo-store.ts";

/** So often an item is looked at and tried again while others write it. */
const mostTries = 3;

/**
 * Does one item at the provider and stores what came of it; each ends done, or left with its reason,
 * except where the outcome is unknown: then the next attempt looks first.
 * @throws what is the session's matter, and what leaves the outcome unknown
 */
export async function sendItem(
  deps: ActivityDeps,
  undoing: Undoing,
  write: Write<EventItem>,
  work: UndoWork,
  signal: AbortSignal,
): Promise<void> {
  deps.crash("intents committed");
  let current = work;
  let look = mustLook(work);
  for (let tries = 0; tries < mostTries; tries += 1) {
    try {
      if (look) {
        const found = await write.read(current.link.remoteId ?? "", signal);
        const verdict = judge(current, found, undoing);
        if (verdict.kind === "landed")
          return await storeLanded(deps, undoing, current, {
            found: verdict.found,
            isAnswer: false,
          });
        if (verdict.kind === "left")
          return await leaveItem(deps, undoing, current, verdict.reason, "not landed");
        const version = found.version ?? current.link.remoteVersion;
        current = { ...current, link: { ...current.link, remoteVersion: version } };
      }
      const found = await call(write, current, undoing.opened.rules.fields, signal);
      deps.crash("write sent");
      await storeLanded(deps, undoing, current, { found, isAnswer: true });
      return deps.crash("answer stored");
    } catch (error) {
      if (error instanceof PreconditionFailed) look = !isOccurrenceBack(current);
      else if (mustBeMadeAnew(current, error)) {
        current = await makeAnew(deps, undoing, current);
        look = false;
      } else return leaveOrThrow(deps, undoing, current, error);
    }
  }
  await leaveItem(deps, undoing, current, "it keeps changing at the provider", "not landed");
}

/** A creation finds by its key what it made before, and an occurrence is looked for anyway. */
function mustLook(work: UndoWork): boolean {
  return work.isOpen && work.intent.kind !== "create" && !isOccurrenceBack(work);
}

function isOccurrenceBack({ intent, event }: UndoWork): boolean {
  return intent.kind === "restore" && event.item.master !== undefined;
}

async function call(
  write: Write<EventItem>,
  work: UndoWork,
  carried: readonly EventField[],
  signal: AbortSignal,
): Promise<Written<EventItem> | null> {
  const { intent, link } = work;
  if (isOccurrenceBack(work)) return putBackOccurrence(write, work, carried, signal);
  const remoteId = link.remoteId ?? "";
  const { masterRemoteId: master, originalStart } = link;
  const item: EventItem = {
    fields: intent.sent,
    ...(master && originalStart && { master, originalStart }),
  };
  switch (intent.kind) {
    case "delete":
      await write.delete(remoteId, link.remoteVersion, signal);
      return null;
    case "update":
      return write.update(remoteId, item, intent.fields, link.remoteVersion, intent.id, signal);
    case "restore":
      if (write.restore) return write.restore(remoteId, intent.id, signal);
      throw new Gone("the provider brings nothing back under its own id");
    case "create":
      return write.create(item, `${link.id}.${intent.generation}`, intent.id, signal);
  }
}

type Verdict =
  | { kind: "landed"; found: Written<EventItem> | null }
  | { kind: "send" }
  | { kind: "left"; reason: string };

/** What a look says of an intent whose outcome is unknown, or that came too late. */
function judge(work: UndoWork, found: RemoteChange<EventItem>, { opened }: Undoing): Verdict {
  const { intent, link, before } = work;
  if (found.state === "set-aside")
    return { kind: "left", reason: "it cannot be read any more at the provider" };
  if (found.state === "deleted") {
    if (intent.kind === "delete") return { kind: "landed", found: null };
    if (intent.kind === "restore") return { kind: "send" };
    return { kind: "left", reason: "it has been deleted since" };
  }
  const fields = blankCancelled(found.item).fields;
  const isLike = (known: EventFields | null) =>
    known !== null && changedFields(known, fields, opened.rules.fields).length === 0;
  if (intent.kind === "restore")
    return isOurs(work, found, fields) || isLike(link.remote)
      ? { kind: "landed", found }
      : { kind: "left", reason: "it lives again" };
  if (intent.kind === "update" && isOurs(work, found, fields)) return { kind: "landed", found };
  return isLike(before) ? { kind: "send" } : { kind: "left", reason: "it has changed since" };
}

function isOurs(
  { intent, before }: UndoWork,
  { mark }: Written<EventItem>,
  fields: EventFields,
): boolean {
  if (mark !== undefined) return mark === intent.id;
  if (intent.kind !== "update") return false;
  const arrived = intent.fields.every((field) => sameValue(fields[field], intent.sent[field]));
  return arrived && intent.fields.some((field) => !sameValue(fields[field], before?.[field]));
}

/** Nothing is left of it under its id, or the id of its new life is taken. */
function mustBeMadeAnew({ intent, event }: UndoWork, error: unknown): boolean {
  if (error instanceof KeyTaken) return intent.kind === "create";
  return error instanceof Gone && intent.kind === "restore" && !event.item.master;
}

async function leaveOrThrow(
  deps: ActivityDeps,
  undoing: Undoing,
  work: UndoWork,
  error: unknown,
): Promise<void> {
  if (error instanceof Gone)
    return leaveItem(deps, undoing, work, "it has been deleted since", "not landed");
  if (error instanceof Rejected || error instanceof Forbidden)
    return leaveItem(deps, undoing, work, error.message, "refused");
  // What our own database refuses leaves the intent's outcome open.
  if (isPoison(error)) return leaveItem(deps, undoing, work, "its answer cannot be stored", null);
  throw error;
}
