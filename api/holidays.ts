import { z } from "zod";
import { deleteHoliday, listHolidays, putHolidays } from "../db/holidays.ts";
import { ringAllBookings } from "./booking-bell.ts";
import { notFound } from "./problems.ts";
import { made, ok, type Route, route } from "./route.ts";

const date = z.iso.date("is not a date, such as 2026-12-25");
const shape = z
  .object({ date: z.iso.date(), name: z.string() })
  .meta({ id: "Holiday", description: "A day on which rules that say so make nothing" });
const common = { tag: "bookings" } as const;

export const holidayRoutes: Route[] = [
  route({
    ...common,
    method: "get",
    path: "/api/holidays",
    role: "member",
    summary: "Holidays of the company, by date",
    query: z.strictObject({ from: date.optional(), to: date.optional() }),
    answers: { 200: { description: "Holidays", schema: z.object({ data: z.array(shape) }) } },
    handle: async (deps, call) => {
      const data = await deps.database.withCompany(call.caller.companyId, (tx) =>
        listHolidays(tx, call.query),
      );
      return ok({ data });
    },
  }),
  route({
    ...common,
    method: "post",
    path: "/api/holidays",
    role: "admin",
    summary: "Adds a holiday, or renames the one of that date",
    body: z.strictObject({ date, name: z.string().trim().min(1).max(200) }),
    answers: { 201: { description: "The holiday", schema: shape } },
    handle: async (deps, call) => {
      const { companyId } = call.caller;
      const ring = await deps.database.withCompany(companyId, async (tx) => {
        await putHolidays(tx, companyId, [call.body]);
        return ringAllBookings(deps, tx, call.caller);
      });
      ring();
      return made(call.body, `/api/holidays/${call.body.date}`);
    },
  }),
  route({
    ...common,
    method: "delete",
    path: "/api/holidays/:date",
    role: "admin",
    summary: "Makes a holiday an ordinary day",
    params: z.strictObject({ date: z.string().max(64) }),
    answers: { 204: { description: "It is gone" } },
    handle: async (deps, call) => {
      const ring = await deps.database.withCompany(call.caller.companyId, async (tx) => {
        const day = date.safeParse(call.params.date);
        if (!day.success || !(await deleteHoliday(tx, day.data))) throw notFound();
        return ringAllBookings(deps, tx, call.caller);
      });
      ring();
      return { status: 204 };
    },
  }),
];
