import { z } from "zod";
import { findDuplicates } from "../db/connection-facts.ts";
import { ok, type Route, route } from "./route.ts";

const duplicate = z
  .object({
    connectionId: z.guid(),
    remoteId: z.string().nullable(),
    eventId: z.guid().nullable(),
    count: z.int(),
  })
  .meta({ id: "Duplicate" });

export const duplicateRoutes: Route[] = [
  route({
    method: "get",
    path: "/api/calendar/duplicates",
    role: "member",
    tag: "connections",
    summary:
      "Remote items or events that a connection has linked more than once: there must be none",
    answers: {
      200: { description: "At most 500 of them", schema: z.object({ data: z.array(duplicate) }) },
    },
    handle: async (deps, call) =>
      ok({ data: await deps.database.withCompany(call.caller.companyId, findDuplicates) }),
  }),
];
