import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";
import type { Place } from "./secrets.ts";

export interface Channel {
  id: string;
  companyId: string;
  connectionId: string;
  resourceId: string | null;
  secretHash: Buffer;
  state: "opening" | "open" | "superseded" | "closed" | "failed";
  expiresAt: Date | null;
  supersededAt: Date | null;
}

/** Finds a channel by the id that a notification names, across companies. */
export async function findChannel(tx: Tx, id: string): Promise<Channel | null> {
  const [found] = await rows<
    Omit<Channel, "expiresAt" | "supersededAt"> & {
      expiresAt: string | null;
      supersededAt: string | null;
    }
  >(
    tx,
    sql`select id, company_id as "companyId", connection_id as "connectionId", resource_id as "resourceId", secret_hash as "secretHash",
          state, expires_at::text as "expiresAt", superseded_at::text as "supersededAt" from find_channel(${id})`,
  );
  if (!found) return null;
  const date = (text: string | null) => (text === null ? null : new Date(text));
  return { ...found, expiresAt: date(found.expiresAt), supersededAt: date(found.supersededAt) };
}

/**
 * Notes that a channel has spoken; answers false for a number that it has said already, and where its
 * connection is disconnected and only the provider does not know it yet.
 */
export async function noteMessage(
  tx: Tx,
  id: string,
  messageNumber: number | null,
): Promise<boolean> {
  const noted = await rows(
    tx,
    sql`update channels set last_message_at = now(), last_message_number = greatest(last_message_number, ${messageNumber})
        where id = ${id} and (${messageNumber}::bigint is null or last_message_number is null or last_message_number < ${messageNumber})
          and exists (select from connections c where c.id = connection_id and c.disconnected_at is null) returning 1`,
  );
  return noted.length === 1;
}

export async function hasOpenChannel(tx: Tx, connectionId: string, forMs = 0): Promise<boolean> {
  const found = await rows(
    tx,
    sql`select 1 from channels where connection_id = ${connectionId} and state = 'open'
          and expires_at > now() + make_interval(secs => ${forMs / 1000}) limit 1`,
  );
  return found.length > 0;
}

/** Whether none is open for so long still, and none was refused so recently that asking again would be a call in vain. */
export async function mayOpenChannel(
  tx: Tx,
  connectionId: string,
  { pauseMs, forMs }: { pauseMs: number; forMs: number },
): Promise<boolean> {
  const found = await rows(
    tx,
    sql`select 1 from channels where connection_id = ${connectionId}
          and (state = 'open' and expires_at > now() + make_interval(secs => ${forMs / 1000})
            or state = 'failed' and created_at > now() - make_interval(secs => ${pauseMs / 1000})) limit 1`,
  );
  return found.length === 0;
}

/** Committed before the provider is asked: its first message may come before its answer. */
export async function addChannel(
  tx: Tx,
  channel: {
    id: string;
    companyId: string;
    connectionId: string;
    secretHash: Buffer;
    /** Sealed (`channelSecret`), where the provider signs with it. */
    secret: string | null;
  },
): Promise<void> {
  await tx.execute(
    sql`insert into channels (id, company_id, connection_id, secret_hash, secret, state)
        values (${channel.id}, ${channel.companyId}, ${channel.connectionId}, ${channel.secretHash}, ${channel.secret}, 'opening')`,
  );
}

/** Where a channel's secret is sealed. */
export const channelSecret = (of: { id: string; companyId: string }): Place => ({
  table: "channels",
  column: "secret",
  companyId: of.companyId,
  rowId: of.id,
});

/** The newest open channel of a connection, to be asked whether it still is. */
export async function openChannelOf(
  tx: Tx,
  connectionId: string,
): Promise<{ id: string; resourceId: string } | null> {
  const [found] = await rows<{ id: string; resourceId: string }>(
    tx,
    sql`select id, resource_id as "resourceId" from channels
        where connection_id = ${connectionId} and state = 'open' and resource_id is not null order by created_at desc limit 1`,
  );
  return found ?? null;
}

/** The provider says that it still sends to it. */
export async function channelLives(tx: Tx, id: string, forMs: number): Promise<void> {
  await tx.execute(
    sql`update channels set expires_at = now() + make_interval(secs => ${forMs / 1000}) where id = ${id} and state = 'open'`,
  );
}

/** The new channel is open: those before it are superseded and heard a little longer. */
export async function channelOpened(
  tx: Tx,
  channel: { id: string; connectionId: string; resourceId: string; expiresAt: Date },
): Promise<void> {
  await tx.execute(
    sql`update channels set state = 'superseded', superseded_at = now()
        where connection_id = ${channel.connectionId} and state in ('open', 'opening') and id <> ${channel.id}`,
  );
  await tx.execute(
    sql`update channels set state = 'open', resource_id = ${channel.resourceId}, expires_at = ${channel.expiresAt.toISOString()}::timestamptz
        where id = ${channel.id}`,
  );
}

export async function endChannel(
  tx: Tx,
  id: string,
  state: "closed" | "failed",
  reason: string,
): Promise<void> {
  await tx.execute(sql`update channels set state = ${state}, reason = ${reason} where id = ${id}`);
}

/** Channels to stop at the provider: superseded ones whose overlap is over, or with `all` every living one. */
export function channelsToStop(
  tx: Tx,
  connectionId: string,
  of: { all: boolean; overlapMs: number },
): Promise<{ id: string; resourceId: string | null }[]> {
  const which = of.all
    ? sql`state in ('opening', 'open', 'superseded')`
    : sql`state = 'superseded' and superseded_at < now() - make_interval(secs => ${of.overlapMs / 1000})`;
  return rows(
    tx,
    sql`select id, resource_id as "resourceId" from channels where connection_id = ${connectionId} and ${which} order by created_at`,
  );
}

export async function setWatchable(
  tx: Tx,
  connectionId: string,
  watchable: boolean,
): Promise<void> {
  await tx.execute(sql`update connections set watchable = ${watchable} where id = ${connectionId}`);
}

export async function channelsToRenew(
  tx: Tx,
  beforeMs: number,
  page: { after: string | null; limit: number },
): Promise<{ companyId: string; connectionId: string }[]> {
  return rows(
    tx,
    sql`select company_id as "companyId", connection_id as "connectionId"
        from find_channels_to_renew(make_interval(secs => ${beforeMs / 1000}), ${page.after}, ${page.limit})`,
  );
}

export async function cleanChannels(tx: Tx): Promise<number> {
  const gone = await rows(
    tx,
    sql`delete from channels where state in ('closed', 'failed') and created_at < now() - interval '7 days'
          or expires_at < now() - interval '1 day' or (state = 'opening' and created_at < now() - interval '1 day') returning 1`,
  );
  return gone.length;
}

export interface ListedChannel {
  id: string;
  state: Channel["state"];
  resourceId: string | null;
  expiresAt: string | null;
  hoursLeft: number | null;
  lastMessageAt: string | null;
  reason: string | null;
}

/** A connection's channels, the newest first. */
export function listChannels(tx: Tx, connectionId: string): Promise<ListedChannel[]> {
  return rows<ListedChannel>(
    tx,
    sql`select id, state, resource_id as "resourceId", to_char(expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "expiresAt",
          (extract(epoch from expires_at - now()) / 3600)::float8 as "hoursLeft",
          to_char(last_message_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "lastMessageAt", reason
        from channels where connection_id = ${connectionId} order by created_at desc`,
  );
}
