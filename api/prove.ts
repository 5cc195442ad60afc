import type { Page, RemoteChange } from "../connectors/connector.ts";
import type { Tx } from "../db/client.ts";
import type { Connection } from "../db/connections.ts";
import { nextPairs, neverQueued, type Pair, pairsOfRemotes, strangeIntents } from "../db/proof.ts";
import { blankCancelled } from "../sync/change.ts";
import type { EventItem } from "../sync/event.ts";
import type { Facts } from "../sync/in-step.ts";
import {
  comparePlaces,
  compareSides,
  compareStranger,
  type Finding,
  type Held,
  type Known,
  type Seen,
} from "../sync/proof.ts";
import { startsIn } from "../sync/time.ts";
import type { Deps } from "./deps.ts";
import { openMetered } from "./remote.ts";

/** What a proof found, and about which item. */
export type Found = Finding & { eventId: string | null; remoteId: string | null };

interface Look {
  deps: Deps;
  connection: Connection;
  remote: ReturnType<typeof openMetered>;
  known: Known;
  signal: AbortSignal;
}

/**
 * Provider ids of what the listing held, and no more: a proof of 50,000 items must stay small. With a
 * window, it says nothing of what starts outside of it.
 */
type Listed = Set<string> & { window?: NonNullable<Page<EventItem>["window"]> };

const batch = 1_000;
/** So many of those that look broken are looked at again by themselves. */
const lookedAgain = 50;
const lagMs = 120_000;

/**
 * Compares every link with a fresh and complete listing of the provider, and every intent with its
 * effects. Stores nothing; what looks broken is looked at once more, for sessions go on meanwhile.
 */
export async function prove(
  deps: Deps,
  connection: Connection,
  signal: AbortSignal,
): Promise<{ found: Found[]; links: number; items: number }> {
  const remote = openMetered(deps, connection);
  const fields = remote.fields ?? deps.registry.calendar(connection.provider).fields;
  const lastPassAt = connection.lastCompletePassAt?.getTime() ?? null;
  const direction = remote.write ? connection.direction : "in";
  const known = { fields, direction, lastPassAt, lagMs };
  const look: Look = { deps, connection, remote, known, signal };
  const listed: Listed = new Set();
  const listing = await compareListing(look, listed);
  const linked = await compareLinks(look, listed);
  const found = [...listing, ...linked.found, ...(await compareRows(look))];
  return { found: await lookAgain(look, found), links: linked.count, items: listed.size };
}

function read<T>({ deps, connection }: Look, work: (tx: Tx) => Promise<T>): Promise<T> {
  return deps.database.withCompany(connection.companyId, work);
}

async function compareListing(look: Look, listed: Listed): Promise<Found[]> {
  const found: Found[] = [];
  const { connection, remote, signal, deps } = look;
  const keys = new Set<string>();
  for (const stream of deps.registry.calendar(connection.provider).streams) {
    for await (const page of remote.pull(stream, null, signal)) {
      if (page.window) listed.window = page.window;
      const ids = page.changes.map(({ remoteId }) => remoteId);
      const pairs = await read(look, (tx) => pairsOfRemotes(tx, connection.id, ids));
      for (const change of page.changes) {
        if (change.state === "deleted") continue;
        if (listed.has(change.remoteId)) continue;
        listed.add(change.remoteId);
        found.push(
          ...compareItem(look, change, pairs.get(change.remoteId)),
          ...doubled(keys, change),
        );
      }
    }
  }
  return found;
}

/** Two items that bear one key of ours have been made for one event. */
function doubled(keys: Set<string>, change: RemoteChange<EventItem>): Found[] {
  if (change.state !== "living" || change.key === undefined) return [];
  const { key, remoteId } = change;
  if (!keys.has(key)) {
    keys.add(key);
    return [];
  }
  const words = "bears the key of another item: one event is there twice";
  return [{ kind: "doubled", weight: "broken", words, eventId: null, remoteId }];
}

function compareItem(
  { known, connection }: Look,
  change: RemoteChange<EventItem>,
  pair: Pair | undefined,
): Found[] {
  if (change.state === "set-aside") return [];
  const seen: Seen = {
    fresh: change.state === "living" ? blankCancelled(change.item).fields : null,
    version: change.version,
    updatedAt: change.updatedAt === null ? null : change.updatedAt - connection.clockOffset,
  };
  // What a series has cancelled before anybody was here is nobody's item.
  const isNobodys = seen.fresh?.status === "cancelled";
  const told = pair
    ? comparePlaces(held(pair), seen, known)
    : isNobodys
      ? null
      : compareStranger(seen, known);
  return told ? [{ ...told, eventId: pair?.eventId ?? null, remoteId: change.remoteId }] : [];
}

