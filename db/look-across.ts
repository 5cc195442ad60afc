import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";

interface Ref {
  companyId: string;
  connectionId: string;
}

/** Connections whose poll is due; their next poll is moved on in the same breath. */
export function claimDuePolls(
  tx: Tx,
  provider: string,
  limit: number,
  intervalMs: number,
): Promise<Ref[]> {
  return rows<Ref>(
    tx,
    sql`select company_id as "companyId", connection_id as "connectionId"
        from claim_due_polls(${provider}, ${limit}, make_interval(secs => ${intervalMs / 1000}))`,
  );
}

/** Connections with rings that nobody has served, or with queue rows that are due. */
export function findLeftBehind(tx: Tx, limit: number): Promise<(Ref & { rung: boolean })[]> {
  return rows(
    tx,
    sql`select company_id as "companyId", connection_id as "connectionId", rung from find_left_behind(${limit})`,
  );
}

/** What Temporal has to be told once it is back: schedules as they are, and connections to take leave of. */
export function findUntold(
  tx: Tx,
  limit: number,
): Promise<{ kind: "schedule" | "disconnect"; companyId: string; id: string }[]> {
  return rows(tx, sql`select kind, company_id as "companyId", id from find_untold(${limit})`);
}

/** Companies in which something waits for a person. */
export async function findWaiting(tx: Tx): Promise<string[]> {
  const found = await rows<{ id: string }>(tx, sql`select company_id as id from find_waiting()`);
  return found.map((row) => row.id);
}

/** Companies that have booking rules. */
export async function findBookingCompanies(tx: Tx): Promise<string[]> {
  const found = await rows<{ id: string }>(
    tx,
    sql`select company_id as id from find_booking_companies()`,
  );
  return found.map((row) => row.id);
}

export async function findCompanies(tx: Tx): Promise<string[]> {
  const found = await rows<{ id: string }>(tx, sql`select company_id as id from find_companies()`);
  return found.map((row) => row.id);
}
