import { z } from "zod";
import { readRule } from "../db/booking-rules.ts";
import { bookingFacts, madeByRules } from "../db/bookings.ts";
import { type JudgedSlot, judgeSlots, type Verdict } from "../sync/bookings.ts";
import type { Deps } from "./deps.ts";
import { notFound, Problem, wrongQuery } from "./problems.ts";
import { type Answer, type Call, ok, route } from "./route.ts";
import { moment } from "./validation.ts";

/** Why a slot is made, or is not. */
const words: Record<Verdict, string> = {
  wanted: "It is wanted: it is made, or will be with the next run.",
  past: "It has begun: nothing is made or cancelled in the past.",
  disabled: "The rule is not enabled.",
  skipped: "The rule skips this date.",
  holiday: "It is a holiday, and the rule skips holidays.",
  cancelled: "A person has cancelled it: it is not made again.",
  taken: "Something else is there, or a rule that comes first, and the rule gives way.",
  ahead: "It is further ahead than the rule's horizon: it is made when its time comes.",
};

const day = 86_400_000;
const longestDays = 400;

const occurrence = z
  .object({
    startsAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
    local: z.string().meta({ description: "The wall clock of its start, in the rule's zone" }),
    timeZone: z.string(),
    verdict: z.enum(Object.keys(words) as [Verdict, ...Verdict[]]),
    reason: z.string(),
    eventId: z.guid().nullable().meta({ description: "The event that it is, where it is there" }),
  })
  .meta({ id: "BookingOccurrence" });

const query = z.strictObject({
  from: moment.optional().meta({ description: "Now, where absent" }),
  to: moment.optional().meta({ description: "The end of the rule's horizon, where absent" }),
});

export const occurrenceRoute = route({
  tag: "bookings",
  method: "get",
  path: "/api/booking-rules/:id/occurrences",
  role: "member",
  summary: "What a rule makes, and why a slot is not made",
  query,
  answers: {
    200: { description: "Slots by their start", schema: z.object({ data: z.array(occurrence) }) },
  },
  handle: explain,
});

async function explain(
  deps: Deps,
  call: Call<Record<string, unknown>, z.output<typeof query>, unknown>,
): Promise<Answer> {
  const now = deps.now();
  const ruleId = String(call.params["id"]);
  return deps.database.withCompany(call.caller.companyId, async (tx) => {
    const rule = await readRule(tx, ruleId);
    if (!rule) throw notFound();
    const from = call.query.from?.getTime() ?? now;
    const to = call.query.to?.getTime() ?? Math.max(from, now) + rule.horizonDays * day;
    if (to <= from) throw wrongQuery("to", "is not after from");
    if (to - from > longestDays * day)
      throw new Problem("window_too_large", `A window has at most ${longestDays} days.`);
    const { calendarId } = rule;
    const facts = await bookingFacts(tx, calendarId, { from, to }, now);
    const events = new Map(
      (await madeByRules(tx, calendarId, Math.min(now, from))).flatMap((one) =>
        one.living ? [[one.remoteId, one.eventId] as const] : [],
      ),
    );
    const slots = judgeSlots(facts, { from, to }).filter((slot) => slot.ruleId === ruleId);
    return ok({ data: slots.map((slot) => toAnswer(slot, events.get(slot.remoteId) ?? null)) });
  });
}

function toAnswer(slot: JudgedSlot, eventId: string | null): z.output<typeof occurrence> {
  const { start, verdict } = slot;
  return {
    startsAt: new Date(slot.from).toISOString(),
    endsAt: new Date(slot.to).toISOString(),
    local: "local" in start ? start.local : start.date,
    timeZone: "zone" in start ? start.zone : "UTC",
    verdict,
    reason: words[verdict],
    eventId,
  };
}
