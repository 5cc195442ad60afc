import type { Change } from "../db/changes.ts";
import type { Intent } from "../db/intents.ts";
import type { EventFields } from "../sync/event.ts";

/** What a write does to an item, in the words of the trail. */
export const actionOf = {
  create: "created",
  update: "updated",
  delete: "deleted",
  restore: "restored",
} as const;

/**
 * The trail of a write whose answer was lost and which was found to have landed: it belongs to the
 * session that sent it. `before` is what the provider held, as far as it was known.
 */
export function trailOfLanded(intent: Intent, before: EventFields | null): Change {
  const { kind, eventId, eventVersion, sent, sessionId } = intent;
  const fields = intent.fields.map(
    (field) => [field, { before: before?.[field] ?? null, after: sent[field] }] as const,
  );
  return {
    eventId,
    side: "remote",
    action: actionOf[kind],
    fields: kind === "update" ? Object.fromEntries(fields) : {},
    rule: kind === "delete" ? "delete remote" : "write remote",
    version: eventVersion,
    ...(sessionId && { sessionId }),
  };
}
