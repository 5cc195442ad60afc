import { z } from "zod";
import type { Tx } from "../db/client.ts";
import { forgetCursors } from "../db/cursors.ts";
import type { Connection } from "../db/connections.ts";
import { markOldDetails } from "../db/record-work.ts";
import type { Trigger } from "../db/rings.ts";
import { readSession } from "../db/sessions.ts";
import { livingConnection } from "./connection-actions.ts";
import { isActive } from "./connection-choice.ts";
import type { Deps } from "./deps.ts";
import { notFound, Problem } from "./problems.ts";
import { checkStreams, readOneByOne } from "./streams.ts";
import { type Answer, type Call, type Route, route } from "./route.ts";
import { sessionShape, toSession } from "./session-shape.ts";

export const queuedSession = z
  .object({
    success: z.literal(true),
    sessionId: z.guid(),
    connectionId: z.guid(),
    session: sessionShape,
  })
  .meta({ id: "QueuedSession" });

const body = z
  .strictObject({
    streams: z.array(z.string().max(64)).max(50).optional().meta({
      description: "What to read, where it is not everything",
    }),
    full: z.boolean().optional().meta({
      description: "Reads everything at the provider anew, not only what has changed",
    }),
  })
  .meta({ id: "SyncNow" });

export const syncNowRoutes: Route[] = [
  route({
    method: "post",
    path: "/api/connections/:id/sync",
    role: "member",
    tag: "connections",
    summary: "Sync now",
    body: body.optional(),
    answers: { 202: { description: "The session that will do it", schema: queuedSession } },
    handle: (deps, call) =>
      syncNow(deps, call, String(call.params["id"]), {
        trigger: "manual",
        isFull: call.body?.full ?? false,
        streams: call.body?.streams ?? [],
      }),
  }),
];

interface Wish {
  trigger: Extract<Trigger, "manual" | "api" | "slack">;
  isFull?: boolean;
  /** Empty for all. */
  streams?: readonly string[];
}

/** Rings for a person or a program; answers the session that will serve it. A full one reads everything anew. */
export async function syncNow(
  deps: Deps,
  call: Pick<Call<unknown, unknown, unknown>, "caller">,
  connectionId: string,
  { trigger, isFull = false, streams = [] }: Wish,
): Promise<Answer> {
  const connection = await livingConnection(deps, call, connectionId);
  checkStreams(deps.registry.get(connection.provider), streams);
  if (!isActive(connection)) throw resting(connection);
  const { companyId, name: by } = call.caller;
  const { rung, queued } = await deps.database.withCompany(companyId, async (tx) => {
    if (isFull) await forget(deps, tx, connection, streams);
    const of = { companyId, connectionId, trigger, by, streams };
    const rung = await deps.frontDoor.ringIn(tx, of);
    return { rung, queued: await readSession(tx, rung.sessionId) };
  });
  if (rung.signal) deps.frontDoor.signal({ companyId, connectionId });
  if (!queued) throw notFound();
  const { sessionId } = rung;
  return {
    status: 202,
    body: { success: true, sessionId, connectionId, session: toSession(deps, queued) },
    headers: { Location: `/api/sessions/${sessionId}` },
  };
}

/** Everything counts as unread: what is listed by its cursors, and what is read item by item. */
async function forget(
  deps: Deps,
  tx: Tx,
  { id: connectionId, companyId, provider }: Connection,
  streams: readonly string[],
): Promise<void> {
  await forgetCursors(tx, connectionId, streams);
  for (const stream of readOneByOne(deps.registry.get(provider), streams))
    await markOldDetails(tx, { companyId, connectionId, stream }, 0);
}

const resting = ({ enabled }: Connection): Problem =>
  new Problem(
    "not_connected",
    enabled
      ? "The connection waits for consent, for credentials, or for what it syncs to be chosen."
      : "The connection is paused.",
  );
