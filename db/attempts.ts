import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";

/** Another attempt has taken over: this one stores nothing and sends nothing any more. */
export class StaleAttempt extends Error {
  constructor() {
    super("another attempt has taken over");
    this.name = "StaleAttempt";
  }
}

/** Makes the caller the newest attempt at work on a connection; older ones find themselves stale. */
export async function beginAttempt(tx: Tx, connectionId: string): Promise<number> {
  const [found] = await rows<{ epoch: number }>(
    tx,
    sql`update connections set epoch = epoch + 1 where id = ${connectionId} returning epoch::float8 as epoch`,
  );
  if (!found) throw new StaleAttempt();
  return found.epoch;
}

/** @throws StaleAttempt unless the caller is still the newest attempt; holds others off until the transaction ends */
export async function requireCurrent(tx: Tx, connectionId: string, epoch: number): Promise<void> {
  const found = await rows(
    tx,
    sql`select 1 from connections where id = ${connectionId} and epoch = ${epoch} for share`,
  );
  if (found.length === 0) throw new StaleAttempt();
}
