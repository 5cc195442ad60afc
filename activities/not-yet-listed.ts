import type { Page } from "../connectors/connector.ts";
import { freshCreations } from "../db/intents.ts";
import type { EventItem } from "../sync/event.ts";
import type { ActivityDeps } from "./deps.ts";
import type { Attempt } from "./step.ts";

/** How far a provider's lists may lag behind what we have written. */
const listLagMs = 60_000;

/**
 * What we made a moment ago may be missing from a complete list that lags behind: before its absence
 * counts as a deletion it is asked for by name. Answers the links of those not known to be deleted.
 */
export async function notYetListed(
  deps: ActivityDeps,
  attempt: Attempt,
  page: Page<EventItem>,
  signal: AbortSignal,
): Promise<string[]> {
  const { snapshotId, last, changes } = page;
  const { write } = attempt.opened.remote;
  if (!write || !last || snapshotId === undefined) return [];
  const fresh = await deps.db.withCompany(attempt.companyId, (tx) =>
    freshCreations(tx, attempt.connectionId, { snapshotId, withinMs: listLagMs }),
  );
  const listed = new Set(changes.map((change) => change.remoteId));
  const there: string[] = [];
  for (const { id, remoteId } of fresh) {
    if (listed.has(remoteId)) continue;
    const found = await write.read(remoteId, signal);
    // Moved, or no longer shared: where absence means nothing, it is not to be taken for present either.
    if (found.state === "set-aside" && page.absence === "unknown") continue;
    // Without a version it is only not found, which the lag explains as well.
    if (found.state !== "deleted" || found.version === null) there.push(id);
  }
  return there;
}
