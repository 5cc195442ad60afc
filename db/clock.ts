import { type SQL, sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";

/** By the database's clock, which all processes share: a worker's own may be wrong. */
export async function databaseNow(tx: Tx): Promise<Date> {
  const [found] = await rows<{ now: string }>(tx, sql`select clock_timestamp()::text as now`);
  return new Date(found?.now ?? Date.now());
}

/** A time as JSON has it: ISO 8601 in UTC, to the millisecond. */
export const instant = (at: SQL): SQL =>
  sql`to_char(${at} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** How long ago a time was, in milliseconds, by the same clock. */
export const ageMs = (since: SQL): SQL =>
  sql`(extract(epoch from clock_timestamp() - ${since}) * 1000)::float8`;
