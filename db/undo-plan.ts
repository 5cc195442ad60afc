import { eq } from "drizzle-orm";
import type { Tx } from "./client.ts";
import type { Plan } from "./plan-rows.ts";
import { plans } from "./schema/sessions.ts";
import type { PlannedUndo } from "./undo.ts";
import { storeUndoLines } from "./undo-lines.ts";

/** The rule under which the trail shows what an undo did. The brake does not count it: a person asked. */
export const ruleOfUndo = (undoes: string): string => `undo of session ${undoes}`;

/**
 * Stores an undo as a plan that waits for a person. It holds no session back. Null where another plan of
 * the connection is under way.
 */
export async function storeUndo(
  tx: Tx,
  of: {
    companyId: string;
    connectionId: string;
    undoes: string;
    by: string;
    /** Whether the provider can bring back what was deleted, under its own id. */
    bringsBack: boolean;
  },
  undo: PlannedUndo,
): Promise<Plan | null> {
  const { companyId, connectionId, undoes, by } = of;
  const summary = { ...countsOf(undo), left: undo.left.size };
  const [plan] = await tx
    .insert(plans)
    .values({
      companyId,
      connectionId,
      kind: "undo",
      sessionId: undoes,
      undoes,
      reason: `${by} asked to take a session back.`,
      state: "ready",
      items: undo.items.size,
      summary,
      askedBy: by,
    })
    .onConflictDoNothing()
    .returning();
  if (!plan) return null;
  const rule = ruleOfUndo(undoes);
  await storeUndoLines(tx, { companyId, planId: plan.id, rule, bringsBack: of.bringsBack }, undo);
  return plan;
}

/** How many lines there are of each side and action. */
function countsOf(undo: PlannedUndo): Record<string, Record<string, number>> {
  const counts: Record<string, Record<string, number>> = {};
  for (const { side, action } of undo.items.values()) {
    const ofSide = (counts[side] ??= {});
    ofSide[action] = (ofSide[action] ?? 0) + 1;
  }
  return counts;
}

/** The session that a plan takes back. @throws when there is no such plan, or it is no undo */
export async function readUndoes(tx: Tx, planId: string): Promise<string> {
  const [plan] = await tx.select({ undoes: plans.undoes }).from(plans).where(eq(plans.id, planId));
  if (!plan?.undoes) throw new Error(`plan ${planId} takes no session back`);
  return plan.undoes;
}
