import { z } from "zod";
import { listCalendars, readCalendar } from "../db/calendars.ts";
import type { Tx } from "../db/client.ts";
import { deleteEvent, type EventRecord, readEvent, standingOf } from "../db/event-queries.ts";
import { insertEvents, lockEvents, updateEvents } from "../db/events.ts";
import type { Deps } from "./deps.ts";
import { compose, type EventPatch, eventPatch, newEvent } from "./event-body.ts";
import {
  etagOf,
  eventShape,
  externalSyncShape,
  isVersion,
  linkShape,
  toEvent,
  toLink,
} from "./event-shape.ts";
import { exceptionOf } from "./exceptions.ts";
import { commitAndWait, type Written } from "./outcome.ts";
import { notFound, Problem, wrong } from "./problems.ts";
import { type Answer, type Call, ok, type Route, route } from "./route.ts";
import { id } from "./validation.ts";

const written = z
  .object({ success: z.boolean(), event: eventShape, externalSync: z.array(externalSyncShape) })
  .meta({ id: "WrittenEvent" });
const answers = {
  200: { description: "The event, and how it stands with each provider", schema: written },
};
const oneId = z.strictObject({ id });
const waits = "Waits a bounded time for the providers before it says `pending`.";

const common = { tag: "events", role: "member" } as const;

export const eventRoutes: Route[] = [
  route({
    ...common,
    method: "post",
    path: "/api/events",
    summary: "Makes an event, or an exception of a series",
    description: waits,
    body: newEvent,
    answers: { 201: answers[200] },
    handle: create,
  }),
  route({
    ...common,
    method: "get",
    path: "/api/events/:id",
    summary: "An event, and how it stands with each connection",
    answers: {
      200: {
        description: "The event",
        schema: eventShape.extend({ links: z.array(linkShape) }).meta({ id: "EventWithLinks" }),
      },
      304: { description: "It has not changed" },
    },
    handle: read,
  }),
  ...(["/api/events", "/api/events/:id"] as const).flatMap((path) => legacyWrites(path)),
  route({
    ...common,
    method: "patch",
    path: "/api/events/:id",
    ifMatch: "required",
    summary: "Changes an event",
    description: `${waits} What is left out stays as it is.`,
    body: eventPatch,
    answers,
    handle: (deps, call) => change(deps, call, String(call.params["id"]), call.body, true),
  }),
];

/** The addresses that users of older systems know, by query, and the same by path. */
function legacyWrites(path: "/api/events" | "/api/events/:id"): Route[] {
  const inPath = path.endsWith(":id");
  const query = inPath ? {} : { query: oneId };
  const idOf = (call: { params: unknown; query: unknown }) =>
    (inPath ? oneId.parse(call.params) : oneId.parse(call.query)).id;
  return [
    route({
      ...common,
      ...query,
      method: "put",
      path,
      ifMatch: "optional",
      summary: "Changes an event",
      description: `${waits} What is left out stays as it is.`,
      body: eventPatch,
      answers,
      handle: (deps, call) => change(deps, call, idOf(call), call.body, false),
    }),
    route({
      ...common,
      ...query,
      method: "delete",
      path,
      ifMatch: "optional",
      summary: "Deletes an event; of an exception, cancels that occurrence",
      description: waits,
      answers,
      handle: (deps, call) => remove(deps, call, idOf(call)),
    }),
  ];
}

type AnyCall = Call<unknown, unknown, unknown>;

