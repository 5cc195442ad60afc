import { path } from "../ask.ts";
import { type Context, show } from "../context.ts";
import { type Exit, exits } from "../exits.ts";
import { endText, exitOfSession, follow } from "../follow.ts";
import { connectionNamed } from "../names.ts";
import { table } from "../print.ts";
import type { Page, Plan, PlanItem, Session } from "../shapes.ts";

interface Planned {
  plan: Plan;
  session: Session;
}

/** Shows what a sync would do, and does nothing. */
export async function preview(context: Context, name: string): Promise<Exit> {
  const { ask } = context;
  const { id } = await connectionNamed(ask, name);
  const { plan, session } = await ask.json<Planned>("POST", path`/api/connections/${id}/preview`);
  await follow(context, session.id);
  return showPlan(context, plan.id);
}

/** Carries out exactly what a plan shows, or says that something has moved since. */
export async function apply(context: Context, planId: string): Promise<Exit> {
  const { ask, note } = context;
  const { session } = await ask.json<Planned>("POST", path`/api/plans/${planId}/apply`);
  const ended = await follow(context, session.id);
  const plan = await ask.json<Plan>("GET", path`/api/plans/${planId}`);
  show(context, { plan, session: ended }, endText(ended));
  if (plan.state === "applied") return exitOfSession(ended);
  note(
    `The plan is ${plan.state}${plan.movedCount > 0 ? `: ${plan.movedCount} lines have moved` : ""}.`,
  );
  return plan.state === "moved" ? exits.waits : exits.failed;
}

/** Shows what taking a session back would do; `--yes` does it. */
export async function undo(
  context: Context,
  sessionId: string,
  { yes }: { yes?: boolean },
): Promise<Exit> {
  const plan = await context.ask.json<Plan>("POST", path`/api/sessions/${sessionId}/undo`);
  return yes ? apply(context, plan.id) : showPlan(context, plan.id);
}

const shown = 500;

async function showPlan(context: Context, planId: string): Promise<Exit> {
  const { ask, note } = context;
  const plan = await ask.json<Plan>("GET", path`/api/plans/${planId}`);
  const { data: items } = await ask.json<Page<PlanItem>>("GET", path`/api/plans/${planId}/items`, {
    query: { limit: shown },
  });
  const rows = items.map(({ side, action, title, remoteId, fields, held, state, reason }) => [
    side,
    held ? `${action} (held)` : action,
    title ?? remoteId,
    state === "left" ? `left: ${reason ?? "?"}` : Object.keys(fields).join(", "),
  ]);
  show(context, { plan, items }, table(["side", "action", "what", "fields"], rows));
  if (plan.items > items.length) note(`and ${plan.items - items.length} more`);
  note(`Plan ${plan.id} is ${plan.state}.`);
  if (plan.state !== "ready") return plan.state === "failed" ? exits.failed : exits.done;
  note(`To carry it out: syncline apply ${plan.id}`);
  return exits.waits;
}
