import type { Write, Written } from "../connectors/connector.ts";
import { Rejected } from "../connectors/errors.ts";
import { blankCancelled, changedFields } from "../sync/change.ts";
import type { EventField, EventItem } from "../sync/event.ts";
import type { UndoWork } from "./undo-prepare.ts";

/**
 * Makes an occurrence again what it was, now that its series is there again, under its own id or another.
 * Repeated, it changes nothing more. @throws Rejected where the series has no such occurrence
 */
export async function putBackOccurrence(
  write: Write<EventItem>,
  { link, intent, series, event }: UndoWork,
  carried: readonly EventField[],
  signal: AbortSignal,
): Promise<Written<EventItem>> {
  const originalStart = link.originalStart ?? event.item.originalStart;
  if (!series || !originalStart || !write.occurrence) throw new Rejected("its series is not there");
  const found = await write.occurrence(series, originalStart, signal);
  if (found?.state !== "living") throw new Rejected("its series has no occurrence at that time");
  const fields = changedFields(blankCancelled(found.item).fields, intent.sent, carried);
  if (fields.length === 0) return found;
  const item: EventItem = { fields: intent.sent, master: series, originalStart };
  return write.update(found.remoteId, item, fields, found.version, intent.id, signal);
}
