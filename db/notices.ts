import { and, desc, eq, lt, sql } from "drizzle-orm";
import type { Severity } from "../sync/alert.ts";
import { rows, type Tx } from "./client.ts";
import { ageMs } from "./clock.ts";
import { addDeliveries } from "./deliveries.ts";
import { notices } from "./schema/sessions.ts";

export type Notice = typeof notices.$inferSelect;

/** Newest first; `before` is the last id of the page before. */
export function listNotices(
  tx: Tx,
  filter: {
    connectionId?: string | undefined;
    severity?: Severity | undefined;
    kind?: string | undefined;
  },
  page: { before: number | undefined; limit: number },
): Promise<Notice[]> {
  return tx
    .select()
    .from(notices)
    .where(
      and(
        filter.connectionId === undefined
          ? undefined
          : eq(notices.connectionId, filter.connectionId),
        filter.severity === undefined ? undefined : eq(notices.severity, filter.severity),
        filter.kind === undefined ? undefined : eq(notices.kind, filter.kind),
        page.before === undefined ? undefined : lt(notices.id, page.before),
      ),
    )
    .orderBy(desc(notices.id))
    .limit(page.limit);
}

/** Something that waits for a person on one connection, and what has been said of it since it began. */
export interface Waiting {
  kind: "conflict" | "deletions" | "preview";
  connectionId: string;
  count: number;
  /** The plan, where it is one. */
  subjectId: string | null;
  /** For how long the oldest has been waiting. */
  ageMs: number;
  /** Reminders since then, and how long ago the last one was. */
  reminders: number;
  remindedMs: number | null;
}

/** Everything that waits in the company. */
export function readWaiting(tx: Tx): Promise<Waiting[]> {
  return rows<Waiting>(
    tx,
    sql`with waiting as (
          select 'conflict' as kind, connection_id, count(*)::int as count, null::uuid as subject, min(opened_at) as since
          from conflicts where state = 'open' group by connection_id
          union all
          select case kind when 'deletions' then 'deletions' else 'preview' end, connection_id, items, id, created_at
          from plans where state = 'held' or (state = 'ready' and kind = 'preview' and waits_until is null))
        select w.kind, w.connection_id as "connectionId", w.count, w.subject as "subjectId", ${ageMs(sql`w.since`)} as "ageMs",
          n.reminders, n.ms as "remindedMs"
        from waiting w cross join lateral (
          select count(*)::int as reminders, min(${ageMs(sql`at`)}) as ms from notices
          where kind = w.kind and connection_id = w.connection_id and at >= w.since) n
        order by w.connection_id, w.kind`,
  );
}

/** What was reminded of, and waits no longer: nobody has been told yet. */
export function readResolved(tx: Tx): Promise<Pick<Waiting, "kind" | "connectionId">[]> {
  return rows(
    tx,
    sql`select l.kind, l.connection_id as "connectionId" from (
          select distinct on (split_part(kind, ' ', 1), connection_id) kind, connection_id from notices
          order by split_part(kind, ' ', 1), connection_id, id desc) l
        where l.kind in ('conflict', 'deletions', 'preview') and not exists (
          select from conflicts k where l.kind = 'conflict' and k.connection_id = l.connection_id and k.state = 'open')
        and not exists (
          select from plans p where l.kind <> 'conflict' and p.connection_id = l.connection_id and p.state in ('held', 'ready'))`,
  );
}

export type NewNotice = Omit<Notice, "id" | "at" | "companyId"> & {
  /** How loud it counts at targets that want only loud ones, as loud as it is where absent; null: it is sent nowhere. */
  audience?: Severity | null;
};

/** Tells people: lists the notices, and sends them on their way. Answers their ids, in the same order. */
export async function addNotices(
  tx: Tx,
  companyId: string,
  added: readonly NewNotice[],
): Promise<number[]> {
  if (added.length === 0) return [];
  const made = await tx
    .insert(notices)
    .values(added.map((notice) => ({ ...notice, companyId })))
    .returning({ id: notices.id, severity: notices.severity });
  const addressed = made.map(({ id, severity }, at) => {
    const audience = added[at]?.audience;
    return { id, audience: audience === undefined ? severity : audience };
  });
  await addDeliveries(tx, addressed);
  return made.map(({ id }) => id);
}
