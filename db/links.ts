import { sql } from "drizzle-orm";
import type { Base } from "../sync/decide.ts";
import type { EventFields, EventTime } from "../sync/event.ts";
import { rows, type Tx } from "./client.ts";

/** One item on one connection; see `schema/sync.ts` for what the states mean. */
export interface Link {
  id: string;
  eventId: string | null;
  state: "live" | "waiting" | "set-aside" | "kept-out" | "tombstone";
  reason: string | null;
  remoteId: string | null;
  remoteVersion: string | null;
  remote: EventFields | null;
  /** The provider's own clock, in ms. */
  remoteUpdatedAt: number | null;
  remoteMark: string | null;
  masterRemoteId: string | null;
  originalStart: EventTime | null;
  deletionSeen: boolean;
  base: Base | null;
  generation: number;
  /** Rises with every store; zero for a link that is not stored yet. */
  revision: number;
  seenSnapshot: string | null;
}

export function newLink(id: string, remoteId: string | null): Link {
  return {
    id,
    eventId: null,
    state: "live",
    reason: null,
    remoteId,
    remoteVersion: null,
    remote: null,
    remoteUpdatedAt: null,
    remoteMark: null,
    masterRemoteId: null,
    originalStart: null,
    deletionSeen: false,
    base: null,
    generation: 0,
    revision: 0,
    seenSnapshot: null,
  };
}

const selected = sql`select id, event_id as "eventId", state, reason, remote_id as "remoteId", remote_version as "remoteVersion",
  remote, (extract(epoch from remote_updated_at) * 1000)::float8 as "remoteUpdatedAt", remote_mark as "remoteMark",
  master_remote_id as "masterRemoteId", original_start as "originalStart", deletion_seen_at is not null as "deletionSeen",
  case when agreed then jsonb_build_object('local', coalesce(base_local, remote), 'remote', coalesce(base_remote, remote)) end as base,
  generation, revision::float8 as revision, seen_snapshot as "seenSnapshot" from links`;

/** Locks the links that a condition names, in id order. */
export function lockLinks(tx: Tx, where: ReturnType<typeof sql>): Promise<Link[]> {
  return rows<Link>(tx, sql`${selected} where ${where} order by id for update`);
}

/** Locks the links that a page speaks of: by remote id, by our own id, and exceptions that wait for a master in it. */
export function lockLinksOfPage(
  tx: Tx,
  connectionId: string,
  of: { remoteIds: readonly string[]; ids: readonly string[]; masters: readonly string[] },
): Promise<Link[]> {
  return lockLinks(
    tx,
    sql`connection_id = ${connectionId} and (remote_id = any(${sql.param(of.remoteIds)}::text[]) or id = any(${sql.param(of.ids)}::uuid[])
        or (state = 'waiting' and master_remote_id = any(${sql.param(of.masters)}::text[])))`,
  );
}

export async function readLinkOfRemote(
  tx: Tx,
  connectionId: string,
  remoteId: string,
): Promise<Link | null> {
  const where = sql`where connection_id = ${connectionId} and remote_id = ${remoteId}`;
  const [found] = await rows<Link>(tx, sql`${selected} ${where}`);
  return found ?? null;
}

export function lockLinksOfEvents(
  tx: Tx,
  connectionId: string,
  eventIds: readonly string[],
): Promise<Link[]> {
  return lockLinks(
    tx,
    sql`connection_id = ${connectionId} and event_id = any(${sql.param(eventIds)}::uuid[])`,
  );
}

/** The links of a series' exceptions, by the remote id of the series. */
export function lockLinksOfSeries(
  tx: Tx,
  connectionId: string,
  masterRemoteId: string,
): Promise<Link[]> {
  return lockLinks(
    tx,
    sql`connection_id = ${connectionId} and master_remote_id = ${masterRemoteId}`,
  );
}

