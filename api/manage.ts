import { z } from "zod";
import { findBooking } from "../db/customer-bookings.ts";
import { sha256 } from "../db/secrets.ts";
import { cancelBooking, moveBooking } from "../db/rebook.ts";
import type { Outcome } from "../db/booking-outcome.ts";
import type { Tx } from "../db/client.ts";
import type { Deps } from "./deps.ts";
import { readForm, refuseCrossSite } from "./manage-form.ts";
import { managePage } from "./manage-page.ts";
import { manageStyle } from "./manage-style.ts";
import { lookAt } from "./manage-view.ts";
import { english, type Said, said } from "./manage-words.ts";
import { ringQuietly } from "./page-ring.ts";
import { notFound } from "./problems.ts";
import { type Answer, type Call, type Route, route } from "./route.ts";

// Mail and messengers add to addresses what is theirs.
const query = z.looseObject({
  said: z.enum(said).optional().catch(undefined),
  after: z.unknown().optional(),
});
const params = z.object({ token: z.string() });
const common = { role: "public", tag: "manage" } as const;
const page = { description: "The page", schema: z.string(), type: "text/html" };
const sorry = {
  404: { description: "There is no such booking", schema: z.string(), type: "text/html" },
  429: { description: "Too many requests", schema: z.string(), type: "text/html" },
  503: { description: "It cannot be shown now", schema: z.string(), type: "text/html" },
};
const back = {
  303: { description: "Back to the page, which says what has happened" },
  403: { description: "The form came from elsewhere", schema: z.string(), type: "text/html" },
  ...sorry,
};

/** The customer's own page. Its address is all that it takes: whoever has it may move and cancel. */
export const manageRoutes: Route[] = [
  route({
    ...common,
    method: "get",
    path: "/manage/:token",
    summary: "The customer's page: the booking, free times, and cancelling",
    description: "HTML, which needs no script. Rings quietly for a sync of the calendar.",
    params,
    query,
    answers: { 200: page, ...sorry },
    handle: show,
  }),
  route({
    ...common,
    method: "post",
    path: "/manage/:token/move",
    summary: "The customer moves the booking",
    params,
    query,
    answers: back,
    handle: move,
  }),
  route({
    ...common,
    method: "post",
    path: "/manage/:token/cancel",
    summary: "The customer cancels the booking",
    params,
    query,
    answers: back,
    handle: (deps, call) => doing(deps, call, "cancelled", cancelBooking),
  }),
  route({
    ...common,
    method: "get",
    path: "/manage.css",
    limited: false,
    summary: "How the customer's page looks",
    query,
    answers: { 200: { description: "A style sheet", schema: z.string(), type: "text/css" } },
    handle: async () => ({
      status: 200,
      body: manageStyle,
      type: "css",
      headers: { "Cache-Control": "public, max-age=3600" },
    }),
  }),
];

type PageCall = Call<z.output<typeof params>, z.output<typeof query>, unknown>;

/** Whose booking it is. Every token is looked for, whatever it looks like. @throws Problem 404 */
async function find(deps: Deps, token: string): Promise<{ id: string; companyId: string }> {
  const found = await deps.database.acrossCompanies((tx) => findBooking(tx, sha256(token)));
  if (!found) throw notFound();
  return found;
}

async function show(deps: Deps, call: PageCall): Promise<Answer> {
  const { token } = call.params;
  const found = await find(deps, token);
  const seen = await lookAt(deps, found, { token, said: call.query.said, after: call.query.after });
  if (!seen) throw notFound();
  const { calendarId, isRingDue } = seen;
  // Once the answer is on its way, or its reader has gone: the page never waits for it.
  if (isRingDue) call.res.once("close", () => void ringQuietly(deps, { ...found, calendarId }));
  return { status: 200, body: managePage(english, seen.page), type: "html" };
}

async function move(deps: Deps, call: PageCall): Promise<Answer> {
  refuseCrossSite(deps, call.req);
  const start = Date.parse((await readForm(call.req)).get("start") ?? "");
  if (Number.isNaN(start)) return backTo(call, "choose");
  return doing(deps, call, "moved", (tx, id, by) => moveBooking(tx, id, start, by));
}

type Deed = (tx: Tx, id: string, by: { by: string; now: number }) => Promise<Outcome | null>;

async function doing(deps: Deps, call: PageCall, done: Said, deed: Deed): Promise<Answer> {
  refuseCrossSite(deps, call.req);
  const { id, companyId } = await find(deps, call.params.token);
  const by = "customer";
  const outcome = await deps.database.withCompany(
    companyId,
    (tx) => deed(tx, id, { by, now: deps.now() }),
    { by },
  );
  if (!outcome) throw notFound();
  if ("booking" in outcome) return backTo(call, done);
  return backTo(call, outcome.refused === "closed" ? "closed" : "taken");
}

/** Redirect after post: reloading the page that follows repeats nothing. */
function backTo({ params: { token } }: PageCall, what: Said): Answer {
  const headers = { Location: `/manage/${encodeURIComponent(token)}?said=${what}` };
  return { status: 303, headers };
}
