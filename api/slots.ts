import { z } from "zod";
import { readRule } from "../db/booking-rules.ts";
import { type OpenSlot, openSlots } from "../db/slots.ts";
import type { Deps } from "./deps.ts";
import { writeTime } from "./event-times.ts";
import { notFound, Problem, wrongQuery } from "./problems.ts";
import { type Answer, type Call, ok, type Route, route } from "./route.ts";
import { moment } from "./validation.ts";

const day = 86_400_000;
const usualDays = 28;
const longestDays = 92;

const slotShape = z
  .object({
    startDateTime: z.string(),
    endDateTime: z.string(),
    timeZone: z.string(),
    capacity: z.int(),
    free: z.int().meta({ description: "Seats that nobody has" }),
  })
  .meta({ id: "BookingSlot" });

const query = z.strictObject({
  from: moment.optional().meta({ description: "Now, where absent" }),
  to: moment.optional().meta({ description: `${usualDays} days after \`from\`, where absent` }),
});

export const slotRoutes: Route[] = [
  route({
    tag: "bookings",
    method: "get",
    path: "/api/booking-rules/:id/slots",
    role: "member",
    summary: "Slots of a rule that customers may book, and how many seats are free",
    description: `In a window of at most ${longestDays} days; slots that start in it. A full slot is listed with no free seat. Of a rule that is not \`bookable\`, or not enabled, there are none.`,
    query,
    answers: {
      200: { description: "Slots by their start", schema: z.object({ data: z.array(slotShape) }) },
    },
    handle: slots,
  }),
];

async function slots(
  deps: Deps,
  call: Call<Record<string, unknown>, z.output<typeof query>, unknown>,
): Promise<Answer> {
  const now = deps.now();
  const from = call.query.from?.getTime() ?? now;
  const to = call.query.to?.getTime() ?? from + usualDays * day;
  return deps.database.withCompany(call.caller.companyId, async (tx) => {
    const rule = await readRule(tx, String(call.params["id"]));
    if (!rule) throw notFound();
    if (to <= from) throw wrongQuery("to", "is not after from");
    if (to - from > longestDays * day)
      throw new Problem("window_too_large", `A window has at most ${longestDays} days.`);
    return ok({ data: (await openSlots(tx, rule, { from, to }, now)).map(toAnswer(rule.zone)) });
  });
}

const toAnswer =
  (timeZone: string) =>
  ({ start, end, capacity, free }: OpenSlot): z.output<typeof slotShape> => ({
    startDateTime: writeTime(start),
    endDateTime: writeTime(end),
    timeZone,
    capacity,
    free,
  });
