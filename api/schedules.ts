import { z } from "zod";
import {
  asTold,
  changeSchedule,
  createSchedule,
  deleteSchedule,
  listSchedules,
  noteTold,
  readSchedule,
  type Schedule,
} from "../db/schedules.ts";
import { livingConnection } from "./connection-actions.ts";
import { cronComplaint } from "./cron.ts";
import type { Deps } from "./deps.ts";
import { listed } from "./listed.ts";
import { byId, cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import { patiently } from "./patience.ts";
import { notFound } from "./problems.ts";
import { type Answer, type Call, made, ok, type Route, route } from "./route.ts";
import { id, zone } from "./validation.ts";

const cadence = z
  .union([
    z.strictObject({ everyMinutes: z.int().min(1).max(43_200) }),
    z.strictObject({
      dailyAt: z
        .array(z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "is not HH:MM"))
        .min(1)
        .max(24),
    }),
    z.strictObject({
      cron: z
        .string()
        .max(300)
        .check(({ value, issues }) => {
          const message = cronComplaint(value);
          if (message !== null) issues.push({ code: "custom", input: value, message });
        }),
    }),
  ])
  .meta({ id: "Cadence", description: "Every so many minutes, at times of the day, or by cron" });

const shape = z
  .object({
    id: z.guid(),
    connectionId: z.guid(),
    cadence,
    zone: z.string(),
    enabled: z.boolean(),
    pausedReason: z.string().nullable(),
    createdAt: z.iso.datetime(),
    next: z
      .array(z.string())
      .nullable()
      .meta({ description: "The next five runs; null while Temporal cannot be asked" }),
    last: z.string().nullable(),
    missed: z.int().nullable(),
    running: z.boolean().nullable(),
  })
  .meta({ id: "Schedule" });

const choices = { zone, enabled: z.boolean(), pausedReason: z.string().max(500).nullable() };
const body = z
  .strictObject({
    connectionId: id,
    cadence,
    zone: zone.default("UTC"),
    enabled: choices.enabled.default(true),
    pausedReason: choices.pausedReason.default(null),
  })
  .meta({ id: "NewSchedule" });
const patch = z
  .strictObject({ cadence, ...choices })
  .partial()
  .meta({ id: "SchedulePatch" });

const common = { tag: "schedules" } as const;
const one = { description: "The schedule", schema: shape };

export const scheduleRoutes: Route[] = [
  route({
    ...common,
    method: "get",
    path: "/api/schedules",
    role: "member",
    summary: "Schedules of the company",
    query: z.strictObject({ ...pageQuery, connectionId: id.optional() }),
    answers: { 200: { description: "Schedules", schema: pageOf(shape) } },
    handle: async (deps, call) => {
      const { limit = defaultLimit, cursor, connectionId } = call.query;
      const after = readCursor(cursor, byId)?.id;
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        listSchedules(tx, { after, limit: limit + 1, connectionId }),
      );
      const page = cut(found, limit, (last) => ({ id: last.id }));
      return listed(call, {
        ...page,
        items: await Promise.all(page.items.map((schedule) => toAnswer(deps, schedule))),
      });
    },
  }),
  route({
    ...common,
    method: "post",
    path: "/api/schedules",
    role: "admin",
    summary: "Makes a schedule for a connection",
    body,
    answers: { 201: one },
    handle: async (deps, call) => {
      const connection = await livingConnection(deps, call, call.body.connectionId);
      const { companyId } = connection;
      const found = await deps.database.withCompany(companyId, (tx) =>
        createSchedule(tx, { ...call.body, companyId, id: call.newId }),
      );
      await tell(deps, found);
      return made(await toAnswer(deps, found), `/api/schedules/${found.id}`);
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
      return ok(await toAnswer(deps, found));
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
  const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
    changeSchedule(tx, idOf(call), { ...named, ...resumed }),
  );
  if (!found) throw notFound();
  await tell(deps, found);
  return ok(await toAnswer(deps, found));
}

const idOf = (call: { params: Record<string, unknown> }): string => String(call.params["id"]);

/** The row is the record: a Temporal that is down is told later, and the answer shows that by `next`. */
export async function tell(deps: Deps, schedule: Schedule): Promise<void> {
  const { companyId } = schedule;
  try {
    const told = await deps.database.withCompany(companyId, (tx) => asTold(tx, schedule));
    await patiently(deps.schedules.put(told));
    await deps.database.withCompany(companyId, (tx) => noteTold(tx, schedule));
  } catch (err) {
    deps.log.warn(
      { err, scheduleId: schedule.id },
      "Temporal is told of a schedule by the next sweep",
    );
  }
}

async function toAnswer(deps: Deps, schedule: Schedule): Promise<z.output<typeof shape>> {
  const state = await patiently(deps.schedules.describe(schedule.id)).catch(() => null);
  const { id: scheduleId, connectionId, enabled, pausedReason } = schedule;
  return {
    id: scheduleId,
    connectionId,
    cadence: schedule.cadence,
    zone: schedule.zone,
    enabled,
    pausedReason,
    createdAt: schedule.createdAt.toISOString(),
    next: state?.next.slice(0, 5) ?? null,
    last: state?.last ?? null,
    missed: state?.missed ?? null,
    running: state?.running ?? null,
  };
}
