import { sql } from "drizzle-orm";
import type { Severity } from "../sync/alert.ts";
import type { QuietHours } from "../sync/quiet.ts";
import { rows, type Tx } from "./client.ts";

/** What is told of a notice, and how loud it counts at targets that want only loud ones; null: it is only listed. */
export interface Addressed {
  id: number;
  audience: Severity | null;
}

const rank = (severity: ReturnType<typeof sql>) =>
  sql`array_position(array['info', 'warn', 'error'], ${severity})`;

/** Sends notices on their way, each to every target that wants it, once. */
export async function addDeliveries(tx: Tx, notices: readonly Addressed[]): Promise<void> {
  const sent = notices.filter(({ audience }) => audience !== null);
  if (sent.length === 0) return;
  await tx.execute(
    sql`insert into deliveries (company_id, notice_id, target_id)
        select n.company_id, n.id, t.id
        from jsonb_to_recordset(${JSON.stringify(sent)}::jsonb) as a (id bigint, audience text)
          join notices n on n.id = a.id join notification_targets t on t.company_id = n.company_id
        where t.enabled and (t.connection_id is null or n.connection_id is null or t.connection_id = n.connection_id)
          and ${rank(sql`a.audience`)} >= ${rank(sql`t.min_severity`)}
        on conflict (notice_id, target_id) do nothing`,
  );
}

/** A target to which something is due, and what it wishes. */
export interface DueTarget {
  id: string;
  enabled: boolean;
  quietHours: QuietHours | null;
  isSnoozed: boolean;
  /** Failures in a row. */
  failures: number;
  /** Until it may get another message. */
  restMs: number;
  nowMs: number;
}

const due = sql`d.state = 'pending' and d.next_attempt_at <= clock_timestamp()`;

export async function listDueTargets(tx: Tx): Promise<string[]> {
  const found = await rows<{ id: string }>(
    tx,
    sql`select t.id from notification_targets t where (t.wait_until <= clock_timestamp()) is not false
          and exists (select from deliveries d where d.target_id = t.id and ${due}) order by t.id`,
  );
  return found.map(({ id }) => id);
}

/** Locks the target until the transaction ends; null where it has to be left alone, or is gone. */
export async function lockTarget(tx: Tx, id: string, spacingMs: number): Promise<DueTarget | null> {
  const [found] = await rows<DueTarget>(
    tx,
    sql`select id, enabled, quiet_hours as "quietHours", failures, coalesce(snoozed_until > clock_timestamp(), false) as "isSnoozed",
          greatest(0, coalesce(${spacingMs} - extract(epoch from clock_timestamp() - last_sent_at) * 1000, 0))::float8 as "restMs",
          floor(extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs"
        from notification_targets where id = ${id} and (wait_until <= clock_timestamp()) is not false for update`,
  );
  return found ?? null;
}

/** A delivery that is due. */
export interface DueDelivery {
  id: number;
  messageId: string | null;
  severity: Severity;
}

export function listDue(tx: Tx, targetId: string, limit: number): Promise<DueDelivery[]> {
  return rows<DueDelivery>(
    tx,
    sql`select d.id::int8::float8 as id, d.message_id as "messageId", n.severity from deliveries d join notices n on n.id = d.notice_id
        where d.target_id = ${targetId} and ${due} order by d.message_id is null, d.id limit ${limit}`,
  );
}

/**
 * Nobody else sends these for a while; from now on they belong to one message. Nor does anybody send
 * something else to the target at the same moment.
 */
export async function claim(
  tx: Tx,
  targetId: string,
  ids: readonly number[],
  of: { messageId: string; leaseMs: number; spacingMs: number },
): Promise<void> {
  await tx.execute(
    sql`update deliveries set message_id = ${of.messageId}, attempts = attempts + 1,
          next_attempt_at = clock_timestamp() + make_interval(secs => ${of.leaseMs / 1000})
        where id = any(${sql.param(ids)}::bigint[])`,
  );
  await tx.execute(
    sql`update notification_targets set wait_until = clock_timestamp() + make_interval(secs => ${of.spacingMs / 1000}) where id = ${targetId}`,
  );
}

export async function postpone(tx: Tx, ids: readonly number[], untilMs: number): Promise<void> {
  await tx.execute(
    sql`update deliveries set next_attempt_at = to_timestamp(${untilMs / 1000}) where id = any(${sql.param(ids)}::bigint[])`,
  );
}

/** What is due at a target is not sent to it. */
export async function settleDue(
  tx: Tx,
  targetId: string,
  as: { state: "skipped" | "failed"; error: string },
): Promise<void> {
  await tx.execute(
    sql`update deliveries d set state = ${as.state}, error = ${as.error}, settled_at = clock_timestamp()
        where d.target_id = ${targetId} and ${due}`,
  );
}

/** The other side has taken a message. Repeated, it changes nothing more. */
export async function noteSent(
  tx: Tx,
  of: { targetId: string; messageId: string },
  receipt: string | null,
): Promise<void> {
  await tx.execute(
    sql`update deliveries set state = 'sent', receipt = ${receipt}, error = null, settled_at = clock_timestamp()
        where target_id = ${of.targetId} and message_id = ${of.messageId} and state = 'pending'`,
  );
  await tx.execute(
    sql`update notification_targets set last_sent_at = clock_timestamp(), failures = 0, wait_until = null, last_error = null
        where id = ${of.targetId}`,
  );
}

/** A message was not sent, and what comes of it. */
export interface Unsent {
  error: string;
  /** Null: never again. */
  againInMs: number | null;
  /** It keeps its id, for it may have been taken. */
  keepsId: boolean;
  /** Given up after so many tries, or so long after its notice. */
  mostTries: number;
  giveUpMs: number;
}

export async function noteUnsent(
  tx: Tx,
  of: { targetId: string; messageId: string },
  unsent: Unsent,
): Promise<void> {
  const again = sql`make_interval(secs => ${(unsent.againInMs ?? 0) / 1000})`;
  const over = sql`${unsent.againInMs === null}::boolean or attempts >= ${unsent.mostTries}
    or created_at < clock_timestamp() - make_interval(secs => ${unsent.giveUpMs / 1000})`;
  await tx.execute(
    sql`update deliveries set state = case when ${over} then 'failed' else 'pending' end,
          settled_at = case when ${over} then clock_timestamp() end, error = ${unsent.error},
          message_id = case when ${unsent.keepsId}::boolean then message_id end,
          next_attempt_at = clock_timestamp() + ${again}
        where target_id = ${of.targetId} and message_id = ${of.messageId} and state = 'pending'`,
  );
  await tx.execute(
    sql`update notification_targets set last_error = ${unsent.error}, failures = failures + 1,
          wait_until = clock_timestamp() + greatest(${again}, interval '1 second')
        where id = ${of.targetId}`,
  );
}

/** Until something is due again; null where nothing is on its way. */
export async function nextDueInMs(tx: Tx): Promise<number | null> {
  const [found] = await rows<{ ms: number | null }>(
    tx,
    sql`select (extract(epoch from min(greatest(d.next_attempt_at, t.wait_until)) - clock_timestamp()) * 1000)::float8 as ms
        from deliveries d join notification_targets t on t.id = d.target_id where d.state = 'pending'`,
  );
  return found?.ms == null ? null : Math.max(0, Math.ceil(found.ms));
}
