import { sql } from "drizzle-orm";
import type { KnownRecord } from "../sync/record.ts";
import { rows, type Tx } from "./client.ts";
import { type KeyRing, type Place, seal, unseal } from "./secrets.ts";

/** What a reading is compared with. */
export interface Known extends KnownRecord {
  id: string;
  hint: string | null;
  absences: number;
  gone: boolean;
}

/** Whose records, and in which session they are stored. */
export interface OfStream {
  companyId: string;
  connectionId: string;
  sessionId: string;
  stream: string;
}

/** One version as it is stored. */
export interface NewVersion {
  id: string;
  remoteId: string;
  parentId: string | null;
  version: number;
  hash: string;
  hint: string | null;
  /** Milliseconds since the epoch. */
  updatedAt: number | null;
  /** As JSON: the text that its hash was made of is not made twice. */
  content: string;
  sealed: string | null;
}

/** Where the sensitive part of a version is sealed. */
export const versionSecret = (of: { companyId: string; id: string; version: number }): Place => ({
  table: "record_versions",
  column: "sealed",
  companyId: of.companyId,
  rowId: `${of.id}.${of.version}`,
});

const known = sql`id, remote_id as "remoteId", state, version, encode(hash, 'hex') as hash, hint, absences, gone_at is not null as gone`;

/** By remote id; those that were never seen are missing. */
export async function knownRecords(
  tx: Tx,
  of: { connectionId: string; stream: string },
  remoteIds: readonly string[],
): Promise<Map<string, Known>> {
  const found = await rows<Known & { remoteId: string }>(
    tx,
    sql`select ${known} from records where connection_id = ${of.connectionId} and stream = ${of.stream}
          and remote_id = any(${sql.param(remoteIds)}::text[])`,
  );
  return new Map(found.map((row) => [row.remoteId, row]));
}

/** Everything of one stream that belongs to one item, and whatever bears one of these ids. */
export async function knownOfParent(
  tx: Tx,
  of: { connectionId: string; stream: string },
  parentId: string,
  remoteIds: readonly string[],
): Promise<Map<string, Known>> {
  const found = await rows<Known & { remoteId: string }>(
    tx,
    sql`select ${known} from records where connection_id = ${of.connectionId} and stream = ${of.stream}
          and (parent_id = ${parentId} or remote_id = any(${sql.param(remoteIds)}::text[]))`,
  );
  return new Map(found.map((row) => [row.remoteId, row]));
}

/** One JSON text of all, with each content in it as it is. */
function asJson(given: readonly NewVersion[]): string {
  const entries = given.map(({ content, ...rest }) => {
    const opened = JSON.stringify(rest).slice(0, -1);
    return `${opened},"content":${content}}`;
  });
  return `[${entries.join(",")}]`;
}

const versions = (given: readonly NewVersion[]) =>
  sql`jsonb_to_recordset(${asJson(given)}::jsonb) as t(id uuid, "remoteId" text, "parentId" text, version int4, hash text, hint text,
        "updatedAt" float8, content jsonb, sealed text)`;

/** Records that were never seen, each with its first version. */
export async function insertRecords(
  tx: Tx,
  of: OfStream,
  given: readonly NewVersion[],
): Promise<void> {
  if (given.length === 0) return;
  await tx.execute(
    sql`with t as materialized (select * from ${versions(given)}),
        made as (insert into records (id, company_id, connection_id, stream, remote_id, parent_id, state, version, hash, hint, remote_updated_at)
          select id, ${of.companyId}, ${of.connectionId}, ${of.stream}, "remoteId", "parentId", 'live', version, decode(hash, 'hex'), hint,
            to_timestamp("updatedAt" / 1000) from t)
        insert into record_versions (record_id, version, company_id, connection_id, session_id, content, sealed, hash, first_seen_at)
        select id, version, ${of.companyId}, ${of.connectionId}, ${of.sessionId}, content, sealed, decode(hash, 'hex'), now() from t`,
  );
}

