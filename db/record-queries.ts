import { sql, type SQL } from "drizzle-orm";
import type { Content } from "../sync/record.ts";
import { rows, type Tx } from "./client.ts";
import { instant } from "./clock.ts";

/** By provider, of each stream the one that its items belong to an item of. */
export type Parents = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface RecordFilter {
  connectionId: string;
  stream: string;
  state: "live" | "deleted" | "set-aside" | "any";
  parentId?: string | undefined;
  remoteId?: string | undefined;
  /** Each has to stand somewhere in the content, in any case. */
  words: readonly string[];
  fields: readonly { name: string; value: string }[];
  changedFrom?: Date | undefined;
  changedTo?: Date | undefined;
  /** As it was known then; without, as it is known now. */
  asOf?: Date | undefined;
}

/** A record with one of its versions. Moments are ISO 8601 in UTC. */
export interface FoundRecord {
  id: string;
  companyId: string;
  connectionId: string;
  provider: string;
  stream: string;
  remoteId: string;
  parentId: string | null;
  state: "live" | "deleted" | "set-aside";
  /** 0 for one that was never understood. */
  version: number;
  content: Content | null;
  sealed: string | null;
  firstSeenAt: string;
  changedAt: string;
  lastSeenAt: string | null;
  reason: string | null;
}

/**
 * Until when a version was the one that was seen. The newest was last seen when its stream, or what it
 * belongs to, was last read whole; of one that could not be understood since, nobody knows.
 */
export const lastSeen = sql`case when v.version < r.version then v.last_seen_at
  when r.state <> 'set-aside' then greatest(v.first_seen_at, coalesce(s.passed_at, p.details_at)) end`;

/** What `lastSeen` looks at, besides the record and its version. */
export const around = (parents: Parents): SQL => sql`
  left join cursors s on s.connection_id = r.connection_id and s.stream = r.stream
  left join records p on p.connection_id = r.connection_id and p.remote_id = r.parent_id
    and p.stream = ${JSON.stringify(parents)}::jsonb -> c.provider ->> r.stream`;

const base = sql`r.id, r.company_id as "companyId", r.connection_id as "connectionId", c.provider, r.stream, r.remote_id as "remoteId",
  r.parent_id as "parentId", v.content, v.sealed, ${instant(sql`r.first_seen_at`)} as "firstSeenAt", ${instant(lastSeen)} as "lastSeenAt"`;
const now = sql`${base}, r.version, r.state, r.reason, ${instant(sql`r.changed_at`)} as "changedAt"`;
const then = sql`${base}, v.version, case when v.content is null then 'deleted' else 'live' end as state, null as reason,
  ${instant(sql`v.first_seen_at`)} as "changedAt"`;

const newest = sql`records r join connections c on c.id = r.connection_id
  left join record_versions v on v.record_id = r.id and v.version = r.version`;
/** Callers know moments to the millisecond: one that was answered must find what it was answered for. */
const known = (at: Date) => sql`records r join connections c on c.id = r.connection_id
  cross join lateral (select * from record_versions x where x.record_id = r.id
    and date_trunc('milliseconds', x.first_seen_at) <= ${at.toISOString()}::timestamptz order by x.version desc limit 1) v`;

/** Records of one stream by their remote id, from after `after`. */
export function listRecords(
  tx: Tx,
  filter: RecordFilter,
  page: { parents: Parents; after: string | undefined; limit: number },
): Promise<FoundRecord[]> {
  const after = page.after === undefined ? sql`` : sql`and r.remote_id > ${page.after}`;
  const from = filter.asOf ? known(filter.asOf) : newest;
  return rows<FoundRecord>(
    tx,
    sql`select ${filter.asOf ? then : now} from ${from} ${around(page.parents)}
        where ${matches(filter)} ${after} order by r.remote_id limit ${page.limit}`,
  );
}

export async function readRecord(
  tx: Tx,
  id: string,
  parents: Parents,
): Promise<FoundRecord | null> {
  const [found] = await rows<FoundRecord>(
    tx,
    sql`select ${now} from ${newest} ${around(parents)} where r.id = ${id}`,
  );
  return found ?? null;
}

/** The names of all top-level fields that the content of these records has, in order. */
export async function contentFields(
  tx: Tx,
  filter: RecordFilter,
  limit: number,
): Promise<string[]> {
  const from = filter.asOf ? known(filter.asOf) : newest;
  const found = await rows<{ name: string }>(
    tx,
    sql`select distinct name from ${from} cross join lateral jsonb_object_keys(v.content) name
        where ${matches(filter)} order by name limit ${limit}`,
  );
  return found.map(({ name }) => name);
}

function matches(filter: RecordFilter): SQL {
  const { asOf, state, parentId, remoteId, changedFrom, changedTo } = filter;
  const changed = asOf ? sql`v.first_seen_at` : sql`r.changed_at`;
  const parts = [
    sql`r.connection_id = ${filter.connectionId} and r.stream = ${filter.stream}`,
    state === "any" ? null : inState(state, asOf !== undefined),
    parentId === undefined ? null : sql`r.parent_id = ${parentId}`,
    remoteId === undefined ? null : sql`r.remote_id = ${remoteId}`,
    changedFrom && sql`${changed} >= ${changedFrom.toISOString()}::timestamptz`,
    changedTo && sql`${changed} < ${changedTo.toISOString()}::timestamptz`,
    ...filter.fields.map(({ name, value }) => sql`v.content ->> ${name}::text = ${value}`),
    ...filter.words.map((word) => sql`${said} like any(${sql.param(patterns(word))}::text[])`),
  ];
  return sql.join(
    parts.filter((part) => part !== null && part !== undefined),
    sql` and `,
  );
}

function inState(state: FoundRecord["state"], wasThen: boolean): SQL {
  if (!wasThen) return sql`r.state = ${state}`;
  return state === "deleted" ? sql`v.content is null` : sql`v.content is not null`;
}

/** All values of a content as one text in small letters, whatever the database's own locale makes of letters. */
const said = sql`(select lower(string_agg(x #>> '{}', E'\\n') collate "und-x-icu")
  from jsonb_path_query(v.content, 'strict $.**') x where jsonb_typeof(x) not in ('object', 'array', 'null'))`;

/** A word with its accents as one character and as two: making one form of every content costs four times the search. */
function patterns(word: string): string[] {
  const forms = new Set([word.normalize("NFC"), word.normalize("NFD")]);
  return [...forms].map((form) => `%${form.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`);
}
