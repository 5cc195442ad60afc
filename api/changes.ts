import { z } from "zod";
import { readEvent } from "../db/event-queries.ts";
import { type Change, listChanges } from "../db/trail.ts";
import type { Deps } from "./deps.ts";
import { listed } from "./listed.ts";
import { bySerial, cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import { notFound } from "./problems.ts";
import { type Answer, type Call, type Route, route } from "./route.ts";
import { id, moment } from "./validation.ts";

const shape = z
  .object({
    id: z.int(),
    at: z.iso.datetime(),
    eventId: z.guid(),
    connectionId: z.guid().nullable(),
    sessionId: z.guid().nullable(),
    by: z.string().nullable().meta({ description: "Who edited our side, where no session did" }),
    side: z.enum(["local", "remote"]),
    action: z.enum(["created", "updated", "deleted", "restored"]),
    fields: z.record(z.string(), z.object({ before: z.unknown(), after: z.unknown() })),
    rule: z.string(),
    version: z.int(),
  })
  .meta({ id: "Change" });

const window = { ...pageQuery, from: moment.optional(), to: moment.optional() };
const answers = { 200: { description: "Changes, newest first", schema: pageOf(shape) } };
const common = { method: "get", role: "member", tag: "trail", answers } as const;

export const changeRoutes: Route[] = [
  route({
    ...common,
    path: "/api/changes",
    summary: "What sessions changed, on which side, and by which rule",
    query: z.strictObject({
      ...window,
      connectionId: id.optional(),
      eventId: id.optional(),
      sessionId: id.optional(),
    }),
    handle: (deps, call) => answer(deps, call, call.query),
  }),
  route({
    ...common,
    path: "/api/events/:id/changes",
    summary: "Why an event is as it is",
    query: z.strictObject(window),
    handle: async (deps, call) => {
      const eventId = String(call.params["id"]);
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        readEvent(tx, eventId),
      );
      if (!found) throw notFound();
      return answer(deps, call, { ...call.query, eventId });
    },
  }),
];

type Wanted = Parameters<typeof listChanges>[1] & {
  limit?: number | undefined;
  cursor?: string | undefined;
};

async function answer(
  deps: Deps,
  call: Call<unknown, unknown, unknown>,
  wanted: Wanted,
): Promise<Answer> {
  const { limit = defaultLimit, cursor, ...filter } = wanted;
  const before = readCursor(cursor, bySerial)?.id;
  const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
    listChanges(tx, filter, { before, limit: limit + 1 }),
  );
  const page = cut(found, limit, (last) => ({ id: last.id }));
  return listed(call, { ...page, items: page.items.map(toAnswer) });
}

function toAnswer(change: Change): z.output<typeof shape> {
  const { companyId: _, at, fields, ...rest } = change;
  return { ...rest, at: at.toISOString(), fields: fields as z.output<typeof shape>["fields"] };
}
