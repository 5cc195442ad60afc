import { sql, type SQL } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";
import { ageMs, instant } from "./clock.ts";

/** Whole days of a zone: `from` and `to` are its dates, and `to` is among them. */
export interface Span {
  from: string;
  to: string;
  zone: string;
  connectionId?: string | undefined;
}

export interface Day {
  day: string;
  queued: number;
  running: number;
  completed: number;
  error: number;
  /** Of the sessions that ended; null where none did. */
  p50Ms: number | null;
  p95Ms: number | null;
  providerCalls: number;
}

export interface ChangeCount {
  day: string;
  /** `events` for those of calendars. */
  stream: string;
  action: "created" | "updated" | "deleted" | "restored";
  count: number;
}

export interface FailureCount {
  errorCode: string;
  count: number;
  lastAt: string;
}

export interface Freshness {
  connectionId: string;
  provider: string;
  lastCompletePassAt: string | null;
  /** By the database's clock, which has also set the time. */
  ageMs: number | null;
}

/** Rows of the span's days, wherever the zone's clock was turned. */
const within = (column: SQL, { from, to, zone, connectionId }: Span) =>
  sql`${column} >= ${from}::date::timestamp at time zone ${zone}::text and ${column} < (${to}::date + 1)::timestamp at time zone ${zone}::text
    ${connectionId === undefined ? sql`` : sql`and connection_id = ${connectionId}`}`;

const dayOf = (column: SQL, zone: string) => sql`(${column} at time zone ${zone}::text)::date`;

/** One row per day, those on which nothing happened among them. A session belongs to the day it was asked for. */
export function sessionDays(tx: Tx, span: Span): Promise<Day[]> {
  const took = sql`extract(epoch from completed_at - started_at) * 1000`;
  const share = (of: number) =>
    sql`percentile_cont(${sql.raw(String(of))}) within group (order by ${took}) filter (where status in ('completed', 'error'))`;
  return rows<Day>(
    tx,
    sql`with told as (
          select ${dayOf(sql`created_at`, span.zone)} as day, count(*) filter (where status = 'queued')::int as queued,
            count(*) filter (where status = 'running')::int as running, count(*) filter (where status = 'completed')::int as completed,
            count(*) filter (where status = 'error')::int as error, round(${share(0.5)})::float8 as p50, round(${share(0.95)})::float8 as p95,
            sum(provider_calls)::float8 as calls
          from sync_sessions where ${within(sql`created_at`, span)} group by 1)
        select d.day::date::text as day, coalesce(queued, 0) as queued, coalesce(running, 0) as running, coalesce(completed, 0) as completed,
          coalesce(error, 0) as error, p50 as "p50Ms", p95 as "p95Ms", coalesce(calls, 0) as "providerCalls"
        from generate_series(${span.from}::date::timestamp, ${span.to}::date::timestamp, interval '1 day') d(day)
          left join told on told.day = d.day::date order by d.day`,
  );
}

export function changeCounts(tx: Tx, span: Span): Promise<ChangeCount[]> {
  return rows<ChangeCount>(
    tx,
    sql`select day::text as day, stream, action, count(*)::int as count from (
          select ${dayOf(sql`at`, span.zone)} as day, stream, action from record_changes where ${within(sql`at`, span)}
          union all
          select ${dayOf(sql`at`, span.zone)}, 'events', action from changes where ${within(sql`at`, span)}) h
        group by 1, 2, 3 order by 1, 2, 3`,
  );
}

/** Why sessions failed, the most frequent cause first. */
export function failureCounts(tx: Tx, span: Span): Promise<FailureCount[]> {
  return rows<FailureCount>(
    tx,
    sql`select coalesce(error_code, 'unknown') as "errorCode", count(*)::int as count, ${instant(sql`max(completed_at)`)} as "lastAt"
        from sync_sessions where status = 'error' and ${within(sql`created_at`, span)} group by 1 order by count(*) desc, 1 limit 100`,
  );
}

/** How old what is known of each living connection is now. */
export function freshness(tx: Tx, connectionId: string | undefined): Promise<Freshness[]> {
  return rows<Freshness>(
    tx,
    sql`select id as "connectionId", provider, ${instant(sql`last_complete_pass_at`)} as "lastCompletePassAt",
          ${ageMs(sql`last_complete_pass_at`)} as "ageMs"
        from connections where disconnected_at is null ${connectionId === undefined ? sql`` : sql`and id = ${connectionId}`}
        order by last_complete_pass_at nulls first, id limit 500`,
  );
}
