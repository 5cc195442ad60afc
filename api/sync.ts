import { z } from "zod";
import { listConnections } from "../db/connections.ts";
import { isActive } from "./connection-choice.ts";
import { queuedSession, syncNow } from "./connection-actions.ts";
import type { Deps } from "./deps.ts";
import { Problem, wrong } from "./problems.ts";
import { type Call, type Route, route } from "./route.ts";
import { id } from "./validation.ts";

const body = z
  .strictObject({
    connectionId: id.optional(),
    provider: z
      .string()
      .max(64)
      .optional()
      .meta({ description: "Instead of connectionId, where there is one of it" }),
    type: z.enum(["incremental", "full"]).optional().meta({
      description: "`full` reads everything at the provider anew; `incremental` what has changed",
    }),
  })
  .refine((value) => (value.connectionId === undefined) !== (value.provider === undefined), {
    path: ["connectionId"],
    message: "is required, or provider, and not both",
  })
  .meta({ id: "SyncRequest" });

/** The public trigger, for partners and phones. */
export const syncRoutes: Route[] = [
  route({
    method: "post",
    path: "/api/sync",
    role: "member",
    tag: "sessions",
    summary: "Starts a sync",
    body,
    answers: { 202: { description: "The session that will do it", schema: queuedSession } },
    handle: async (deps, call) => {
      const connectionId =
        call.body.connectionId ?? (await onlyOf(deps, call, call.body.provider ?? ""));
      return syncNow(deps, call, connectionId, {
        trigger: "api",
        isFull: call.body.type === "full",
      });
    },
  }),
];

async function onlyOf(
  deps: Deps,
  call: Call<unknown, unknown, unknown>,
  provider: string,
): Promise<string> {
  const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
    listConnections(tx, { provider, limit: 500 }),
  );
  if (found.length === 0) throw wrong("/provider", "has no connection in this company");
  const active = found.filter(isActive);
  const [only, ...others] = active.length > 0 ? active : found;
  if (only && others.length === 0) return only.id;
  throw new Problem(
    "conflict",
    `There are several connections of ${provider}: name one by connectionId.`,
  );
}
