import type { RemoteChange, RemoteLiving } from "../connectors/connector.ts";
import type { Tx } from "../db/client.ts";
import { lockEvents } from "../db/events.ts";
import { exceptionsAt } from "../db/exceptions.ts";
import { earlierMarks, readOpenIntents } from "../db/intents.ts";
import { eventsOfMasters, type Link, lockLinksOfPage } from "../db/links.ts";
import type { EventItem } from "../sync/event.ts";
import type { Opened } from "./open-connection.ts";

export type Living = RemoteLiving<EventItem>;

export interface Reconciling {
  opened: Opened;
  sessionId: string;
  now: number;
  /** The items were asked for by their ids, and not listed. */
  isReadByItself?: boolean;
}

/** A page at work: what it belongs to, and the remote ids in it that have a link. */
export interface PageWork extends Reconciling {
  known: ReadonlyMap<string, unknown>;
  snapshotId: string | null;
}

/** What is known of the items of a page before it speaks. */
export interface Loaded {
  links: Map<string, Link>;
  byRemoteId: Map<string, Link>;
  byEventId: Map<string, Link>;
  waiting: Map<string, Link>;
  events: Awaited<ReturnType<typeof lockEvents>>;
  intents: Awaited<ReturnType<typeof readOpenIntents>>;
  /** Master's remote id → its event. */
  masters: Map<string, string>;
  /** Remote ids of masters that the provider has deleted. */
  goneMasters: Set<string>;
  /** Marks that these items bear, and that later writes of ours have replaced. */
  earlierMarks: Set<string>;
  /** `masterEventId originalStart` → the exception that our side already has there. */
  exceptions: Map<string, string>;
}

/** What is not known is not asked for: on a first import that is nothing at all. */
export async function load(
  tx: Tx,
  { opened, known }: PageWork,
  changes: readonly RemoteChange<EventItem>[],
): Promise<Loaded> {
  const living = changes.filter((change): change is Living => change.state === "living");
  const remoteIds = changes
    .map((change) => change.remoteId)
    .filter((remoteId) => known.has(remoteId));
  const spokenOf = new Set(remoteIds);
  const exceptionsIn = living.filter(({ item }) => item.master);
  const found = await lockLinksOfPage(tx, opened.connectionId, {
    remoteIds,
    ids: living.filter(({ key }) => key).flatMap(({ key }) => linkIdOf(key) ?? []),
    masters: living.filter((change) => !change.item.master).map((change) => change.remoteId),
  });
  const masterIds = [
    ...exceptionsIn.map(({ item }) => item.master ?? ""),
    ...found.flatMap((link) => link.masterRemoteId ?? []),
  ];
  const foundMasters = await eventsOfMasters(tx, opened.connectionId, [...new Set(masterIds)]);
  const masters = new Map(foundMasters.map(({ remoteId, eventId }) => [remoteId, eventId]));
  const exceptions = await exceptionsAt(
    tx,
    opened.connectionId,
    exceptionsIn.flatMap(({ item }) => {
      const masterId = item.master && masters.get(item.master);
      return masterId && item.originalStart
        ? [{ masterId, originalStart: item.originalStart }]
        : [];
    }),
  );
  const links = new Map([...found, ...exceptions.links].map((link) => [link.id, link]));
  const eventIds = [...links.values()].flatMap((link) => link.eventId ?? []);
  const currentMarks = new Map(found.map((link) => [link.remoteId, link.remoteMark]));
  const otherMarks = living.flatMap(({ remoteId, mark }) => {
    const current = currentMarks.get(remoteId);
    return mark && current && mark !== current ? [{ mark, current }] : [];
  });
  return {
    links,
    byRemoteId: new Map(
      [...links.values()].flatMap((link) =>
        link.remoteId ? [[link.remoteId, link] as const] : [],
      ),
    ),
    byEventId: new Map(
      [...links.values()].flatMap((link) => (link.eventId ? [[link.eventId, link] as const] : [])),
    ),
    waiting: new Map(
      found
        .filter((link) => link.state === "waiting" && !spokenOf.has(link.remoteId ?? ""))
        .map((link) => [link.id, link]),
    ),
    events: await lockEvents(tx, [...new Set([...eventIds, ...exceptions.events.values()])]),
    intents: await readOpenIntents(tx, [...links.keys()]),
    earlierMarks: await earlierMarks(tx, otherMarks),
    masters,
    goneMasters: new Set(foundMasters.flatMap(({ remoteId, gone }) => (gone ? [remoteId] : []))),
    exceptions: exceptions.events,
  };
}

/** Creation keys are `<link id>.<generation>`, so that an item found later leads back to its link. */
export function linkIdOf(key: string | undefined): string | null {
  return key && /^[0-9a-f-]{36}\.\d+$/.test(key) ? key.slice(0, 36) : null;
}