/** The masters with these remote ids, and the events that they are linked to; `gone` ones are deleted at the provider. */
export async function eventsOfMasters(
  tx: Tx,
  connectionId: string,
  masterRemoteIds: readonly string[],
): Promise<{ remoteId: string; eventId: string; gone: boolean }[]> {
  if (masterRemoteIds.length === 0) return [];
  return rows(
    tx,
    sql`select remote_id as "remoteId", event_id as "eventId", state = 'tombstone' or deletion_seen_at is not null as gone from links
        where connection_id = ${connectionId} and remote_id = any(${sql.param(masterRemoteIds)}::text[]) and event_id is not null`,
  );
}

/** What is known of a remote id without loading it. */
interface KnownVersion {
  id: string;
  version: string | null;
  /** It lives, as far as we know, and is not set aside. */
  settled: boolean;
  aside: boolean;
  /** Its deletion has been seen, and applied or held. */
  gone: boolean;
}

/**
 * What is known of each remote id, so that items that have not moved need not be loaded. Where the remote
 * owns its items, an event is settled only where that side (`owner`) wrote last: edits are put back.
 */
export async function knownVersions(
  tx: Tx,
  connectionId: string,
  remoteIds: readonly string[],
  owner: string | null = null,
): Promise<Map<string, KnownVersion>> {
  const found = await rows<KnownVersion & { remoteId: string }>(
    tx,
    sql`select id, remote_id as "remoteId", remote_version as version, state in ('live', 'kept-out') and deletion_seen_at is null and (${owner}::text is null
            or exists (select from events e where e.id = event_id and (e.last_update_source = ${owner} or e.deleted_at is not null))) as settled,
          state = 'set-aside' as aside, state = 'tombstone' or deletion_seen_at is not null as gone
        from links where connection_id = ${connectionId} and remote_id = any(${sql.param(remoteIds)}::text[])`,
  );
  return new Map(found.map((row) => [row.remoteId, row]));
}

/** Notes that a listing held these items. */
export async function noteSeen(tx: Tx, ids: readonly string[], snapshotId: string): Promise<void> {
  if (ids.length === 0) return;
  await tx.execute(
    sql`update links set seen_snapshot = ${snapshotId}, confirmed_at = now() where id = any(${sql.param(ids)}::uuid[])`,
  );
}

/**
 * Marks what a complete listing did not hold as deleted: only links whose remote was confirmed before
 * the listing's first request, and not written since. Answers how many.
 */
export async function noteAbsent(
  tx: Tx,
  connectionId: string,
  snapshot: { id: string; startedAt: Date },
): Promise<number> {
  const marked = await rows<{ id: string }>(
    tx,
    sql`update links set deletion_seen_at = now() where connection_id = ${connectionId} and state <> 'tombstone'
          and ${isAbsent(snapshot)} returning id`,
  );
  return marked.length;
}

/**
 * Sets aside what a complete listing did not hold, of a provider that also hides what was moved or is
 * no longer shared: nothing is deleted, and it is live again as soon as it is listed. Answers how many.
 */
export async function setAsideAbsent(
  tx: Tx,
  connectionId: string,
  snapshot: { id: string; startedAt: Date },
): Promise<number> {
  const missing = await rows<{ id: string }>(
    tx,
    sql`update links set state = 'set-aside', revision = revision + 1,
          reason = 'the provider lists it no longer: moved, not shared any more, or deleted for good'
        where connection_id = ${connectionId} and state in ('live', 'waiting', 'kept-out') and ${isAbsent(snapshot)} returning id`,
  );
  return missing.length;
}

/** Confirmed before the listing's first request, not written since, and not held by the listing. */
export const isAbsent = (snapshot: { id: string; startedAt: Date }) =>
  sql`remote_id is not null and deletion_seen_at is null and seen_snapshot is distinct from ${snapshot.id}
      and confirmed_at < ${snapshot.startedAt.toISOString()}::timestamptz`;

/**
 * A link as it travels to the database and rests there: without what is null, and with its values only
 * once where remote and base are the same object, as after a first import.
 */
