import { sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";

/** One line of a plan: what would be done to one item on one side. */
export interface PlannedItem {
  /** Absent for an event that is to be made on our side. */
  eventId: string | null;
  linkId: string | null;
  /** Absent for an item that is to be made at the provider. */
  remoteId: string | null;
  side: "local" | "remote";
  action: "created" | "updated" | "deleted" | "restored";
  /** `{ field: { before, after } }`; of a creation every field, without a before. */
  fields: Record<string, { before?: unknown; after: unknown }>;
  rule: string;
  /** The brake would hold it for a person. */
  held: boolean;
  version: number | null;
  revision: number | null;
}

/** A line as it is stored, and what became of it. */
export interface PlanItem extends PlannedItem {
  seq: number;
  state: "planned" | "done" | "left";
  reason: string | null;
}

/** Replaces the lines of a plan. */
export async function storeItems(
  tx: Tx,
  of: { companyId: string; planId: string },
  items: readonly PlannedItem[],
): Promise<void> {
  await tx.execute(sql`delete from plan_items where plan_id = ${of.planId}`);
  for (let at = 0; at < items.length; at += atOnce) {
    const part = items.slice(at, at + atOnce).map((item, index) => ({ ...item, seq: at + index }));
    await tx.execute(
      sql`insert into plan_items (company_id, plan_id, seq, event_id, link_id, remote_id, side, action, fields, rule, held, version, revision)
          select ${of.companyId}, ${of.planId}, seq, "eventId", "linkId", "remoteId", side, action, fields, rule, held, version, revision
          from jsonb_to_recordset(${JSON.stringify(part)}::jsonb) as t(seq int, "eventId" uuid, "linkId" uuid, "remoteId" text, side text,
            action text, fields jsonb, rule text, held boolean, version int8, revision int8)`,
    );
  }
}

const atOnce = 1_000;

const selected = sql`select i.seq, i.event_id as "eventId", i.link_id as "linkId", i.remote_id as "remoteId", i.side, i.action, i.fields,
  i.rule, i.held, i.version::float8 as version, i.revision::float8 as revision, i.state, i.reason`;

/** The lines of a plan in their order. */
export function readItems(tx: Tx, planId: string): Promise<PlanItem[]> {
  return rows(tx, sql`${selected} from plan_items i where i.plan_id = ${planId} order by i.seq`);
}

/** The lines of a plan at the provider that speak of these events. */
export function readItemsOf(
  tx: Tx,
  planId: string,
  eventIds: readonly string[],
): Promise<PlanItem[]> {
  return rows(
    tx,
    sql`${selected} from plan_items i
        where i.plan_id = ${planId} and i.side = 'remote' and i.event_id = any(${sql.param(eventIds)}::uuid[])`,
  );
}

/** The lines in their order, each with the title that a person knows its event by. */
export function listItems(
  tx: Tx,
  planId: string,
  page: {
    after: number | undefined;
    limit: number;
    side?: PlanItem["side"] | undefined;
    action?: PlanItem["action"] | undefined;
  },
): Promise<(PlanItem & { title: string | null })[]> {
  const after = page.after === undefined ? sql`` : sql`and i.seq > ${page.after}`;
  const side = page.side === undefined ? sql`` : sql`and i.side = ${page.side}`;
  const action = page.action === undefined ? sql`` : sql`and i.action = ${page.action}`;
  return rows(
    tx,
    sql`${selected}, coalesce(e.title, i.fields->'title'->>'after') as title
        from plan_items i left join events e on e.id = i.event_id
        where i.plan_id = ${planId} ${after} ${side} ${action} order by i.seq limit ${page.limit}`,
  );
}

/**
 * What is done of a plan, by the trail of the session that carries it out. Where an answer was lost, there
 * is no trail of it: what was sent was found when somebody looked, and its intent says so.
 */
export async function noteDone(tx: Tx, of: { planId: string; sessionId: string }): Promise<void> {
  // Asked for once and not line by line: a plan may have thousands.
  const landed = sql`select t.event_id from intents t
    where t.connection_id = (select connection_id from plans where id = ${of.planId})
      and t.opened_at >= (select settled_at from plans where id = ${of.planId})
      and t.session_id = ${of.sessionId} and t.outcome = 'landed'`;
  await tx.execute(
    sql`update plan_items i set state = 'done'
        where i.plan_id = ${of.planId} and i.state = 'planned' and not i.held
          and (exists (select from changes c where c.event_id = i.event_id and c.side = i.side and c.session_id = ${of.sessionId})
            or i.side = 'remote' and i.event_id in (${landed}))`,
  );
}

/** What a plan makes on our side is made, in this transaction. */
export async function noteMade(tx: Tx, planId: string): Promise<void> {
  await tx.execute(
    sql`update plan_items set state = 'done' where plan_id = ${planId} and side = 'local' and event_id is null`,
  );
}

export async function leaveHeld(tx: Tx, planId: string, reason: string): Promise<void> {
  await tx.execute(
    sql`update plan_items set state = 'left', reason = ${reason} where plan_id = ${planId} and held`,
  );
}

/** Lines that are not carried out, and why. */
export async function leaveItems(
  tx: Tx,
  planId: string,
  left: readonly { eventId: string; reason: string }[],
): Promise<void> {
  if (left.length === 0) return;
  await tx.execute(
    sql`update plan_items i set state = 'left', reason = l.reason
        from jsonb_to_recordset(${JSON.stringify(left)}::jsonb) as l("eventId" uuid, reason text)
        where i.plan_id = ${planId} and i.event_id = l."eventId" and i.state = 'planned'`,
  );
}

/**
 * Whatever is planned still, when the session has ended that was to carry it out: for the reason that
 * the queue knows, where it knows one.
 */
export async function leaveRest(tx: Tx, planId: string, reason: string): Promise<void> {
  await tx.execute(
    sql`update plan_items i set state = 'left', reason = coalesce((
            select w.error from writes w where w.connection_id = p.connection_id and w.event_id = i.event_id), ${reason})
        from plans p where p.id = ${planId} and i.plan_id = p.id and i.state = 'planned'`,
  );
}

export async function countItems(tx: Tx, planId: string): Promise<{ done: number; left: number }> {
  const [found] = await rows<{ done: number; left: number }>(
    tx,
    sql`select count(*) filter (where state = 'done')::int as done, count(*) filter (where state = 'left')::int as left
        from plan_items where plan_id = ${planId}`,
  );
  return found ?? { done: 0, left: 0 };
}
