import { z } from "zod";
import {
  type Calendar,
  changeCalendar,
  createCalendar,
  listCalendars,
  readCalendar,
} from "../db/calendars.ts";
import { listed } from "./listed.ts";
import { byId, cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import { notFound } from "./problems.ts";
import { made, ok, type Route, route } from "./route.ts";
import { zone } from "./validation.ts";

const shape = z
  .object({ id: z.guid(), name: z.string(), timeZone: z.string(), createdAt: z.iso.datetime() })
  .meta({ id: "Calendar" });
const name = z.string().trim().min(1).max(200);
const common = { tag: "calendars" } as const;
const answers = { 200: { description: "The calendar", schema: shape } };

export const calendarRoutes: Route[] = [
  route({
    ...common,
    method: "get",
    path: "/api/calendars",
    role: "member",
    summary: "Calendars of the company",
    query: z.strictObject(pageQuery),
    answers: { 200: { description: "Calendars", schema: pageOf(shape) } },
    handle: async (deps, call) => {
      const { limit = defaultLimit, cursor } = call.query;
      const after = readCursor(cursor, byId)?.id;
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        listCalendars(tx, { after, limit: limit + 1 }),
      );
      const page = cut(found, limit, (last) => ({ id: last.id }));
      return listed(call, { ...page, items: page.items.map(toAnswer) });
    },
  }),
  route({
    ...common,
    method: "post",
    path: "/api/calendars",
    role: "admin",
    summary: "Makes a calendar",
    body: z.strictObject({ name, timeZone: zone.default("UTC") }),
    answers: { 201: answers[200] },
    handle: async (deps, call) => {
      const { companyId } = call.caller;
      const calendar = {
        id: call.newId,
        companyId,
        name: call.body.name,
        zone: call.body.timeZone,
      };
      const found = await deps.database.withCompany(companyId, (tx) =>
        createCalendar(tx, calendar),
      );
      return made(toAnswer(found), `/api/calendars/${found.id}`);
    },
  }),
  route({
    ...common,
    method: "get",
    path: "/api/calendars/:id",
    role: "member",
    summary: "A calendar",
    answers,
    handle: async (deps, call) => {
      const id = String(call.params["id"]);
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        readCalendar(tx, id),
      );
      if (!found) throw notFound();
      return ok(toAnswer(found));
    },
  }),
  route({
    ...common,
    method: "patch",
    path: "/api/calendars/:id",
    role: "admin",
    summary: "Renames a calendar, or changes its zone",
    body: z.strictObject({ name: name.optional(), timeZone: zone.optional() }),
    answers,
    handle: async (deps, call) => {
      const id = String(call.params["id"]);
      const change = {
        ...(call.body.name !== undefined && { name: call.body.name }),
        ...(call.body.timeZone !== undefined && { zone: call.body.timeZone }),
      };
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        changeCalendar(tx, id, change),
      );
      if (!found) throw notFound();
      return ok(toAnswer(found));
    },
  }),
];

function toAnswer(calendar: Calendar): z.output<typeof shape> {
  return {
    id: calendar.id,
    name: calendar.name,
    timeZone: calendar.zone,
    createdAt: calendar.createdAt.toISOString(),
  };
}
