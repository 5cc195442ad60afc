import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";

/** By the database's clock, which all processes share: a worker's own may be wrong. */
export async function databaseNow(tx: Tx): Promise<Date> {
  const [found] = await rows<{ now: string }>(tx, sql`select clock_timestamp()::text as now`);
  return new Date(found?.now ?? Date.now());
}