const held = ({ state, remote, remoteVersion, deletionSeen }: Pair): Held => ({
  state,
  remote,
  remoteVersion,
  deletionSeen,
});

async function compareLinks(
  look: Look,
  listed: Listed,
): Promise<{ found: Found[]; count: number }> {
  const found: Found[] = [];
  let count = 0;
  for (let after: string | null = null; ;) {
    const from: string | null = after;
    const pairs: Pair[] = await read(look, (tx) =>
      nextPairs(tx, look.connection.id, { after: from, limit: batch }),
    );
    count += pairs.length;
    for (const pair of pairs) found.push(...compareLink(look, pair, listed));
    if (pairs.length < batch) return { found, count };
    after = pairs.at(-1)?.linkId ?? null;
  }
}

function compareLink(look: Look, pair: Pair, listed: Listed): Found[] {
  const about = { eventId: pair.eventId, remoteId: pair.remoteId };
  const isMissing =
    pair.remoteId !== null &&
    !listed.has(pair.remoteId) &&
    (!listed.window || !pair.remote || startsIn(pair.remote.start, listed.window));
  const nothing = { fresh: null, version: null, updatedAt: null };
  const place = isMissing ? comparePlaces(held(pair), nothing, look.known) : null;
  const sides = pair.eventId === null ? null : compareSides(factsOf(look, pair));
  return [place, sides].flatMap((told) => (told ? [{ ...told, ...about }] : []));
}

function factsOf({ connection, remote, known }: Look, pair: Pair): Facts {
  const { write } = remote;
  return {
    ...pair,
    direction: known.direction,
    enabled: connection.enabled,
    pausedReason: connection.pausedReason,
    grantState: connection.grantState,
    hasCalendar: true,
    waitUntil: null,
    lastError: connection.lastError,
    preview: false,
    local: pair.item && blankCancelled(pair.item).fields,
    link: pair.state,
    linkReason: pair.reason,
    heldLocal: pair.deletionSeen,
    heldRemote: false,
    fields: known.fields,
    normalise: (local) => write?.normalise({ fields: local }).fields ?? local,
  };
}

async function compareRows(look: Look): Promise<Found[]> {
  const { strange, unsent } = await read(look, async (tx) => ({
    strange: await strangeIntents(tx, look.connection.id),
    unsent: look.known.direction === "in" ? [] : await neverQueued(tx, look.connection.id),
  }));
  return [
    ...strange.map(({ kind, eventId, words }) => {
      const weight = kind === "open intent" ? ("waiting" as const) : ("broken" as const);
      return { kind, weight, words, eventId, remoteId: null };
    }),
    ...unsent.map(({ eventId }) => ({
      kind: "not queued",
      weight: "broken" as const,
      words: "lives here, has no link, and is not queued for the provider",
      eventId,
      remoteId: null,
    })),
  ];
}

/** What may be over by the time it is found. */
const passing: ReadonlySet<string> = new Set(["missed", "differs"]);

/** A session may have been under way between the listing and the rows. */
async function lookAgain(look: Look, found: readonly Found[]): Promise<Found[]> {
  const kept: Found[] = [];
  let left = lookedAgain;
  for (const one of found) {
    const { kind, remoteId } = one;
    if (remoteId !== null && passing.has(kind) && look.remote.write && left-- > 0)
      kept.push(...(await lookAt(look, remoteId)));
    else kept.push(one);
  }
  return kept;
}

async function lookAt(look: Look, remoteId: string): Promise<Found[]> {
  const change = await look.remote.write?.read(remoteId, look.signal);
  const pairs = await read(look, (tx) => pairsOfRemotes(tx, look.connection.id, [remoteId]));
  const pair = pairs.get(remoteId);
  const listed: Listed = new Set(change?.state === "deleted" ? [] : [remoteId]);
  return [
    ...(change && change.state !== "deleted" ? compareItem(look, change, pair) : []),
    ...(pair ? compareLink(look, pair, listed) : []),
  ];
}
