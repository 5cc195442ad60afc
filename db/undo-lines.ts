import { sql } from "drizzle-orm";
import type { UndoItem } from "../sync/undo-scene.ts";
import { rows, type Tx } from "./client.ts";
import type { PlannedUndo } from "./undo.ts";

/** One line of a stored undo that is still to be done. */
export interface UndoLine extends UndoItem {
  seq: number;
  /** The link's revision when it was decided for the last time; null before that. */
  revision: number | null;
}

/** Said of what cannot come back under its own id. */
export const madeAnew = "made anew, under another id";

/** Stores what an undo would do, our side first, and after it what it leaves. */
export async function storeUndoLines(
  tx: Tx,
  of: { companyId: string; planId: string; rule: string; bringsBack: boolean },
  undo: PlannedUndo,
): Promise<void> {
  const items = [...undo.items.values()];
  const ordered = [
    ...items.filter(({ side }) => side === "local"),
    ...items.filter(({ side }) => side === "remote"),
  ];
  const planned = ordered.map((item) => {
    const isBack = item.side === "remote" && item.action === "restored";
    const isOccurrence = undo.events.get(item.eventId)?.item.master !== undefined;
    const isAnew = isBack && !isOccurrence && !of.bringsBack;
    return { ...item, state: "planned", ...(isAnew && { reason: madeAnew }) };
  });
  const left = [...undo.left.values()].map((item) => ({ ...item, state: "left" }));
  const lines = [...planned, ...left].map((item, seq) => {
    const link = undo.links.get(item.eventId);
    return {
      ...item,
      seq,
      linkId: link?.id,
      remoteId: link?.remoteId ?? undefined,
      version: undo.events.get(item.eventId)?.version,
    };
  });
  await tx.execute(
    sql`insert into plan_items (company_id, plan_id, seq, event_id, link_id, remote_id, side, action, fields, rule, version, state, reason)
        select ${of.companyId}, ${of.planId}, seq, "eventId", "linkId", "remoteId", side, action, fields, ${of.rule}, version, state, reason
        from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) as t(seq int, "eventId" uuid, "linkId" uuid, "remoteId" text, side text,
          action text, fields jsonb, version int8, state text, reason text)`,
  );
}

/** What is still to be done, in order. */
export function readUndoLines(tx: Tx, planId: string): Promise<UndoLine[]> {
  return rows<UndoLine>(
    tx,
    sql`select seq, event_id as "eventId", side, action, fields, revision::float8 as revision from plan_items
        where plan_id = ${planId} and state = 'planned' order by seq`,
  );
}

export interface Settled {
  seq: number;
  state: "done" | "left";
  /** Why it was left, or how it was done otherwise than planned. */
  reason?: string | undefined;
}

/** A statement for each reason, of which there are few: lists of lines are joined to a plan slowly. */
export async function settleLines(
  tx: Tx,
  planId: string,
  settled: readonly Settled[],
): Promise<void> {
  const groups = new Map<string, Settled[]>();
  for (const line of settled) {
    const name = `${line.state} ${line.reason ?? ""}`;
    const known = groups.get(name);
    if (known) known.push(line);
    else groups.set(name, [line]);
  }
  for (const group of groups.values()) {
    const seqs = group.map(({ seq }) => seq);
    await tx.execute(
      sql`update plan_items set state = ${group[0]?.state}, reason = ${group[0]?.reason ?? null}
          where plan_id = ${planId} and seq = any(${sql.param(seqs)}::int[]) and state = 'planned'`,
    );
  }
}

/** Notes which revisions of their links the items that are still to be done are decided against; all, or those of some links. */
export async function noteRevisions(
  tx: Tx,
  planId: string,
  linkIds: readonly string[] | null = null,
): Promise<void> {
  await tx.execute(
    sql`update plan_items i set revision = l.revision from links l
        where i.plan_id = ${planId} and i.state = 'planned' and l.id = i.link_id
          and (${linkIds === null} or l.id = any(${sql.param(linkIds ?? [])}::uuid[]))`,
  );
}

/** One item, while it is still to be done. */
export async function readUndoLine(tx: Tx, planId: string, seq: number): Promise<UndoLine | null> {
  const [found] = await rows<UndoLine>(
    tx,
    sql`select seq, event_id as "eventId", side, action, fields, revision::float8 as revision from plan_items
        where plan_id = ${planId} and seq = ${seq} and state = 'planned' for update`,
  );
  return found ?? null;
}

/** Whether an intent was committed by an undo, this one or one that ended early. */
export async function isOfUndo(tx: Tx, intentId: string): Promise<boolean> {
  const found = await rows(
    tx,
    sql`select from intents i join sync_sessions s on s.id = i.session_id where i.id = ${intentId} and s.kind = 'undo'`,
  );
  return found.length > 0;
}

/**
 * The provider takes the exceptions of a series along: settles those among them that wait to be deleted
 * there. Answers their events.
 */
export async function settleAlong(
  tx: Tx,
  planId: string,
  linkIds: readonly string[],
  settled: Omit<Settled, "seq">,
): Promise<string[]> {
  const found = await rows<{ eventId: string }>(
    tx,
    sql`update plan_items set state = ${settled.state}, reason = ${settled.reason ?? null}
        where plan_id = ${planId} and link_id = any(${sql.param(linkIds)}::uuid[]) and side = 'remote'
          and action = 'deleted' and state = 'planned' returning event_id as "eventId"`,
  );
  return found.map(({ eventId }) => eventId);
}
