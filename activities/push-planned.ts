import type { Tx } from "../db/client.ts";
import { leaveItems, type PlanItem, readItemsOf } from "../db/plan-items.ts";
import { sameValue } from "../sync/change.ts";
import { actionOf } from "./landed.ts";
import type { Send, Verdict } from "./push-decide.ts";

/**
 * Each write is decided anew before it is sent. One that is not what the plan has shown is not sent: its
 * line is left, with the reason, and its mark stays for the next session.
 */
export async function keepToPlan(
  tx: Tx,
  planId: string,
  verdicts: ReadonlyMap<string, Verdict>,
): Promise<ReadonlyMap<string, Verdict>> {
  const planned = await readItemsOf(tx, planId, [...verdicts.keys()]);
  const byEvent = new Map(planned.map((item) => [item.eventId, item]));
  const left: { eventId: string; reason: string }[] = [];
  const kept = new Map<string, Verdict>();
  for (const [eventId, verdict] of verdicts) {
    const reason = whyLeft(verdict, byEvent.get(eventId));
    if (reason !== null) left.push({ eventId, reason });
    const isOther = verdict.kind === "send" && reason !== null;
    kept.set(eventId, isOther ? { kind: "left" } : verdict);
  }
  await leaveItems(tx, planId, left);
  return kept;
}

function whyLeft(verdict: Verdict, item: PlanItem | undefined): string | null {
  if (verdict.kind === "done") return "nothing has to be sent any more";
  if (verdict.kind === "failed") return verdict.error;
  if (verdict.kind !== "send" || verdict.send.kind !== "send") return null;
  return item && isAsPlanned(verdict.send, item) ? null : "it has changed on our side since";
}

function isAsPlanned({ intent }: Extract<Send, { kind: "send" }>, item: PlanItem): boolean {
  if (actionOf[intent.kind] !== item.action) return false;
  const fields = intent.kind === "create" ? Object.keys(item.fields) : intent.fields;
  const sent = Object.fromEntries(Object.entries(intent.sent));
  return (
    fields.length === Object.keys(item.fields).length &&
    fields.every((field) => sameValue(item.fields[field]?.after, sent[field]))
  );
}
