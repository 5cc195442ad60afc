import { z } from "zod";
import {
  changeRule,
  createRule,
  deleteRule,
  listRules,
  lockRule,
  readRule,
  type StoredRule,
  toRule,
} from "../db/booking-rules.ts";
import { readCalendar } from "../db/calendars.ts";
import { ringBookings } from "./booking-bell.ts";
import { occurrenceRoute } from "./booking-occurrences.ts";
import { checkRule } from "./booking-rule-checks.ts";
import {
  newRule,
  type NewRule,
  type RulePatch,
  rulePatch,
  ruleShape,
  toAnswer,
} from "./booking-rule-shape.ts";
import type { Deps } from "./deps.ts";
import { listed } from "./listed.ts";
import { byId, cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import { notFound, wrong } from "./problems.ts";
import { type Answer, type Call, made, ok, type Route, route } from "./route.ts";
import { id } from "./validation.ts";

const common = { tag: "bookings" } as const;
const one = { description: "The rule", schema: ruleShape };

export const bookingRuleRoutes: Route[] = [
  route({
    ...common,
    method: "get",
    path: "/api/booking-rules",
    role: "member",
    summary: "Rules by which bookings are made",
    query: z.strictObject({ ...pageQuery, calendarId: id.optional() }),
    answers: { 200: { description: "Rules", schema: pageOf(ruleShape) } },
    handle: async (deps, call) => {
      const { limit = defaultLimit, cursor, calendarId } = call.query;
      const after = readCursor(cursor, byId)?.id;
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        listRules(tx, { after, limit: limit + 1, calendarId }),
      );
      const page = cut(found, limit, (last) => ({ id: last.id }));
      return listed(call, { ...page, items: page.items.map(toAnswer) });
    },
  }),
  route({
    ...common,
    method: "post",
    path: "/api/booking-rules",
    role: "admin",
    summary: "Makes a rule, whose bookings are made at once",
    description:
      "The first rule of a calendar connects it with the company's rules by itself. What a rule has made it owns: edits are put back, here and at the providers; what a person deletes is not made again.",
    body: newRule,
    answers: { 201: one },
    handle: create,
  }),
  route({
    ...common,
    method: "get",
    path: "/api/booking-rules/:id",
    role: "member",
    summary: "A rule",
    answers: { 200: one },
    handle: async (deps, call) => {
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        readRule(tx, idOf(call)),
      );
      if (!found) throw notFound();
      return ok(toAnswer(found));
    },
  }),
  route({
    ...common,
    method: "patch",
    path: "/api/booking-rules/:id",
    role: "admin",
    summary: "Changes a rule, and its bookings to come",
    description:
      "What is left out stays as it is. A rule that is not enabled wants nothing: its bookings to come are cancelled, and made again once it is.",
    body: rulePatch,
    answers: { 200: one },
    handle: change,
  }),
  route({
    ...common,
    method: "delete",
    path: "/api/booking-rules/:id",
    role: "admin",
    summary: "Ends a rule: its bookings to come are cancelled, those that were stay",
    answers: { 204: { description: "It is gone" } },
    handle: remove,
  }),
  occurrenceRoute,
];

const idOf = (call: { params: Record<string, unknown> }): string => String(call.params["id"]);

async function create(deps: Deps, call: Call<unknown, unknown, NewRule>): Promise<Answer> {
  const { caller } = call;
  const { companyId } = caller;
  const { timeZone, ...given } = call.body;
  const done = await deps.database.withCompany(companyId, async (tx) => {
    const calendar = await readCalendar(tx, given.calendarId);
    if (!calendar) throw wrong("/calendarId", "is not a calendar of this company");
    const rule = { ...given, zone: timeZone ?? calendar.zone, id: call.newId };
    checkRule({ ...rule, createdAt: 0 });
    const stored = await createRule(tx, { ...rule, companyId, createdBy: caller.name });
    return { stored, ring: await ringBookings(deps, tx, stored.calendarId, caller) };
  });
  done.ring();
  return made(toAnswer(done.stored), `/api/booking-rules/${done.stored.id}`);
}

async function change(
  deps: Deps,
  call: Call<Record<string, unknown>, unknown, RulePatch>,
): Promise<Answer> {
  const { timeZone, ...given } = call.body;
  const named = {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    ...(timeZone !== undefined && { zone: timeZone }),
  };
  const done = await deps.database.withCompany(call.caller.companyId, async (tx) => {
    const before = await lockRule(tx, idOf(call));
    if (!before) throw notFound();
    checkRule(toRule({ ...before, ...named }));
    const stored: StoredRule = (await changeRule(tx, before.id, named)) ?? before;
    return { stored, ring: await ringBookings(deps, tx, stored.calendarId, call.caller) };
  });
  done.ring();
  return ok(toAnswer(done.stored));
}

async function remove(
  deps: Deps,
  call: Call<Record<string, unknown>, unknown, unknown>,
): Promise<Answer> {
  const ring = await deps.database.withCompany(call.caller.companyId, async (tx) => {
    const gone = await deleteRule(tx, idOf(call));
    if (!gone) throw notFound();
    return ringBookings(deps, tx, gone.calendarId, call.caller);
  });
  ring();
  return { status: 204 };
}
