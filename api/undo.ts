import { readSession, type Session } from "../db/sessions.ts";
import { planUndoNow } from "../db/undo.ts";
import { storeUndo } from "../db/undo-plan.ts";
import { calendarConnection } from "./calendar-only.ts";
import type { Deps } from "./deps.ts";
import { planShape, toPlan } from "./plan-shape.ts";
import { notFound, Problem } from "./problems.ts";
import { bringsBack } from "./remote.ts";
import { type Answer, type Call, made, nothing, type Route, route } from "./route.ts";

export const undoRoutes: Route[] = [
  route({
    method: "post",
    path: "/api/sessions/:id/undo",
    role: "admin",
    tag: "sessions",
    summary: "Shows what taking a session back would do, and does nothing",
    description:
      "The answer is a plan that is ready: its items are at /api/plans/:id/items, among them what is left because it has changed since. Sessions go on meanwhile; applying it takes back what is then still as it was.",
    body: nothing.optional(),
    answers: { 201: { description: "The plan", schema: planShape } },
    handle: undo,
  }),
];

type AnyCall = Call<Record<string, unknown>, unknown, unknown>;

async function undo(deps: Deps, call: AnyCall): Promise<Answer> {
  const { companyId, name: by } = call.caller;
  const sessionId = String(call.params["id"]);
  const session = await deps.database.withCompany(companyId, (tx) => readSession(tx, sessionId));
  if (!session) throw notFound();
  const connection = await calendarConnection(deps, call, session.connectionId);
  refuseUnended(session);
  const { fields } = deps.registry.calendar(connection.provider);
  const of = { companyId, connectionId: connection.id, undoes: sessionId, by };
  const plan = await deps.database.withCompany(companyId, async (tx) => {
    const planned = await planUndoNow(tx, { sessionId, connectionId: connection.id, fields });
    refuseWithoutTrail(session, planned.entries.length);
    return storeUndo(tx, { ...of, bringsBack: bringsBack(deps, connection) }, planned);
  });
  if (!plan)
    throw new Problem(
      "plan_under_way",
      "A plan of this connection is being drawn up or carried out, or waits for a person.",
    );
  return made(toPlan(plan), `/api/plans/${plan.id}`);
}

/** @throws Problem for a session that has written nothing by its nature, or that may still write */
function refuseUnended({ kind, status }: Session): void {
  if (kind === "preview")
    throw new Problem("cannot_undo", "It was a preview: it has written nothing.");
  if (status === "queued" || status === "running")
    throw new Problem("cannot_undo", "It has not ended yet: wait until it has, and ask again.");
}

/** @throws Problem where the session's writes are not in the trail (any more) */
function refuseWithoutTrail(session: Session, entries: number): void {
  const { localCreated, localUpdated, localDeleted } = session;
  const { remoteCreated, remoteUpdated, remoteDeleted } = session;
  const here = localCreated + localUpdated + localDeleted;
  const written = here + remoteCreated + remoteUpdated + remoteDeleted;
  if (entries < written)
    throw new Problem(
      "cannot_undo",
      "What it wrote is not in the trail any more: the trail is kept for as long as the retention says.",
    );
  if (entries === 0) throw new Problem("cannot_undo", "It has written nothing.");
}
