import { z } from "zod";
import { deleteRule, listRules } from "../db/conflict-rules.ts";
import { type Conflict, listConflicts, readConflict } from "../db/conflicts.ts";
import { eventFields } from "../sync/event.ts";
import { calendarConnection } from "./calendar-only.ts";
import { chosenShape, resolveConflict, resolveEvent } from "./conflict-choice.ts";
import { listed } from "./listed.ts";
import { byPlace, cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import { notFound } from "./problems.ts";
import { ok, type Route, route } from "./route.ts";
import { id } from "./validation.ts";

const tag = "inbox";
const instant = z.iso.datetime().nullable();

const conflictShape = z
  .object({
    id: z.guid(),
    connectionId: z.guid(),
    provider: z.string(),
    eventId: z.guid(),
    title: z.string(),
    sessionId: z.guid(),
    field: z.string(),
    base: z.unknown(),
    local: z.unknown(),
    localAt: instant,
    localBy: z.string().nullable(),
    remote: z.unknown(),
    remoteAt: instant,
    policy: z.string(),
    winner: z.enum(["local", "remote", "nobody"]),
    state: z.enum(["open", "settled"]),
    choice: z.enum(["local", "remote", "merge", "both"]).nullable(),
    chosen: z.unknown().meta({ description: "The value that a person's choice gave the field" }),
    settledBy: z.string().nullable(),
    settledAt: instant,
    openedAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: "Conflict" });

export type ConflictAnswer = z.output<typeof conflictShape>;

const ruleShape = z
  .object({
    id: z.guid(),
    field: z.string().nullable().meta({ description: "Null: all fields" }),
    keep: z.enum(["local", "remote"]),
    madeBy: z.string(),
    madeAt: z.iso.datetime(),
  })
  .meta({ id: "ConflictRule" });

const field = z.enum(eventFields);
const value = z.unknown().meta({
  description:
    "Text, or for start and end `{date}` or `{local, zone}`, for recurrence a list of lines",
});

export const conflictRoutes: Route[] = [
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
  route({
    method: "get",
    path: "/api/conflicts/:id",
    role: "member",
    tag,
    summary: "A conflict: what both sides had, and what was chosen",
    answers: { 200: { description: "The conflict", schema: conflictShape } },
    handle: async (deps, call) => {
      const conflictId = String(call.params["id"]);
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        readConflict(tx, conflictId),
      );
      if (!found) throw notFound();
      return ok(toConflict(found));
    },
  }),
  route({
    method: "post",
    path: "/api/conflicts/:id/resolve",
    role: "member",
    tag,
    summary: "Chooses a side, a value made of both, or both; a choice can be made anew",
    description:
      "`both` keeps ours and makes a second event with theirs. `always` makes the choice a standing answer for the field on this connection. Of one that was settled, the choice puts the other value back as an edit; where the field has been edited since, `force` says that this is meant.",
    body: z
      .strictObject({
        keep: z.enum(["local", "remote", "merge", "both"]),
        value: value.optional(),
        always: z.boolean().default(false),
        force: z.boolean().default(false),
      })
      .meta({ id: "Resolution" }),
    answers: { 200: { description: "The event as it is now", schema: chosenShape } },
    handle: (deps, call) => resolveConflict(deps, call, String(call.params["id"])),
  }),
  route({
    method: "post",
    path: "/api/events/:id/conflicts/resolve",
    role: "member",
    tag,
    summary: "Merges an event field by field: for each a side, or a value",
    body: z
      .strictObject({
        connectionId: id,
        fields: z
          .partialRecord(field, z.union([z.enum(["local", "remote"]), z.strictObject({ value })]))
          .refine((fields) => Object.keys(fields).length > 0, "names no field"),
      })
      .meta({ id: "Merge" }),
    answers: { 200: { description: "The event as it is now", schema: chosenShape } },
    handle: (deps, call) => resolveEvent(deps, call, String(call.params["id"])),
  }),
  route({
    method: "get",
    path: "/api/connections/:id/conflict-rules",
    role: "member",
    tag,
    summary: "Standing answers to conflicts of a connection",
    refuses: [409],
    answers: { 200: { description: "Rules", schema: z.object({ data: z.array(ruleShape) }) } },
    handle: async (deps, call) => {
      const connection = await calendarConnection(deps, call, String(call.params["id"]));
      const rules = await deps.database.withCompany(connection.companyId, (tx) =>
        listRules(tx, connection.id),
      );
      return ok({
        data: rules.map(({ id: ruleId, field: of, keep, madeBy, madeAt }) => ({
          id: ruleId,
          field: of || null,
          keep,
          madeBy,
          madeAt: madeAt.toISOString(),
        })),
      });
    },
  }),
  route({
    method: "delete",
    path: "/api/conflict-rules/:id",
    role: "member",
    tag,
    summary: "Takes a standing answer back: the policy decides again",
    answers: {
      200: { description: "It is gone", schema: z.object({ success: z.literal(true) }) },
    },
    handle: async (deps, call) => {
      const ruleId = String(call.params["id"]);
      const gone = await deps.database.withCompany(call.caller.companyId, (tx) =>
        deleteRule(tx, ruleId),
      );
      if (!gone) throw notFound();
      return ok({ success: true });
    },
  }),
];

function toConflict(conflict: Conflict): z.output<typeof conflictShape> {
  const { companyId: _, linkId: __, place: ___, ...rest } = conflict;
  const iso = (at: Date | null) => at?.toISOString() ?? null;
  return {
    ...rest,
    localAt: iso(rest.localAt),
    remoteAt: iso(rest.remoteAt),
    settledAt: iso(rest.settledAt),
    openedAt: rest.openedAt.toISOString(),
    updatedAt: rest.updatedAt.toISOString(),
  };
}
