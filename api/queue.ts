import { z } from "zod";
import { readConnection } from "../db/connections.ts";
import { cleanFinished, listWrites, queueStats, retryFailed } from "../db/writes.ts";
import { isActive } from "./connection-choice.ts";
import type { Deps } from "./deps.ts";
import { listed } from "./listed.ts";
import { byPlace, cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import { type Answer, type Call, nothing, ok, type Route, route } from "./route.ts";
import { id } from "./validation.ts";

const path = "/api/calendar/sync/queue";
const tag = "queue";
const counts = z.object({ PENDING: z.int(), COMPLETED: z.int(), FAILED: z.int() });
const write = z
  .object({
    eventId: z.guid(),
    connectionId: z.guid(),
    provider: z.string(),
    state: z.enum(["pending", "completed", "failed"]),
    version: z.int(),
    attempts: z.int(),
    error: z.string().nullable(),
    remoteId: z.string().nullable(),
    enqueuedAt: z.string(),
  })
  .meta({ id: "QueuedWrite" });
const drained = z.object({
  success: z.literal(true),
  sessions: z.array(z.object({ connectionId: z.guid(), sessionId: z.guid() })),
});
const cursor = byPlace.omit({ id: true }).extend({ event: z.guid(), connection: z.guid() });

export const queueRoutes: Route[] = [
  route({
    method: "get",
    path,
    role: "member",
    tag,
    summary: "How the queue to the providers stands",
    query: z.strictObject({ integrationId: id.optional() }),
    answers: {
      200: {
        description: "Counts, and the age of the oldest pending write in seconds",
        schema: z.object({
          success: z.literal(true),
          stats: counts,
          oldestPendingAge: z.number().nullable(),
        }),
      },
    },
    handle: async (deps, call) => {
      const { oldestPendingAge, ...stats } = await deps.database.withCompany(
        call.caller.companyId,
        (tx) => queueStats(tx, call.query.integrationId),
      );
      return ok({ success: true, stats, oldestPendingAge });
    },
  }),
  route({
    method: "get",
    path: `${path}/writes`,
    role: "member",
    tag,
    summary: "The writes of the queue, oldest first",
    query: z.strictObject({
      ...pageQuery,
      state: z.enum(["pending", "completed", "failed"]).optional(),
    }),
    answers: { 200: { description: "Writes", schema: pageOf(write) } },
    handle: async (deps, call) => {
      const { limit = defaultLimit, state } = call.query;
      const last = readCursor(call.query.cursor, cursor);
      const after = last && {
        enqueuedAt: last.place,
        eventId: last.event,
        connectionId: last.connection,
      };
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        listWrites(tx, { limit: limit + 1, ...(state && { state }), ...(after && { after }) }),
      );
      const keyOf = (row: (typeof found)[number]) => ({
        place: row.enqueuedAt,
        event: row.eventId,
        connection: row.connectionId,
      });
      return listed(call, cut(found, limit, keyOf));
    },
  }),
  route({
    method: "post",
    path,
    role: "admin",
    tag,
    summary: "Tries everything that is pending or has failed, now",
    body: nothing.optional(),
    query: z.strictObject({ integrationId: id.optional() }),
    answers: { 202: { description: "The sessions that will do it", schema: drained } },
    handle: drain,
  }),
  route({
    method: "delete",
    path,
    role: "admin",
    tag,
    summary: "Forgets finished writes",
    query: z.strictObject({
      olderThan: z
        .string()
        .regex(/^\d{1,4}$/, "is not a number of days")
        .transform(Number)
        .optional()
        .meta({
          type: "integer",
          minimum: 0,
          maximum: 9999,
          description: "Days; as configured, if absent",
        }),
    }),
    answers: {
      200: {
        description: "How many",
        schema: z.object({ success: z.literal(true), deleted: z.int() }),
      },
    },
    handle: async (deps, call) => {
      const days = call.query.olderThan ?? deps.config.KEEP_FINISHED_WRITES_DAYS;
      const deleted = await deps.database.withCompany(call.caller.companyId, (tx) =>
        cleanFinished(tx, days),
      );
      return ok({ success: true, deleted });
    },
  }),
];

async function drain(
  deps: Deps,
  call: Call<unknown, { integrationId?: string | undefined }, unknown>,
): Promise<Answer> {
  const { companyId, name } = call.caller;
  const rung = await deps.database.withCompany(companyId, async (tx) => {
    const sessions: { connectionId: string; sessionId: string; signal: boolean }[] = [];
    for (const connectionId of await retryFailed(tx, call.query.integrationId)) {
      const connection = await readConnection(tx, connectionId);
      if (!connection || !isActive(connection)) continue;
      const ring = await deps.frontDoor.ringIn(tx, {
        companyId,
        connectionId,
        trigger: "manual",
        by: name,
      });
      sessions.push({ connectionId, ...ring });
    }
    return sessions;
  });
  for (const { connectionId, signal } of rung)
    if (signal) deps.frontDoor.signal({ companyId, connectionId });
  const sessions = rung.map(({ connectionId, sessionId }) => ({ connectionId, sessionId }));
  return { status: 202, body: { success: true, sessions } };
}
