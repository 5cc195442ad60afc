import { z } from "zod";
import { listChannels } from "../db/channels.ts";
import { listConnections } from "../db/connections.ts";
import { livingConnection } from "./connection-actions.ts";
import { type ConnectionAnswer } from "./connection-shape.ts";
import { describe } from "./describe.ts";
import { patiently } from "./patience.ts";
import { Problem } from "./problems.ts";
import { nothing, ok, type Route, route } from "./route.ts";
import { queuedSession, syncNow } from "./sync-now.ts";
import { id } from "./validation.ts";

const most = 500;

const integration = z
  .object({
    id: z.guid(),
    provider: z.string(),
    isActive: z.boolean(),
    calendarId: z.guid().nullable(),
    externalCalendarId: z.string().nullable(),
    direction: z.enum(["both", "in", "out"]),
    lastSyncAt: z.string().nullable(),
    lastSyncError: z.string().nullable(),
    hasSyncToken: z.boolean(),
    tokenExpiry: z.string().nullable(),
    webhookId: z.guid().nullable(),
    webhookExpiry: z.string().nullable(),
    state: z.string(),
    status: z.string(),
  })
  .meta({ id: "Integration" });

const channel = z
  .object({
    id: z.guid(),
    state: z.enum(["opening", "open", "superseded", "closed", "failed"]),
    resourceId: z.string().nullable(),
    expiresAt: z.string().nullable(),
    hoursLeft: z.number().nullable(),
    lastMessageAt: z.string().nullable(),
    reason: z.string().nullable(),
  })
  .meta({ id: "Channel" });

const started = z.object({ success: z.literal(true), integrationId: z.guid() });

/** Connections under the addresses and names that users of older systems know. */
export const integrationRoutes: Route[] = [
  route({
    method: "get",
    path: "/api/calendar/integrations",
    role: "member",
    tag: "older addresses",
    summary: "Living connections",
    answers: {
      200: {
        description: "Connections",
        schema: z.object({ success: z.literal(true), data: z.array(integration) }),
      },
    },
    handle: (deps, call) =>
      deps.database.withCompany(call.caller.companyId, async (tx) => {
        const described = await describe(deps, tx, await listConnections(tx, { limit: most }));
        return ok({ success: true, data: described.map(toIntegration) });
      }),
  }),
  route({
    method: "post",
    path: "/api/calendar/integrations/:id/sync",
    role: "member",
    tag: "older addresses",
    summary: "Sync now",
    body: nothing.optional(),
    answers: { 202: { description: "The session that will do it", schema: queuedSession } },
    handle: (deps, call) => syncNow(deps, call, String(call.params["id"]), { trigger: "manual" }),
  }),
  route({
    method: "post",
    path: "/api/calendar/sync/notion/pull",
    role: "member",
    tag: "older addresses",
    summary: "Sync now, a connection to Notion",
    body: z.strictObject({ integrationId: id }),
    answers: { 202: { description: "The session that will do it", schema: queuedSession } },
    handle: async (deps, call) => {
      const connection = await livingConnection(deps, call, call.body.integrationId);
      if (connection.provider !== "notion")
        throw new Problem(
          "conflict",
          `This is a connection to ${connection.provider}, not to Notion.`,
        );
      return syncNow(deps, call, connection.id, { trigger: "manual" });
    },
  }),
  route({
    method: "get",
    path: "/api/calendar/webhooks/google",
    role: "member",
    tag: "webhooks",
    summary: "The push channels of a connection, the newest first",
    refuses: [409],
    query: z.strictObject({ integrationId: id }),
    answers: { 200: { description: "Channels", schema: z.object({ data: z.array(channel) }) } },
    handle: async (deps, call) => {
      const connection = await livingConnection(deps, call, call.query.integrationId);
      return ok({
        data: await deps.database.withCompany(connection.companyId, (tx) =>
          listChannels(tx, connection.id),
        ),
      });
    },
  }),
  route({
    method: "put",
    path: "/api/calendar/webhooks/google",
    role: "admin",
    tag: "webhooks",
    summary: "Opens a push channel, or replaces the one there is",
    body: z.strictObject({ integrationId: id }),
    answers: { 202: { description: "It is being opened", schema: started } },
    handle: async (deps, call) => {
      const connection = await livingConnection(deps, call, call.body.integrationId);
      await patiently(
        deps.workflows.channels.renew({
          companyId: connection.companyId,
          connectionId: connection.id,
        }),
      );
      return { status: 202, body: { success: true, integrationId: connection.id } };
    },
  }),
  route({
    method: "delete",
    path: "/api/calendar/webhooks/google",
    role: "admin",
    tag: "webhooks",
    summary: "Stops the push channels of a connection",
    query: z.strictObject({ integrationId: id }),
    answers: { 202: { description: "They are being stopped", schema: started } },
    handle: async (deps, call) => {
      const connection = await livingConnection(deps, call, call.query.integrationId);
      await patiently(
        deps.workflows.channels.stop({
          companyId: connection.companyId,
          connectionId: connection.id,
        }),
      );
      return { status: 202, body: { success: true, integrationId: connection.id } };
    },
  }),
];

function toIntegration(connection: ConnectionAnswer): z.output<typeof integration> {
  const open = connection.channel === "polling only" ? null : connection.channel;
  return {
    id: connection.id,
    provider: connection.provider,
    isActive: connection.enabled && connection.grantState === "ok",
    calendarId: connection.calendarId,
    externalCalendarId: connection.remoteCalendarId,
    direction: connection.direction,
    lastSyncAt: connection.lastCompletePassAt,
    lastSyncError: connection.lastError,
    hasSyncToken: connection.hasCursor,
    tokenExpiry: connection.tokenExpiresAt,
    webhookId: open?.id ?? null,
    webhookExpiry: open?.expiresAt ?? null,
    state: connection.state,
    status: connection.status,
  };
}
