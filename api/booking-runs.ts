import { z } from "zod";
import {
  type BookingReport,
  listReports,
  readReport,
  runningReport,
} from "../db/booking-reports.ts";
import { listed } from "./listed.ts";
import { byPlace, cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import { patiently } from "./patience.ts";
import { notFound } from "./problems.ts";
import { ok, type Route, route } from "./route.ts";

const shape = z
  .object({
    id: z.guid(),
    status: z.enum(["running", "completed", "error"]),
    words: z.string().meta({ example: "created 4 · cancelled 1 · Google Calendar: 3 imported" }),
    trigger: z.enum(["schedule", "manual"]),
    triggeredBy: z.string(),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
    created: z.int(),
    changed: z.int().meta({ description: "Followed a change of their rule, or were put back" }),
    cancelled: z.int(),
    imported: z.int(),
    removed: z.int(),
    parts: z.array(
      z.object({
        part: z.enum(["bookings", "import"]),
        connectionId: z.guid(),
        provider: z.string(),
        sessionId: z.guid().nullable(),
        reason: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: "BookingReport" });

const started = z
  .object({
    started: z.boolean().meta({ description: "False where a run was under way, which goes on" }),
    reportId: z.guid().nullable(),
  })
  .meta({ id: "BookingRun" });

const common = { tag: "bookings" } as const;

export const bookingRunRoutes: Route[] = [
  route({
    ...common,
    method: "get",
    path: "/api/bookings/reports",
    role: "member",
    summary: "What the runs of bookings have done, the last one first",
    query: z.strictObject(pageQuery),
    answers: { 200: { description: "Reports", schema: pageOf(shape) } },
    handle: async (deps, call) => {
      const { limit = defaultLimit, cursor } = call.query;
      const last = readCursor(cursor, byPlace);
      const after = last && { startedAt: last.place, id: last.id };
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        listReports(tx, { after, limit: limit + 1 }),
      );
      const page = cut(found, limit, ({ place, id }) => ({ place, id }));
      return listed(call, { ...page, items: page.items.map(toAnswer) });
    },
  }),
  route({
    ...common,
    method: "get",
    path: "/api/bookings/reports/:id",
    role: "member",
    summary: "What one run has done",
    answers: { 200: { description: "The report", schema: shape } },
    handle: async (deps, call) => {
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        readReport(tx, String(call.params["id"])),
      );
      if (!found) throw notFound();
      return ok(toAnswer(found));
    },
  }),
  route({
    ...common,
    method: "post",
    path: "/api/bookings/run",
    role: "admin",
    summary: "Runs the company's bookings and the import after them now",
    refuses: [503],
    answers: {
      202: { description: "It is under way; its report tells the rest", schema: started },
    },
    handle: async (deps, call) => {
      const { companyId, name: by } = call.caller;
      const run = { companyId, reportId: call.newId, trigger: "manual", by } as const;
      const isNew = await patiently(deps.bookings(run));
      const reportId = isNew
        ? run.reportId
        : await deps.database.withCompany(companyId, (tx) => runningReport(tx));
      return { status: 202, body: { started: isNew, reportId } };
    },
  }),
];

function toAnswer({
  companyId: _company,
  place: _place,
  startedAt,
  finishedAt,
  ...report
}: BookingReport): z.output<typeof shape> {
  return {
    ...report,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}
