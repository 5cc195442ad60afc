import type { RemoteChange, RemoteLiving, Write } from "../connectors/connector.ts";
import type { Tx } from "../db/client.ts";
import { type Link, readLinkOfRemote } from "../db/links.ts";
import { pick } from "../sync/change.ts";
import type { EventItem } from "../sync/event.ts";
import { occurrenceOf } from "../sync/recurrence.ts";

/** What an item would be called that no provider has made. */
const unmade = "not made: ";

export const isUnmade = (remoteId: string): boolean => remoteId.startsWith(unmade);

/**
 * A provider that is not there: it takes whatever is sent and answers as the real one is expected to,
 * from what it was last seen to hold. A rehearsal writes to it, so that everything which follows a write
 * happens as it would.
 */
export function pretend(tx: Tx, connectionId: string, real: Write<EventItem>): Write<EventItem> {
  const read = async (remoteId: string): Promise<RemoteChange<EventItem>> => {
    const link = await readLinkOfRemote(tx, connectionId, remoteId);
    return (link && living(link)) ?? { ...unknown, state: "deleted", remoteId };
  };
  const { occurrence } = real;
  return {
    timeResolutionMs: real.timeResolutionMs,
    normalise: (item) => real.normalise(item),
    create: async (item, key, mark) => ({
      ...unknown,
      state: "living",
      remoteId: `${unmade}${key}`,
      item: real.normalise(item),
      key,
      mark,
    }),
    update: async (remoteId, item, fields, _version, mark) => {
      const there = await read(remoteId);
      const held = there.state === "living" ? there.item : item;
      const changed = { ...held.fields, ...pick(item.fields, fields) };
      return { ...unknown, state: "living", remoteId, item: { ...held, fields: changed }, mark };
    },
    delete: async () => undefined,
    read,
    ...(occurrence && {
      occurrence: async (master, originalStart) => {
        const series = await read(master);
        if (series.state !== "living") return null;
        const fields = occurrenceOf(series.item.fields, originalStart);
        const remoteId = `${unmade}${master} ${JSON.stringify(originalStart)}`;
        return { ...unknown, state: "living", remoteId, item: { fields, master, originalStart } };
      },
    }),
  };
}

/** What only the provider itself could say. */
const unknown = { version: null, updatedAt: null };

function living(link: Link): RemoteLiving<EventItem> | null {
  const { remote, remoteId, masterRemoteId: master, originalStart } = link;
  if (!remote || !remoteId || link.deletionSeen) return null;
  const item = { fields: remote, ...(master && originalStart && { master, originalStart }) };
  return { ...unknown, version: link.remoteVersion, state: "living", remoteId, item };
}
