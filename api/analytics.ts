import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import {
  changeCounts,
  type Day,
  failureCounts,
  freshness,
  sessionDays,
  type Span,
} from "../db/analytics.ts";
import { readConnection } from "../db/connections.ts";
import type { Deps } from "./deps.ts";
import { notFound, Problem, wrongQuery } from "./problems.ts";
import { ok, type Route, route } from "./route.ts";
import { id, moment, zone } from "./validation.ts";

const longest = 400;
const usual = 30;
const day = z.iso.date();
const amount = z.number().nullable();
const instant = z.iso.datetime().nullable();

const analyticsShape = z
  .object({
    from: day,
    to: day.meta({ description: "The last day, which is among them" }),
    zone: z.string(),
    days: z.array(
      z.object({
        day,
        sessions: z.object({
          queued: z.int(),
          running: z.int(),
          completed: z.int(),
          error: z.int(),
        }),
        durations: z.object({ p50Ms: amount, p95Ms: amount }),
        providerCalls: z.int(),
      }),
    ),
    changes: z.array(
      z.object({
        day,
        stream: z.string().meta({ description: "`events` for those of calendars" }),
        action: z.enum(["created", "updated", "deleted", "restored"]),
        count: z.int(),
      }),
    ),
    failures: z.array(z.object({ errorCode: z.string(), count: z.int(), lastAt: instant })),
    freshness: z.array(
      z.object({
        connectionId: z.guid(),
        provider: z.string(),
        lastCompletePassAt: instant,
        ageMs: amount,
      }),
    ),
  })
  .meta({ id: "Analytics" });

/** A day as it is, in whatever zone; or a moment, for its day in the zone. */
const dayOrMoment = z
  .union([z.iso.date("is neither a day nor a moment").transform((date) => ({ date })), moment])
  .meta({ type: "string", description: "A day, or a moment for its day in `zone`" });

const query = z.strictObject({
  from: dayOrMoment.optional(),
  to: dayOrMoment.optional(),
  zone: zone.optional(),
  connectionId: id.optional(),
});

export const analyticsRoutes: Route[] = [
  route({
    method: "get",
    path: "/api/analytics",
    role: "member",
    tag: "sessions",
    summary: "Sessions, durations, changes and failures per day, and how fresh everything is now",
    description: `Whole days of \`zone\` (UTC), \`to\` included; the last ${usual} unless they are named, and no more than ${longest}.`,
    query,
    answers: { 200: { description: "Figures for charts", schema: analyticsShape } },
    handle: async (deps, call) => {
      const span = spanOf(deps, call.query);
      return ok(
        await deps.database.withCompany(call.caller.companyId, async (tx) => {
          const { connectionId } = span;
          if (connectionId !== undefined && !(await readConnection(tx, connectionId)))
            throw notFound();
          const days = await sessionDays(tx, span);
          return {
            from: span.from,
            to: span.to,
            zone: span.zone,
            days: days.map(toDay),
            changes: await changeCounts(tx, span),
            failures: await failureCounts(tx, span),
            freshness: await freshness(tx, connectionId),
          };
        }),
      );
    },
  }),
];

function spanOf(deps: Pick<Deps, "now">, asked: z.output<typeof query>): Span {
  const { zone: name = "UTC", connectionId } = asked;
  const dayOf = (ms: number) =>
    Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(name).toPlainDate();
  const read = (given: { date: string } | Date) =>
    given instanceof Date ? dayOf(given.getTime()) : Temporal.PlainDate.from(given.date);
  const to = asked.to ? read(asked.to) : dayOf(deps.now());
  const from = asked.from ? read(asked.from) : to.subtract({ days: usual - 1 });
  const days = from.until(to, { largestUnit: "day" }).days + 1;
  if (days < 1) throw wrongQuery("to", "is before `from`");
  if (days > longest) {
    const detail = `The window is longer than ${longest} days.`;
    const errors = [{ in: "query", pointer: "/to", message: detail }] as const;
    throw new Problem("window_too_large", detail, { errors });
  }
  return { from: from.toString(), to: to.toString(), zone: name, connectionId };
}

function toDay({ day: on, p50Ms, p95Ms, providerCalls, ...sessions }: Day) {
  return { day: on, sessions, durations: { p50Ms, p95Ms }, providerCalls };
}
