import { sql } from "drizzle-orm";
import type { Severity } from "../sync/alert.ts";
import { rows, type Tx } from "./client.ts";
import { instant } from "./clock.ts";

/** A notice as it is put into a message. */
export interface Carried {
  id: number;
  kind: string;
  severity: Severity;
  at: string;
  text: string;
  connectionId: string | null;
  provider: string | null;
  /** What people call the connection. */
  name: string | null;
}

/** The notices of deliveries, oldest first. */
export function readCarried(tx: Tx, deliveryIds: readonly number[]): Promise<Carried[]> {
  return rows<Carried>(
    tx,
    sql`select n.id::float8 as id, n.kind, n.severity, ${instant(sql`n.at`)} as at, n.message as text, n.connection_id as "connectionId",
          c.provider, k.name
        from deliveries d join notices n on n.id = d.notice_id left join connections c on c.id = n.connection_id
          left join calendars k on k.id = c.calendar_id
        where d.id = any(${sql.param(deliveryIds)}::bigint[]) order by n.id`,
  );
}

/** How a notice fares on its way to a target. */
export interface Delivery {
  id: number;
  noticeId: number;
  targetId: string;
  state: "pending" | "sent" | "failed" | "skipped";
  messageId: string | null;
  attempts: number;
  nextAttemptAt: string | null;
  receipt: string | null;
  error: string | null;
  createdAt: string;
  settledAt: string | null;
}

const columns = sql`id::float8 as id, notice_id::float8 as "noticeId", target_id as "targetId", state, message_id as "messageId", attempts,
  case when state = 'pending' then ${instant(sql`next_attempt_at`)} end as "nextAttemptAt", receipt, error,
  ${instant(sql`created_at`)} as "createdAt", ${instant(sql`settled_at`)} as "settledAt"`;

/** A target's, newest first; `before` is the last id of the page before. */
export function listDeliveries(
  tx: Tx,
  targetId: string,
  page: { before: number | undefined; limit: number },
): Promise<Delivery[]> {
  const before = page.before === undefined ? sql`` : sql`and id < ${page.before}`;
  return rows<Delivery>(
    tx,
    sql`select ${columns} from deliveries where target_id = ${targetId} ${before} order by id desc limit ${page.limit}`,
  );
}

export function deliveriesOf(tx: Tx, noticeIds: readonly number[]): Promise<Delivery[]> {
  return rows<Delivery>(
    tx,
    sql`select ${columns} from deliveries where notice_id = any(${sql.param(noticeIds)}::bigint[]) order by id`,
  );
}
