import { randomUUID } from "node:crypto";
import { and, eq, inArray, sql } from "drizzle-orm";
import { rows, type Tx } from "./client.ts";
import type { Plan } from "./plan-rows.ts";
import { plans, syncSessions } from "./schema/sessions.ts";

/*
 * The life of a plan that is carried out by a session of its own: asked, ready, applying, and how it
 * ended. At most one of a connection is under way. (Held deletions live in `plans.ts`.)
 */

type PlanKind = Exclude<Plan["kind"], "deletions">;
type SessionKind = "preview" | "apply" | "undo";

export interface Asked {
  companyId: string;
  connectionId: string;
  kind: PlanKind;
  /** In words for a person: why there is such a plan. */
  reason: string;
  by: string;
  /** How long it keeps sessions from starting once it is ready; null: until a person decides. */
  holdMs: number | null;
  /** The session that an undo takes back. */
  undoes?: string;
}

/** Asks for a plan and makes the session that will draw it up. Null where another is under way. */
export async function askForPlan(tx: Tx, asked: Asked): Promise<Plan | null> {
  const { companyId, connectionId, kind, reason, by, holdMs, undoes } = asked;
  const [plan] = await tx
    .insert(plans)
    .values({
      companyId,
      connectionId,
      kind,
      sessionId: randomUUID(),
      undoes: undoes ?? null,
      reason,
      state: "asked",
      items: 0,
      askedBy: by,
      waitsUntil: holdMs === null ? null : inMs(holdMs),
    })
    .onConflictDoNothing()
    .returning();
  if (!plan) return null;
  await addPlanSession(tx, plan, { id: plan.sessionId, kind, by });
  return plan;
}

/** Asks that a ready plan be carried out, by a session of its own. Null when it is ready no more. */
export async function askToApply(
  tx: Tx,
  id: string,
  by: string,
): Promise<{ plan: Plan; sessionId: string } | null> {
  const [plan] = await tx
    .update(plans)
    .set({ state: "applying", settledBy: by })
    .where(and(eq(plans.id, id), eq(plans.state, "ready"), sql`not ${overdue}`))
    .returning();
  if (!plan) return null;
  const sessionId = randomUUID();
  const kind = plan.kind === "undo" ? "undo" : "apply";
  await addPlanSession(tx, plan, { id: sessionId, kind, by });
  return { plan, sessionId };
}

async function addPlanSession(
  tx: Tx,
  plan: Plan,
  session: { id: string; kind: SessionKind; by: string },
): Promise<void> {
  const { companyId, connectionId, id: planId } = plan;
  await tx.insert(syncSessions).values({
    id: session.id,
    companyId,
    connectionId,
    kind: session.kind,
    planId,
    status: "queued",
    trigger: "manual",
    triggeredBy: session.by,
  });
}

/** The plan of a connection that waits, or is being drawn up or carried out. */
export async function planUnderWay(tx: Tx, connectionId: string): Promise<Plan | null> {
  const [found] = await tx
    .select()
    .from(plans)
    .where(
      and(
        eq(plans.connectionId, connectionId),
        inArray(plans.state, ["asked", "ready", "applying"]),
      ),
    );
  return found ?? null;
}

/** The session that is to draw up or carry out a plan, and has not ended. */
export async function sessionOfPlan(
  tx: Tx,
  planId: string,
): Promise<{ id: string; kind: SessionKind; status: string; trigger: string } | null> {
  const [found] = await rows<{ id: string; kind: SessionKind; status: string; trigger: string }>(
    tx,
    sql`select id, kind, status, trigger from sync_sessions
        where plan_id = ${planId} and status in ('queued', 'running') order by created_at desc limit 1`,
  );
  return found ?? null;
}

/** The plan is drawn up and waits; a hold is counted from now. False where it was discarded meanwhile. */
export async function markReady(
  tx: Tx,
  id: string,
  drawn: { items: number; summary: object; holdMs: number },
): Promise<boolean> {
  const ready = await tx
    .update(plans)
    .set({
      state: "ready",
      items: drawn.items,
      summary: drawn.summary,
      waitsUntil: sql`case when ${plans.waitsUntil} is not null then ${inMs(drawn.holdMs)} end`,
    })
    .where(and(eq(plans.id, id), eq(plans.state, "asked")))
    .returning({ id: plans.id });
  return ready.length === 1;
}

/** Lets a plan go that nobody has begun to carry out. Null where there is none such. */
export async function discardPlan(tx: Tx, id: string, by: string): Promise<Plan | null> {
  const [plan] = await tx
    .update(plans)
    .set({ state: "discarded", settledBy: by, settledAt: sql`clock_timestamp()` })
    .where(and(eq(plans.id, id), inArray(plans.state, ["asked", "ready"])))
    .returning();
  return plan ?? null;
}

/** Nobody decides about the plans of a connection that is gone. */
export async function abandonPlans(tx: Tx, connectionId: string): Promise<void> {
  await tx
    .update(plans)
    .set({ state: "discarded", settledBy: "system", settledAt: sql`clock_timestamp()` })
    .where(and(eq(plans.connectionId, connectionId), inArray(plans.state, ["asked", "ready"])));
}

const overdue = sql`coalesce(${plans.waitsUntil} <= clock_timestamp(), false)`;

/** A preview that nobody has decided in its time holds sessions no longer. */
export async function discardOverdue(tx: Tx, connectionId: string): Promise<void> {
  await tx
    .update(plans)
    .set({ state: "discarded", settledBy: "system", settledAt: sql`clock_timestamp()` })
    .where(and(eq(plans.connectionId, connectionId), eq(plans.state, "ready"), overdue));
}

/** Our side of a plan is carried out, in this transaction: what is left is to send the rest. */
export async function noteCommitted(tx: Tx, id: string): Promise<void> {
  await tx
    .update(plans)
    .set({ settledAt: sql`clock_timestamp()` })
    .where(eq(plans.id, id));
}

/** How a plan ended that a session drew up or carried out. */
export async function endPlan(
  tx: Tx,
  id: string,
  end: { state: "applied" | "moved" | "failed"; reason?: string; summary?: object },
): Promise<void> {
  const { state, reason, summary } = end;
  await tx
    .update(plans)
    .set({
      state,
      settledAt: sql`coalesce(${plans.settledAt}, clock_timestamp())`,
      ...(reason !== undefined && { reason }),
      ...(summary && { summary: sql`${plans.summary} || ${JSON.stringify(summary)}::jsonb` }),
    })
    .where(and(eq(plans.id, id), inArray(plans.state, ["asked", "applying"])));
}

const inMs = (ms: number) => sql`clock_timestamp() + make_interval(secs => ${ms / 1000})`;

/** The newest preview of a connection, where a first sync asked for one and none has come through. */
export async function lastPreviewState(
  tx: Tx,
  connectionId: string,
): Promise<Plan["state"] | null> {
  const [found] = await rows<{ state: Plan["state"] }>(
    tx,
    sql`select state from plans where connection_id = ${connectionId} and kind = 'preview'
        order by created_at desc limit 1`,
  );
  return found?.state ?? null;
}
