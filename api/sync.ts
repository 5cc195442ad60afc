import { z } from "zod";
import { listConnections } from "../db/connections.ts";
import { livingConnection } from "./connection-actions.ts";
import { isActive } from "./connection-choice.ts";
import type { Deps } from "./deps.ts";
import { Problem, wrong } from "./problems.ts";
import { streamNames } from "./streams.ts";
import { type Call, type Route, route } from "./route.ts";
import { queuedSession, syncNow } from "./sync-now.ts";
import { id } from "./validation.ts";

const body = z
  .strictObject({
    connectionId: id.optional(),
    provider: z
      .string()
      .max(64)
      .optional()
      .meta({ description: "Instead of connectionId, where there is one of it" }),
    type: z.string().max(64).optional().meta({
      description:
        "`incremental` reads what has changed, and is meant where nothing is said; `full` reads everything at the provider anew; the name of a stream reads that one alone",
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
      const { type = "incremental" } = call.body;
      const streams = type === "full" || type === "incremental" ? [] : [type];
      await refuseUnknown(deps, call, connectionId, streams);
      return syncNow(deps, call, connectionId, {
        trigger: "api",
        isFull: type === "full",
        streams,
      });
    },
  }),
];

/** @throws Problem pointing at a type that is neither a word of ours nor a stream of the connection's */
async function refuseUnknown(
  deps: Deps,
  call: Pick<Call<unknown, unknown, unknown>, "caller">,
  connectionId: string,
  streams: readonly string[],
): Promise<void> {
  if (streams.length === 0) return;
  const { provider } = await livingConnection(deps, call, connectionId);
  const known = streamNames(deps.registry.get(provider));
  if (!streams.every((stream) => known.includes(stream)))
    throw wrong("/type", `is not one of incremental, full, ${known.join(", ")}`);
}

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
