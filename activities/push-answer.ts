import type { Written } from "../connectors/connector.ts";
import { requireCurrent } from "../db/attempts.ts";
import { addChanges, type Change } from "../db/changes.ts";
import { closeIntents } from "../db/intents.ts";
import { type Link, saveLinks } from "../db/links.ts";
import { databaseNow } from "../db/clock.ts";
import { addCounts, noCounts } from "../db/progress.ts";
import { completeWrites, releaseExceptions } from "../db/writes.ts";
import { blankCancelled, sameValue } from "../sync/change.ts";
import { eventFields, type EventItem } from "../sync/event.ts";
import { acknowledge } from "../sync/settle.ts";
import { tombstone } from "./deletions.ts";
import type { ActivityDeps } from "./deps.ts";
import type { Send } from "./push-decide.ts";
import type { Attempt } from "./step.ts";

export async function storeAnswer(
  deps: ActivityDeps,
  attempt: Attempt,
  work: Extract<Send, { kind: "send" }>,
  answer: Written<EventItem>,
): Promise<void> {
  const { link, intent, event } = work;
  const now = seen(link, answer);
  const base = acknowledge(intent, blankCancelled(answer.item).fields, link.base);
  // Fields that did not travel and still differ were changed by somebody else: their echo must be read.
  const others = eventFields.some(
    (field) =>
      !intent.fields.includes(field) &&
      link.remote &&
      !sameValue(now.remote?.[field], link.remote[field]),
  );
  const remote = { ...noCounts(), [intent.kind === "create" ? "created" : "updated"]: 1 };
  await deps.db.withCompany(attempt.companyId, async (tx) => {
    await requireCurrent(tx, attempt.connectionId, attempt.epoch);
    await saveLinks(tx, attempt, [
      {
        ...now,
        base,
        ...(others && { remoteVersion: null, remoteUpdatedAt: link.remoteUpdatedAt }),
      },
    ]);
    await closeIntents(tx, [{ id: intent.id, outcome: "landed" }]);
    await addChanges(tx, attempt, [trail(work, now)]);
    await completeWrites(tx, attempt.connectionId, [
      { eventId: event.id, version: intent.eventVersion },
    ]);
    if (intent.kind === "create" && intent.sent.recurrence.length > 0)
      await releaseExceptions(tx, attempt, event.id);
    await addCounts(tx, attempt.sessionId, { remote });
  });
}

export async function storeDeletion(
  deps: ActivityDeps,
  attempt: Attempt,
  work: Extract<Send, { kind: "send" }>,
): Promise<void> {
  const { link, intent, event } = work;
  await deps.db.withCompany(attempt.companyId, async (tx) => {
    await requireCurrent(tx, attempt.connectionId, attempt.epoch);
    const now = (await databaseNow(tx)).getTime();
    await saveLinks(tx, attempt, [
      { ...tombstone(link), remoteUpdatedAt: now + attempt.opened.clockOffset },
    ]);
    await closeIntents(tx, [{ id: intent.id, outcome: "landed" }]);
    await addChanges(tx, attempt, [trail(work, work.link)]);
    await completeWrites(tx, attempt.connectionId, [
      { eventId: event.id, version: intent.eventVersion },
    ]);
    await addCounts(tx, attempt.sessionId, { remote: { ...noCounts(), deleted: 1 } });
  });
}

function seen(link: Link, answer: Written<EventItem>): Link {
  return {
    ...link,
    state: "live",
    reason: null,
    remoteId: answer.remoteId,
    remoteVersion: answer.version,
    remote: blankCancelled(answer.item).fields,
    remoteUpdatedAt: answer.updatedAt,
    remoteMark: answer.mark ?? null,
    masterRemoteId: answer.item.master ?? null,
    originalStart: answer.item.originalStart ?? null,
  };
}

/** What became of it there: the values are the provider's own, also where it holds less than it was sent. */
function trail({ link, intent, event, rule }: Extract<Send, { kind: "send" }>, now: Link): Change {
  const action =
    intent.kind === "create" ? "created" : intent.kind === "delete" ? "deleted" : "updated";
  const fields = intent.fields.map(
    (field) =>
      [
        field,
        { before: link.remote?.[field] ?? null, after: now.remote?.[field] ?? null },
      ] as const,
  );
  return {
    eventId: event.id,
    side: "remote",
    action,
    fields: action === "updated" ? Object.fromEntries(fields) : {},
    rule,
    version: intent.eventVersion,
  };
}
