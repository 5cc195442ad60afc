import type { RemoteChange, Write } from "../connectors/connector.ts";
import { type Link, saveLinks } from "../db/links.ts";
import { leaveItems } from "../db/plan-items.ts";
import { blankCancelled, changedFields } from "../sync/change.ts";
import { eventFields, type EventItem } from "../sync/event.ts";
import { again, close, type Failed, store } from "./push-failed.ts";
import type { Sent } from "./push-look.ts";

/**
 * What a plan would write is no longer at the version that it saw. Where only the version has moved, as
 * an exception's does with its series, it is sent again; what has changed is left to the next session,
 * since the plan has shown nothing of it.
 */
export async function recoverPlanned(
  failed: Failed,
  write: Write<EventItem>,
  remoteId: string,
  signal: AbortSignal,
): Promise<Sent> {
  const { attempt, work } = failed;
  const found = await write.read(remoteId, signal);
  const newer = work.kind === "locate" ? null : sameButNewer(work.link, found);
  await store(failed, async (tx) => {
    await close(tx, work, "not landed");
    if (newer) {
      await saveLinks(tx, attempt, [newer]);
      await again(failed, tx, "its version has moved at the provider", 0);
    } else {
      const reason = "it has changed or gone at the provider since";
      await leaveItems(tx, attempt.carriesOut ?? "", [{ eventId: work.event.id, reason }]);
    }
  });
  return "looked";
}

function sameButNewer(link: Link, found: RemoteChange<EventItem>): Link | null {
  if (found.state !== "living" || link.remote === null) return null;
  const there = blankCancelled(found.item).fields;
  if (changedFields(link.remote, there, eventFields).length > 0) return null;
  return { ...link, remoteVersion: found.version, remoteUpdatedAt: found.updatedAt };
}
