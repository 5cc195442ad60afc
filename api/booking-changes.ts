import type { z } from "zod";
import { type Booking, readBooking } from "../db/customer-bookings.ts";
import type { Tx } from "../db/client.ts";
import { cancelBooking, changeCustomer, moveBooking } from "../db/rebook.ts";
import { bookedOr } from "./booking-refusals.ts";
import { bookingPatch, bookingShape, etagOfBooking, toBooking } from "./customer-booking-shape.ts";
import type { Deps } from "./deps.ts";
import { isVersion } from "./event-shape.ts";
import { instantOf, readClock } from "./event-times.ts";
import { notFound, Problem } from "./problems.ts";
import { type Answer, type Call, ok, type Route, route } from "./route.ts";

const common = { tag: "bookings", role: "member", ifMatch: "optional" } as const;
const answers = { 200: { description: "The booking", schema: bookingShape } };

export const bookingChangeRoutes: Route[] = [
  route({
    ...common,
    method: "patch",
    path: "/api/bookings/:id",
    summary: "Moves a booking to a free slot, or changes what it says of the customer",
    description:
      "What is left out stays as it is. The event moves with it, also where somebody has moved it by hand. Nothing is changed once it is cancelled or has begun.",
    body: bookingPatch,
    answers,
    handle: (deps, call) => change(deps, call, call.body),
  }),
  route({
    ...common,
    method: "delete",
    path: "/api/bookings/:id",
    summary: "Cancels a booking: its seat is free again, and its event goes",
    description: "One that is cancelled already stays so.",
    answers,
    handle: (deps, call) =>
      changing(deps, call, (tx, { id }, doing) => cancelBooking(tx, id, doing).then(bookedOr)),
  }),
];

type AnyCall = Call<Record<string, unknown>, unknown, unknown>;
type Work = (tx: Tx, booking: Booking, doing: { by: string; now: number }) => Promise<Booking>;

function change(deps: Deps, call: AnyCall, body: z.output<typeof bookingPatch>): Promise<Answer> {
  const { start, ...rest } = body;
  const customer = Object.fromEntries(
    Object.entries(rest).filter(([, value]) => value !== undefined),
  );
  return changing(deps, call, async (tx, booking, doing) => {
    let now = booking;
    if (start !== undefined) {
      const moment = instantOf(readClock(start, booking.zone, "/start"), booking.zone);
      now = bookedOr(await moveBooking(tx, booking.id, moment, doing));
    }
    if (Object.keys(customer).length === 0) return now;
    return bookedOr(await changeCustomer(tx, booking.id, customer, doing));
  });
}

/** What is refused half-way has changed nothing. */
async function changing(deps: Deps, call: AnyCall, work: Work): Promise<Answer> {
  const { companyId, name: by } = call.caller;
  const ifMatch = call.header("if-match");
  const booking = await deps.database.withCompany(
    companyId,
    async (tx) => {
      const found = await readBooking(tx, String(call.params["id"]));
      if (!found) throw notFound();
      checkVersion(ifMatch, found);
      return work(tx, found, { by, now: deps.now() });
    },
    { by },
  );
  return ok(toBooking(booking, deps.now()), { ETag: etagOfBooking(booking, deps.now()) });
}

function checkVersion(ifMatch: string | undefined, booking: Booking): void {
  if (ifMatch === undefined || isVersion(ifMatch, booking)) return;
  throw new Problem("version_changed", `The booking is at version ${booking.version} now.`);
}