function record(link: Link) {
  const { base } = link;
  const unlessRemote = (side: EventFields | undefined) => (side === link.remote ? undefined : side);
  return {
    id: link.id,
    eventId: link.eventId ?? undefined,
    state: link.state,
    reason: link.reason ?? undefined,
    remoteId: link.remoteId ?? undefined,
    remoteVersion: link.remoteVersion ?? undefined,
    remote: link.remote ?? undefined,
    remoteUpdatedAt: link.remoteUpdatedAt ?? undefined,
    remoteMark: link.remoteMark ?? undefined,
    masterRemoteId: link.masterRemoteId ?? undefined,
    originalStart: link.originalStart ?? undefined,
    deletionSeen: link.deletionSeen,
    agreed: base !== null,
    baseLocal: unlessRemote(base?.local),
    baseRemote: unlessRemote(base?.remote),
    generation: link.generation,
    seenSnapshot: link.seenSnapshot ?? undefined,
  };
}

/** Stores links, new and known, in one statement. */
export async function saveLinks(
  tx: Tx,
  of: { companyId: string; connectionId: string },
  links: readonly Link[],
): Promise<void> {
  if (links.length === 0) return;
  await tx.execute(
    sql`insert into links as l (id, company_id, connection_id, event_id, state, reason, remote_id, remote_version, remote,
          remote_updated_at, remote_mark, master_remote_id, original_start, deletion_seen_at, agreed, base_local, base_remote,
          generation, revision, seen_snapshot, confirmed_at, last_synced_at)
        select id, ${of.companyId}, ${of.connectionId}, "eventId", state, reason, "remoteId", "remoteVersion", remote,
          to_timestamp("remoteUpdatedAt" / 1000), "remoteMark", "masterRemoteId", "originalStart",
          case when "deletionSeen" then now() end, agreed, "baseLocal", "baseRemote", generation, 1, "seenSnapshot", now(), now()
        from jsonb_to_recordset(${JSON.stringify(links.map(record))}::jsonb) as t(id uuid, "eventId" uuid, state text, reason text,
          "remoteId" text, "remoteVersion" text, remote jsonb, "remoteUpdatedAt" float8, "remoteMark" uuid, "masterRemoteId" text,
          "originalStart" jsonb, "deletionSeen" boolean, agreed boolean, "baseLocal" jsonb, "baseRemote" jsonb, generation int, "seenSnapshot" text)
        on conflict (id) do update set event_id = excluded.event_id, state = excluded.state, reason = excluded.reason,
          remote_id = excluded.remote_id, remote_version = excluded.remote_version, remote = excluded.remote,
          remote_updated_at = excluded.remote_updated_at, remote_mark = excluded.remote_mark,
          master_remote_id = excluded.master_remote_id, original_start = excluded.original_start,
          deletion_seen_at = case when excluded.deletion_seen_at is null then null else coalesce(l.deletion_seen_at, now()) end,
          agreed = excluded.agreed, base_local = excluded.base_local, base_remote = excluded.base_remote, generation = excluded.generation,
          revision = l.revision + 1, seen_snapshot = excluded.seen_snapshot, confirmed_at = now(), last_synced_at = now()`,
  );
}

/** Notes that an item was read by itself, outside a pull. */
export async function noteLook(tx: Tx, connectionId: string, remoteId: string): Promise<void> {
  await tx.execute(
    sql`update links set looked_at = clock_timestamp() where connection_id = ${connectionId} and remote_id = ${remoteId}`,
  );
}

/** A pull that began after the looks has shown everything that they may have missed. */
export async function forgetLooks(tx: Tx, connectionId: string, before: Date): Promise<void> {
  await tx.execute(
    sql`update links set looked_at = null where connection_id = ${connectionId} and looked_at < ${before.toISOString()}::timestamptz`,
  );
}

/** Which of these links were looked at since the last complete pull. */
export async function lookedAt(tx: Tx, ids: readonly string[]): Promise<Set<string>> {
  const found = await rows<{ id: string }>(
    tx,
    sql`select id from links where id = any(${sql.param(ids)}::uuid[]) and looked_at is not null`,
  );
  return new Set(found.map(({ id }) => id));
}
