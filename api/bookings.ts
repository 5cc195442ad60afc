import { z } from "zod";
import { book } from "../db/book.ts";
import { readRule, type StoredRule } from "../db/booking-rules.ts";
import { listBookings, readBooking } from "../db/customer-bookings.ts";
import { randomSecret, sha256 } from "../db/secrets.ts";
import { bookingChangeRoutes } from "./booking-changes.ts";
import { bookedOr } from "./booking-refusals.ts";
import {
  bookingShape,
  etagOfBooking,
  madeBooking,
  newBooking,
  toBooking,
} from "./customer-booking-shape.ts";
import type { Deps } from "./deps.ts";
import { instantOf, readClock } from "./event-times.ts";
import { listed } from "./listed.ts";
import { byPlace, cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import { notFound, wrong, wrongQuery } from "./problems.ts";
import { type Answer, type Call, made, ok, type Route, route } from "./route.ts";
import { id, moment } from "./validation.ts";

const query = z.strictObject({
  ...pageQuery,
  ruleId: id.optional(),
  calendarId: id.optional(),
  state: z.enum(["booked", "cancelled"]).optional(),
  email: z.string().max(254).optional(),
  from: moment.optional().meta({ description: "What ends after it" }),
  to: moment.optional().meta({ description: "What starts before it" }),
});

const common = { tag: "bookings", role: "member" } as const;

export const bookingRoutes: Route[] = [
  route({
    ...common,
    method: "get",
    path: "/api/bookings",
    summary: "Customers' bookings, by the start of their slots",
    query,
    answers: { 200: { description: "Bookings", schema: pageOf(bookingShape) } },
    handle: list,
  }),
  route({
    ...common,
    method: "post",
    path: "/api/bookings",
    summary: "Books a seat of a slot for a customer",
    description:
      "The booking is an event of the calendar from then on. `manageUrl` is the customer's own page: whoever has it may move and cancel the booking, so hand it to nobody else. Of those who want the last seat at once, one gets it.",
    body: newBooking,
    answers: { 201: { description: "The booking", schema: madeBooking } },
    handle: create,
  }),
  route({
    ...common,
    method: "get",
    path: "/api/bookings/:id",
    summary: "A customer's booking",
    answers: {
      200: { description: "The booking", schema: bookingShape },
      304: { description: "It has not changed" },
    },
    handle: async (deps, call) => {
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        readBooking(tx, String(call.params["id"])),
      );
      if (!found) throw notFound();
      return ok(toBooking(found, deps.now()), { ETag: etagOfBooking(found, deps.now()) });
    },
  }),
  ...bookingChangeRoutes,
];

async function list(
  deps: Deps,
  call: Call<unknown, z.output<typeof query>, unknown>,
): Promise<Answer> {
  const { limit = defaultLimit, cursor, ...filter } = call.query;
  if (filter.from && filter.to && filter.to <= filter.from)
    throw wrongQuery("to", "is not after from");
  const after = readCursor(cursor, byPlace);
  const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
    listBookings(tx, filter, { after, limit: limit + 1 }),
  );
  const page = cut(found, limit, ({ startsAt, id: last }) => ({
    place: startsAt.toISOString().replace("Z", "+00"),
    id: last,
  }));
  return listed(call, { ...page, items: page.items.map((one) => toBooking(one, deps.now())) });
}

async function create(
  deps: Deps,
  call: Call<unknown, unknown, z.output<typeof newBooking>>,
): Promise<Answer> {
  const { companyId, name: by } = call.caller;
  const { ruleId, start, ...customer } = call.body;
  const token = randomSecret();
  const outcome = await deps.database.withCompany(
    companyId,
    async (tx) => {
      const rule = await readRule(tx, ruleId);
      if (!rule) throw wrong("/ruleId", "is not a booking rule of this company");
      const wish = { id: call.newId, companyId, rule, customer, tokenHash: sha256(token) };
      return book(tx, { ...wish, start: momentOf(start, rule) }, { by, now: deps.now() });
    },
    { by },
  );
  const booking = bookedOr(outcome);
  const manageUrl = `${deps.config.PUBLIC_URL}/manage/${token}`;
  const body = { ...toBooking(booking, deps.now()), manageUrl };
  return made(body, `/api/bookings/${booking.id}`, { ETag: etagOfBooking(booking, deps.now()) });
}

/** @throws Problem where it is no time */
const momentOf = (start: string, { zone }: Pick<StoredRule, "zone">): number =>
  instantOf(readClock(start, zone, "/start"), zone);
