import { sql } from "drizzle-orm";
import type { AlertFacts, Condition } from "../sync/alert.ts";
import type { LateFacts } from "../sync/late.ts";
import { rows, type Tx } from "./client.ts";
import { ageMs, instant } from "./clock.ts";

/** How often connections are read where neither they nor a schedule say so. */
export interface Usual {
  /** Milliseconds by provider; those of business data are not in it, for their schedules say. */
  everyMs: Readonly<Record<string, number>>;
  /** How late a poll may be noticed. */
  tickMs: number;
}

/** What is to be decided about one connection, and what its notice says. */
export type AlertRow = AlertFacts &
  LateFacts & {
    connectionId: string;
    provider: string;
    lastError: string | null;
    /** ISO 8601: since when it fails, where it does; and when it is tried again, where that is known. */
    failedAt: string | null;
    nextAt: string | null;
  };

/** The facts of some of the company's connections, in id order. */
export function readAlertFacts(
  tx: Tx,
  ids: readonly string[],
  { everyMs, tickMs }: Usual,
): Promise<AlertRow[]> {
  return rows<AlertRow>(
    tx,
    sql`select connection_id as "connectionId", provider, resting, grant_state = 'ok' as "grantOk",
          last_error_code as "errorCode", last_error as "lastError", ${instant(sql`last_error_at`)} as "failedAt",
          told, told_resting as "toldResting", coalesce(passed_at > told_since, false) as "passedSince",
          case when told is not null then ${ageMs(sql`greatest(passed_at, watched_from)`)} end as "ageMs",
          coalesce(target_ms::float8, 2 * case when is_records then every_ms
            else coalesce(every_ms, (${JSON.stringify(everyMs)}::jsonb->>provider)::float8) + ${tickMs}::float8 end) as "targetMs",
          failed_writes as "failedWrites", held, undecided, running, rung, watchable and not has_channel as unwatched,
          case when wait_until > clock_timestamp() then case wait_reason when 'quota' then 'quota' else 'provider' end end as waits,
          ${instant(sql`greatest(case when wait_until > clock_timestamp() then wait_until end, next_at)`)} as "nextAt"
        from alert_facts where connection_id = any(${sql.param(ids)}::uuid[]) order by connection_id`,
  );
}

/** From now on this is what people know of the connection; `since` is when it began, now where absent. */
export async function storeTold(
  tx: Tx,
  of: { companyId: string; connectionId: string },
  told: { condition: Condition; since: string | null; noticeId: number },
): Promise<void> {
  await tx.execute(
    sql`update alert_states set condition = ${told.condition}, since = coalesce(${told.since}::timestamptz, clock_timestamp()), notice_id = ${told.noticeId}
        where connection_id = ${of.connectionId}`,
  );
}

/** Nobody expects anything of it any more, or again: what people were told of it stands. */
export async function storeWatch(
  tx: Tx,
  of: { companyId: string; connectionId: string },
  resting: boolean,
): Promise<void> {
  await tx.execute(
    sql`insert into alert_states as a (company_id, connection_id, condition, since, resting, watched_from)
        values (${of.companyId}, ${of.connectionId}, 'ok', clock_timestamp(), ${resting}, clock_timestamp())
        on conflict (connection_id) do update set resting = excluded.resting,
          watched_from = case when excluded.resting then a.watched_from else excluded.watched_from end`,
  );
}

/** One at a time tells the people of a company, until the transaction ends. */
export async function lockAlerts(tx: Tx, companyId: string): Promise<void> {
  await tx.execute(
    sql`select pg_advisory_xact_lock(hashtextextended(${`alerts ${companyId}`}, 0))`,
  );
}

/** Looks across companies: connections of which people have to be told something else than they were. */
export function findAlerts(
  tx: Tx,
  { everyMs, tickMs }: Usual,
  limit: number,
): Promise<{ companyId: string; connectionId: string }[]> {
  return rows(
    tx,
    sql`select company_id as "companyId", connection_id as "connectionId"
        from find_alerts(${JSON.stringify(everyMs)}::jsonb, ${tickMs}::float8, ${limit})`,
  );
}

/** Looks across companies: those in which something is due to be sent. */
export async function findUndelivered(tx: Tx): Promise<string[]> {
  const found = await rows<{ id: string }>(
    tx,
    sql`select company_id as id from find_undelivered()`,
  );
  return found.map((row) => row.id);
}
