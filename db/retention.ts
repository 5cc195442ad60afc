import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";

/**
 * Deletes what has been kept long enough: sessions with their logs, the trail, deleted events (for
 * real: the transaction must be one of `purge`), answers to repeated requests, consents that ended.
 */
export async function cleanOld(
  tx: Tx,
  keep: { logDays: number; deletedDays: number },
): Promise<Record<"sessions" | "changes" | "events" | "requests" | "consents", number>> {
  const gone = async (statement: ReturnType<typeof sql>) =>
    (await rows(tx, sql`${statement} returning 1`)).length;
  const logs = sql`now() - make_interval(days => ${keep.logDays})`;
  const deleted = sql`now() - make_interval(days => ${keep.deletedDays})`;
  return {
    sessions: await gone(sql`delete from sync_sessions where completed_at < ${logs}`),
    changes: await gone(sql`delete from changes where at < ${logs}`),
    events:
      (await gone(
        sql`delete from events where deleted_at < ${deleted} and master_id is not null`,
      )) +
      (await gone(
        sql`delete from events e where deleted_at < ${deleted} and not exists (select from events x where x.master_id = e.id)`,
      )),
    requests: await gone(
      sql`delete from idempotency_keys where created_at < now() - interval '24 hours'`,
    ),
    consents: await gone(sql`delete from oauth_states where expires_at < now() - interval '1 day'`),
  };
}