async function create(
  deps: Deps,
  call: Call<unknown, unknown, z.output<typeof newEvent>>,
): Promise<Answer> {
  const { companyId } = call.caller;
  const { calendarId, masterId, originalStart, ...body } = call.body;
  const done = await commitAndWait(deps, call, async (tx) => {
    const found = await readEvent(tx, call.newId);
    if (found) return { event: found, changed: true };
    const exception =
      masterId === undefined || originalStart === undefined
        ? null
        : await exceptionOf(tx, masterId, originalStart);
    const calendar = await calendarFor(tx, exception?.calendarId ?? calendarId);
    if (exception && calendarId !== undefined && calendarId !== calendar.id) {
      throw wrong("/calendarId", "is not the calendar of the series");
    }
    const item = compose(body, exception?.item ?? null, calendar.zone);
    await insertEvents(tx, { companyId, calendarId: calendar.id }, "app", [
      { id: call.newId, item, deleted: false, times: {} },
    ]);
    return { event: await existing(tx, call.newId), changed: true };
  });
  const answer = toWritten(done);
  return {
    ...answer,
    status: 201,
    headers: { ...answer.headers, Location: `/api/events/${done.event.id}` },
  };
}

async function existing(tx: Tx, eventId: string): Promise<EventRecord> {
  const found = await readEvent(tx, eventId);
  if (!found) throw notFound();
  return found;
}

/** The calendar that is meant: the one that is named, or the only one there is. */
async function calendarFor(tx: Tx, named: string | undefined) {
  if (named !== undefined) {
    const found = await readCalendar(tx, named);
    if (found) return found;
    throw wrong("/calendarId", "is not a calendar of this company");
  }
  const [only, ...others] = await listCalendars(tx, { after: undefined, limit: 2 });
  if (only && others.length === 0) return only;
  throw wrong(
    "/calendarId",
    only ? "is required: the company has several calendars" : "is required: make a calendar first",
  );
}

async function change(
  deps: Deps,
  call: AnyCall,
  eventId: string,
  body: EventPatch,
  strict: boolean,
): Promise<Answer> {
  const ifMatch = call.header("if-match");
  if (strict && ifMatch === undefined)
    throw new Problem("version_missing", "A PATCH must say which version it changes.");
  const done = await commitAndWait(deps, call, async (tx) => {
    const [stored] = (await lockEvents(tx, [eventId])).values();
    const before = stored && !stored.deleted ? await readEvent(tx, eventId) : null;
    if (!stored || !before) throw notFound();
    checkVersion(ifMatch, before);
    const calendar = await calendarFor(tx, before.calendarId);
    const item = compose(body, before.item, calendar.zone);
    await updateEvents(tx, "app", [{ id: eventId, item, deleted: false, times: {} }]);
    const event = await existing(tx, eventId);
    return { event, changed: event.version !== before.version };
  });
  return toWritten(done);
}

async function remove(deps: Deps, call: AnyCall, eventId: string): Promise<Answer> {
  const done = await commitAndWait(deps, call, async (tx) => {
    await lockEvents(tx, [eventId]);
    const before = await readEvent(tx, eventId);
    if (!before || before.deletedAt) throw notFound();
    checkVersion(call.header("if-match"), before);
    await deleteEvent(tx, eventId);
    return { event: await existing(tx, eventId), changed: true };
  });
  return toWritten(done);
}

function checkVersion(ifMatch: string | undefined, event: EventRecord): void {
  if (ifMatch === undefined || isVersion(ifMatch, event)) return;
  throw new Problem("version_changed", `The event is at version ${event.version} now.`);
}

function toWritten({ event, externalSync }: Written): Exclude<Answer, "streamed"> {
  return {
    status: 200,
    body: { success: true, event: toEvent(event), externalSync },
    headers: { ETag: etagOf(event) },
  };
}

async function read(
  deps: Deps,
  call: Call<Record<string, unknown>, unknown, unknown>,
): Promise<Answer> {
  const eventId = String(call.params["id"]);
  return deps.database.withCompany(call.caller.companyId, async (tx) => {
    const event = await readEvent(tx, eventId);
    if (!event) throw notFound();
    const links = (await standingOf(tx, eventId)).map(toLink);
    return ok({ ...toEvent(event), links }, { ETag: etagOf(event, links) });
  });
}