/** The next version of records that are there; the one before was last seen in the pass before. */
export async function updateRecords(
  tx: Tx,
  of: OfStream,
  given: readonly NewVersion[],
): Promise<void> {
  if (given.length === 0) return;
  await tx.execute(
    sql`with t as materialized (select * from ${versions(given)}),
        closed as (update record_versions v set last_seen_at = greatest(v.first_seen_at, (
            select passed_at from cursors where connection_id = ${of.connectionId} and stream = ${of.stream}))
          from t where v.record_id = t.id and v.version = t.version - 1),
        moved as (update records r set state = 'live', version = t.version, hash = decode(t.hash, 'hex'), hint = coalesce(t.hint, r.hint),
            parent_id = t."parentId", remote_updated_at = to_timestamp(t."updatedAt" / 1000), absences = 0, gone_at = null, reason = null, changed_at = now()
          from t where r.id = t.id)
        insert into record_versions (record_id, version, company_id, connection_id, session_id, content, sealed, hash, first_seen_at)
        select id, version, ${of.companyId}, ${of.connectionId}, ${of.sessionId}, content, sealed, decode(hash, 'hex'), now() from t`,
  );
}

/** Seen alive and unchanged, where something had been held against it. */
export async function noteAlive(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.execute(
    sql`update records set state = 'live', absences = 0, gone_at = null, reason = null where id = any(${sql.param(ids)}::uuid[])`,
  );
}

export async function noteHints(
  tx: Tx,
  hints: readonly { id: string; hint: string }[],
): Promise<void> {
  if (hints.length === 0) return;
  await tx.execute(
    sql`update records r set hint = t.hint from jsonb_to_recordset(${JSON.stringify(hints)}::jsonb) as t(id uuid, hint text) where r.id = t.id`,
  );
}

/** The provider has deleted them; applied when the streams have been read. */
export async function markGone(
  tx: Tx,
  of: { connectionId: string; stream: string },
  remoteIds: readonly string[],
): Promise<void> {
  if (remoteIds.length === 0) return;
  await tx.execute(
    sql`update records set gone_at = coalesce(gone_at, clock_timestamp()) where connection_id = ${of.connectionId} and stream = ${of.stream}
          and remote_id = any(${sql.param(remoteIds)}::text[]) and state <> 'deleted'`,
  );
}

/** How often in a row an answer with nothing at all has to come before it is believed. */
const emptyAnswers = 3;

/** One more answer with nothing where there had been something. Answers whether it still is in doubt. */
export async function noteAbsent(
  tx: Tx,
  of: { connectionId: string; stream: string },
  remoteIds: readonly string[],
): Promise<boolean> {
  const counted = await rows<{ gone: boolean }>(
    tx,
    sql`update records set absences = absences + 1,
          gone_at = case when absences + 1 >= ${emptyAnswers} then coalesce(gone_at, clock_timestamp()) else gone_at end
        where connection_id = ${of.connectionId} and stream = ${of.stream} and remote_id = any(${sql.param(remoteIds)}::text[])
        returning gone_at is not null as gone`,
  );
  return counted.some(({ gone }) => !gone);
}

/** Items that cannot be understood or kept: what was known of them stays. */
export async function setRecordsAside(
  tx: Tx,
  of: OfStream,
  aside: readonly { remoteId: string; reason: string }[],
): Promise<void> {
  if (aside.length === 0) return;
  await tx.execute(
    sql`insert into records as r (company_id, connection_id, stream, remote_id, state, version, reason)
        select ${of.companyId}, ${of.connectionId}, ${of.stream}, "remoteId", 'set-aside', 0, reason
        from jsonb_to_recordset(${JSON.stringify(aside)}::jsonb) as t("remoteId" text, reason text)
        on conflict (connection_id, stream, remote_id) do update set state = 'set-aside', reason = excluded.reason
        where r.state <> 'deleted' and r.reason is distinct from excluded.reason`,
  );
}

/** The key of a connection's hashes; the first who asks makes it. */
export async function claimHashKey(
  tx: Tx,
  ring: KeyRing,
  of: { companyId: string; connectionId: string },
  fresh: () => Buffer,
): Promise<Buffer> {
  const place = hashKeyPlace(of);
  const kept = async () =>
    (
      await rows<{ key: string | null }>(
        tx,
        sql`select hash_key as key from connections where id = ${of.connectionId}`,
      )
    )[0]?.key ?? null;
  let key = await kept();
  if (key === null) {
    await tx.execute(
      sql`update connections set hash_key = ${seal(ring, place, fresh().toString("base64"))} where id = ${of.connectionId} and hash_key is null`,
    );
    key = await kept();
  }
  return Buffer.from(unseal(ring, place, key ?? ""), "base64");
}

export const hashKeyPlace = (of: { companyId: string; connectionId: string }): Place => ({
  table: "connections",
  column: "hash_key",
  companyId: of.companyId,
  rowId: of.connectionId,
});
