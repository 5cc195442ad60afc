import { asc, eq, sql } from "drizzle-orm";
import { type EventField, eventFields } from "../sync/event.ts";
import type { Tx } from "./client.ts";
import { conflictRules } from "./schema/sessions.ts";

export type ConflictRule = typeof conflictRules.$inferSelect;

export function listRules(tx: Tx, connectionId: string): Promise<ConflictRule[]> {
  return tx
    .select()
    .from(conflictRules)
    .where(eq(conflictRules.connectionId, connectionId))
    .orderBy(asc(conflictRules.field));
}

/** A person's standing answers by field; one for all fields stands for those without their own. */
export async function readStanding(
  tx: Tx,
  connectionId: string,
): Promise<Partial<Record<EventField, "local" | "remote">>> {
  const rules = new Map((await listRules(tx, connectionId)).map((rule) => [rule.field, rule.keep]));
  return Object.fromEntries(
    eventFields.flatMap((field) => {
      const keep = rules.get(field) ?? rules.get("");
      return keep ? [[field, keep] as const] : [];
    }),
  );
}

/** Makes a standing answer, or changes the one there is for the field. */
export async function putRule(
  tx: Tx,
  rule: Pick<ConflictRule, "companyId" | "connectionId" | "field" | "keep" | "madeBy">,
): Promise<void> {
  await tx
    .insert(conflictRules)
    .values(rule)
    .onConflictDoUpdate({
      target: [conflictRules.connectionId, conflictRules.field],
      set: { keep: rule.keep, madeBy: rule.madeBy, madeAt: sql`now()` },
    });
}

/** Answers whether there was such a rule. */
export async function deleteRule(tx: Tx, id: string): Promise<boolean> {
  const gone = await tx
    .delete(conflictRules)
    .where(eq(conflictRules.id, id))
    .returning({ id: conflictRules.id });
  return gone.length > 0;
}
