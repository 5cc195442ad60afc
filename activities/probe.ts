import type { RemoteChange } from "../connectors/connector.ts";
import { readCursor } from "../db/cursors.ts";
import { knownVersions } from "../db/links.ts";
import type { EventItem } from "../sync/event.ts";
import type { ActivityDeps } from "./deps.ts";
import type { Opened } from "./open-connection.ts";

/**
 * Whether the provider lists nothing that we do not know. Stores nothing, so that what is listed here is
 * listed again: a provider with a coarse clock lists the rows of its last minutes at every look.
 */
export async function listsNothing(deps: ActivityDeps, opened: Opened): Promise<boolean> {
  const { remote, connector, companyId, connectionId } = opened;
  for (const stream of connector.streams) {
    const { cursor } = await deps.db.withCompany(companyId, (tx) =>
      readCursor(tx, connectionId, stream),
    );
    if (cursor === null) return false;
    const deadline = AbortSignal.timeout(deps.config.PROVIDER_TIMEOUT_MS);
    for await (const page of remote.pull(stream, cursor, deadline)) {
      // What is read whole is stored, and so is what takes more than one look.
      if (!page.last || page.extent === "snapshot") return false;
      if (!(await areKnown(deps, opened, page.changes))) return false;
    }
  }
  return true;
}

async function areKnown(
  deps: ActivityDeps,
  { companyId, connectionId }: Opened,
  changes: readonly RemoteChange<EventItem>[],
): Promise<boolean> {
  if (changes.length === 0) return true;
  const ids = changes.map(({ remoteId }) => remoteId);
  const known = await deps.db.withCompany(companyId, (tx) => knownVersions(tx, connectionId, ids));
  return changes.every((change) => isKnown(change, known.get(change.remoteId)));
}

type Known = Awaited<ReturnType<typeof knownVersions>> extends Map<string, infer One> ? One : never;

function isKnown({ state, version }: RemoteChange<EventItem>, known: Known | undefined): boolean {
  if (state === "deleted") return known === undefined || known.gone;
  const isSame = version !== null && version === known?.version;
  return isSame && (state === "living" ? known.settled : known.aside);
}
