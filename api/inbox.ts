import { z } from "zod";
import { type Conflict, listConflicts } from "../db/trail.ts";
import { listed } from "./listed.ts";
import { byPlace, cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import { type Route, route } from "./route.ts";
import { id } from "./validation.ts";

const tag = "inbox";

const conflictShape = z
  .object({
    id: z.guid(),
    connectionId: z.guid(),
    eventId: z.guid(),
    sessionId: z.guid(),
    field: z.string(),
    base: z.unknown(),
    local: z.unknown(),
    remote: z.unknown(),
    policy: z.string(),
    winner: z.enum(["local", "remote", "nobody"]),
    state: z.enum(["open", "settled"]),
    openedAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: "Conflict" });

export const inboxRoutes: Route[] = [
  route({
    method: "get",
    path: "/api/conflicts",
    role: "member",
    tag,
    summary: "Fields that both sides changed, newest first",
    query: z.strictObject({
      ...pageQuery,
      state: z.enum(["open", "settled"]).optional(),
      connectionId: id.optional(),
      eventId: id.optional(),
    }),
    answers: {
      200: { description: "Conflicts; the side that lost is kept", schema: pageOf(conflictShape) },
    },
    handle: async (deps, call) => {
      const { limit = defaultLimit, cursor, ...filter } = call.query;
      const after = readCursor(cursor, byPlace);
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        listConflicts(tx, filter, { after, limit: limit + 1 }),
      );
      const page = cut(found, limit, (last) => ({ place: last.place, id: last.id }));
      return listed(call, { ...page, items: page.items.map(toConflict) });
    },
  }),
];

function toConflict(conflict: Conflict & { place: string }): z.output<typeof conflictShape> {
  const { companyId: _, linkId: __, place: ___, openedAt, updatedAt, ...rest } = conflict;
  return { ...rest, openedAt: openedAt.toISOString(), updatedAt: updatedAt.toISOString() };
}
