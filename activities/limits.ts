import { blockUntil } from "../db/buckets.ts";
import type { Tx } from "../db/client.ts";
import { databaseNow } from "../db/clock.ts";
import { noteWait } from "../db/health.ts";

/** By the database's clock. */
export async function momentAfter(tx: Tx, delayMs: number): Promise<Date> {
  return new Date((await databaseNow(tx)).getTime() + delayMs);
}

/** The provider wants to be left alone: nobody who uses the account calls it before then. */
export async function noteLimit(
  tx: Tx,
  of: { connectionId: string; account: string | null },
  delayMs: number,
): Promise<Date> {
  const until = await momentAfter(tx, delayMs);
  if (of.account !== null) await blockUntil(tx, of.account, until);
  await noteWait(tx, of.connectionId, { until, reason: "quota" });
  return until;
}
