import { z } from "zod";
import { readConnection } from "../db/connections.ts";
import {
  changeSchedule,
  createSchedule,
  deleteSchedule,
  listSchedules,
  readSchedule,
} from "../db/schedules.ts";
import { cadence } from "./cadence.ts";
import { livingConnection } from "./connection-actions.ts";
import type { Deps } from "./deps.ts";
import { listed } from "./listed.ts";
import { byId, cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import { patiently } from "./patience.ts";
import { notFound } from "./problems.ts";
import { checkStreams } from "./streams.ts";
import { type Answer, type Call, made, ok, type Route, route } from "./route.ts";
import { describeSchedule, scheduleShape, tell } from "./schedule-shape.ts";
import { id, zone } from "./validation.ts";

const choices = {
  zone,
  streams: z.array(z.string().max(64)).max(50),
  enabled: z.boolean(),
  pausedReason: z.string().max(500).nullable(),
};
const body = z
  .strictObject({
    connectionId: id,
    cadence,
    zone: zone.default("UTC"),
    streams: choices.streams
      .default([])
      .meta({ description: "What to read; empty for everything" }),
    enabled: choices.enabled.default(true),
    pausedReason: choices.pausedReason.default(null),
  })
  .meta({ id: "NewSchedule" });
const patch = z
  .strictObject({ cadence, ...choices })
  .partial()
  .meta({ id: "SchedulePatch" });

const common = { tag: "schedules" } as const;
const one = { description: "The schedule", schema: scheduleShape };

export const scheduleRoutes: Route[] = [
  route({
    ...common,
    method: "get",
    path: "/api/schedules",
    role: "member",
    summary: "Schedules of the company",
    query: z.strictObject({ ...pageQuery, connectionId: id.optional() }),
    answers: { 200: { description: "Schedules", schema: pageOf(scheduleShape) } },
    handle: async (deps, call) => {
      const { limit = defaultLimit, cursor, connectionId } = call.query;
      const after = readCursor(cursor, byId)?.id;
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        listSchedules(tx, { after, limit: limit + 1, connectionId }),
      );
      const page = cut(found, limit, (last) => ({ id: last.id }));
      return listed(call, {
        ...page,
        items: await Promise.all(page.items.map((schedule) => describeSchedule(deps, schedule))),
      });
    },
  }),
  route({
    ...common,
    method: "post",
    path: "/api/schedules",
    role: "admin",
    summary: "Makes a schedule for a connection",
    description:
      "A connection may have several, each for streams of its own. A run that comes while another is under way is left out; after an outage one run catches up for all that were missed.",
    body,
    answers: { 201: one },
    handle: async (deps, call) => {
      const connection = await livingConnection(deps, call, call.body.connectionId);
      checkStreams(deps.registry.get(connection.provider), call.body.streams);
      const { companyId } = connection;
      const found = await deps.database.withCompany(companyId, (tx) =>
        createSchedule(tx, { ...call.body, companyId, id: call.newId }),
      );
      const told = await tell(deps, found);
      return made(await describeSchedule(deps, told), `/api/schedules/${found.id}`);
    },
  }),
  route({
    ...common,
    method: "get",
    path: "/api/schedules/:id",
    role: "member",
    summary: "A schedule, with its next five runs",
    answers: { 200: one },
    handle: async (deps, call) => {
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        readSchedule(tx, idOf(call)),
      );
      if (!found) throw notFound();
      return ok(await describeSchedule(deps, found));
    },
  }),
  route({
    ...common,
    method: "patch",
    path: "/api/schedules/:id",
    role: "admin",
    summary: "Changes, pauses or resumes a schedule",
    body: patch,
    answers: { 200: one },
    handle: (deps, call) => change(deps, call, call.body),
  }),
  route({
    ...common,
    method: "delete",
    path: "/api/schedules/:id",
    role: "admin",
    summary: "Deletes a schedule",
    answers: { 204: { description: "It is gone" } },
    handle: async (deps, call) => {
      const scheduleId = idOf(call);
      const gone = await deps.database.withCompany(call.caller.companyId, (tx) =>
        deleteSchedule(tx, scheduleId),
      );
      if (!gone) throw notFound();
      await patiently(deps.schedules.remove(scheduleId)).catch((err: unknown) =>
        deps.log.warn({ err, scheduleId }, "Temporal still has a deleted schedule"),
      );
      return { status: 204 };
    },
  }),
];

async function change(
  deps: Deps,
  call: Call<Record<string, unknown>, unknown, unknown>,
  body: z.output<typeof patch>,
): Promise<Answer> {
  const named = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
  const resumed = body.enabled === true ? { pausedReason: null } : {};
  const found = await deps.database.withCompany(call.caller.companyId, async (tx) => {
    const before = await readSchedule(tx, idOf(call));
    const connection = before && (await readConnection(tx, before.connectionId));
    if (!connection) throw notFound();
    checkStreams(deps.registry.get(connection.provider), body.streams ?? []);
    return changeSchedule(tx, idOf(call), { ...named, ...resumed });
  });
  if (!found) throw notFound();
  return ok(await describeSchedule(deps, await tell(deps, found)));
}

const idOf = (call: { params: Record<string, unknown> }): string => String(call.params["id"]);
