import { sql } from "drizzle-orm";
import type { Content } from "../sync/record.ts";
import { rows, type Tx } from "./client.ts";
import { instant } from "./clock.ts";

export interface TimelineFilter {
  connectionId?: string | undefined;
  remoteId?: string | undefined;
  kind?: string | undefined;
  /** Days from which it holds, `YYYY-MM-DD`; `to` is not among them. */
  from?: string | undefined;
  to?: string | undefined;
  retroactive?: boolean | undefined;
  learnedFrom?: Date | undefined;
}

export interface FoundEntry {
  companyId: string;
  connectionId: string;
  remoteId: string;
  recordId: string | null;
  seq: number;
  on: string;
  kind: string;
  detail: Content;
  sealed: string | null;
  learnedAt: string;
  retroactive: boolean;
}

export interface TimelinePlace {
  on: string;
  connectionId: string;
  remoteId: string;
  seq: number;
}

/**
 * What has become of items, by the day from which it holds. `of` names by provider the stream whose items
 * have a timeline.
 */
export function listTimeline(
  tx: Tx,
  filter: TimelineFilter,
  page: {
    of: Readonly<Record<string, string>>;
    order: "oldest" | "newest";
    after: TimelinePlace | undefined;
    limit: number;
  },
): Promise<FoundEntry[]> {
  const { after, order } = page;
  const key = sql`(t."on", t.connection_id, t.remote_id, t.seq)`;
  const place =
    after &&
    sql`${key} ${order === "oldest" ? sql`>` : sql`<`} (${after.on}::date, ${after.connectionId}::uuid, ${after.remoteId}, ${after.seq}::int)`;
  const way = order === "oldest" ? sql`asc` : sql`desc`;
  const where = [...conditions(filter), ...(place ? [place] : [])];
  return rows<FoundEntry>(
    tx,
    sql`select t.company_id as "companyId", t.connection_id as "connectionId", t.remote_id as "remoteId", r.id as "recordId", t.seq,
          t."on"::text as "on", t.kind, t.detail, t.sealed, ${instant(sql`t.learned_at`)} as "learnedAt", t.retroactive
        from record_timeline t join connections c on c.id = t.connection_id
          left join records r on r.connection_id = t.connection_id and r.remote_id = t.remote_id
            and r.stream = ${JSON.stringify(page.of)}::jsonb ->> c.provider
        where ${where.length === 0 ? sql`true` : sql.join(where, sql` and `)}
        order by t."on" ${way}, t.connection_id ${way}, t.remote_id ${way}, t.seq ${way} limit ${page.limit}`,
  );
}

function conditions(filter: TimelineFilter) {
  const { connectionId, remoteId, kind, from, to, retroactive, learnedFrom } = filter;
  return [
    connectionId === undefined ? null : sql`t.connection_id = ${connectionId}`,
    remoteId === undefined ? null : sql`t.remote_id = ${remoteId}`,
    kind === undefined ? null : sql`t.kind = ${kind}`,
    from === undefined ? null : sql`t."on" >= ${from}::date`,
    to === undefined ? null : sql`t."on" < ${to}::date`,
    retroactive === undefined ? null : sql`t.retroactive = ${retroactive}`,
    learnedFrom && sql`t.learned_at >= ${learnedFrom.toISOString()}::timestamptz`,
  ].filter((part) => part !== null && part !== undefined);
}
