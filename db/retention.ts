import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";

/**
 * Deletes what has been kept long enough: sessions with their logs, the trail, what was sent and
 * answered, plans and notices, customers' bookings of long ago, deleted events (for real: the transaction must be one of `purge`), answers to repeated
 * requests, consents that ended. A deleted event that a provider still holds stays, for a connection
 * that is paused may not have told it yet: forgotten, it would come back as a new one.
 */
export async function cleanOld(
  tx: Tx,
  keep: { logDays: number; trailDays: number; deletedDays: number },
): Promise<
  Record<
    | "sessions"
    | "changes"
    | "intents"
    | "plans"
    | "reports"
    | "bookings"
    | "notices"
    | "events"
    | "requests"
    | "consents",
    number
  >
> {
  const gone = async (statement: ReturnType<typeof sql>) =>
    (await rows(tx, sql`${statement} returning 1`)).length;
  const logs = sql`now() - make_interval(days => ${keep.logDays})`;
  const trail = sql`now() - make_interval(days => ${keep.trailDays})`;
  const deleted = sql`now() - make_interval(days => ${keep.deletedDays})`;
  const told = sql`not exists (select from links l join connections c on c.id = l.connection_id
    where l.event_id = e.id and (l.state <> 'tombstone' or l.remote is not null) and l.remote_id is not null and c.disconnected_at is null)`;
  // What a person has cancelled of a rule's bookings is known by its event: without it, it would be made again.
  const over = sql`not exists (select from links l join connections c on c.id = l.connection_id
    where l.event_id = e.id and c.provider = 'system-bookings' and e.end_at > now()::timestamp - interval '2 days')`;
  return {
    sessions: await gone(sql`delete from sync_sessions where completed_at < ${logs}`),
    // Versions of records are kept: only what is told of their differences ends.
    changes:
      (await gone(sql`delete from changes where at < ${trail}`)) +
      (await gone(sql`delete from record_changes where at < ${trail}`)),
    intents: await gone(sql`delete from intents where closed_at < ${logs}`),
    plans: await gone(sql`delete from plans where kind <> 'deletions' and settled_at < ${logs}`),
    reports: await gone(sql`delete from booking_reports where started_at < ${logs}`),
    // Who had booked what is nobody's business once the slot is long over.
    bookings: await gone(sql`delete from bookings where ends_at < ${deleted}`),
    notices: await gone(sql`delete from notices where at < ${logs}`),
    events:
      (await gone(
        sql`delete from events e where deleted_at < ${deleted} and master_id is not null and ${told} and ${over}`,
      )) +
      (await gone(
        sql`delete from events e where deleted_at < ${deleted} and ${told} and ${over} and not exists (select from events x where x.master_id = e.id)`,
      )),
    requests: await gone(
      sql`delete from idempotency_keys where created_at < now() - interval '24 hours'`,
    ),
    consents: await gone(sql`delete from oauth_states where expires_at < now() - interval '1 day'`),
  };
}
