import { z } from "zod";
import { type ChangeFilter, type FeedPlace, listChanges, readFeed } from "../db/change-feed.ts";
import { readEvent } from "../db/event-queries.ts";
import { changeFilters, changeShape, toChange } from "./change-shape.ts";
import type { Deps } from "./deps.ts";
import { listed } from "./listed.ts";
import { bySerial, cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import { notFound } from "./problems.ts";
import { namedRecord } from "./records.ts";
import { type Answer, type Call, type Route, route } from "./route.ts";
import { moment } from "./validation.ts";

const order = z.enum(["newest", "oldest"]).optional().meta({
  description:
    "`oldest` can be read for ever: `nextCursor` is always there, and asking with it again misses no change and repeats none",
});
const window = { ...pageQuery, from: moment.optional(), to: moment.optional() };
const answers = { 200: { description: "Changes, newest first", schema: pageOf(changeShape) } };
const common = { method: "get", role: "member", tag: "trail" } as const;

export const changeRoutes: Route[] = [
  route({
    ...common,
    path: "/api/changes",
    summary: "What changed: events on either side and by which rule, and records of business data",
    description:
      "Newest first. With `order=oldest` a change is answered once no transaction is under way that could have noted another before it.",
    query: z.strictObject({ ...pageQuery, ...changeFilters, order }),
    answers: {
      200: { description: "Changes, in the order that was asked for", schema: pageOf(changeShape) },
    },
    handle: (deps, call) => answer(deps, call, call.query),
  }),
  route({
    ...common,
    path: "/api/events/:id/changes",
    summary: "Why an event is as it is",
    query: z.strictObject(window),
    answers,
    handle: async (deps, call) => {
      const eventId = String(call.params["id"]);
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        readEvent(tx, eventId),
      );
      if (!found) throw notFound();
      return answer(deps, call, { ...call.query, eventId });
    },
  }),
  route({
    ...common,
    path: "/api/records/:id/changes",
    summary: "How a record came to be as it is",
    query: z.strictObject({
      ...window,
      field: changeFilters.field,
      action: changeFilters.action,
      order,
    }),
    answers,
    handle: async (deps, call) => {
      const { id: recordId } = await namedRecord(deps, call, call.params["id"]);
      return answer(deps, call, { ...call.query, recordId });
    },
  }),
];

type Wanted = Omit<ChangeFilter, "of"> & {
  of?: ChangeFilter["of"] | undefined;
  order?: "newest" | "oldest" | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
};

/** Before there were records this list was of events, and so it stays for whoever asks as they did then. */
function ofWhich(wanted: Wanted): ChangeFilter["of"] {
  const { of, order: way, connectionId, sessionId, recordId, stream, field, action } = wanted;
  const narrowed = [connectionId, sessionId, recordId, stream, field, action];
  return of ?? (way !== undefined || narrowed.some((one) => one !== undefined) ? "all" : "events");
}

async function answer(
  deps: Deps,
  call: Call<unknown, unknown, unknown>,
  wanted: Wanted,
): Promise<Answer> {
  const { limit = defaultLimit, cursor, order: way, of: _, ...rest } = wanted;
  const filter = { ...rest, of: ofWhich(wanted) };
  if (way === "oldest") return feed(deps, call, filter, { limit, cursor });
  const before = readCursor(cursor, bySerial)?.id;
  const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
    listChanges(tx, filter, { before, limit: limit + 1 }),
  );
  const page = cut(found, limit, (last) => ({ id: last.id }));
  return listed(call, { ...page, items: page.items.map(toChange) });
}

const byFeedPlace = z.strictObject({
  tx: z.string().regex(/^\d{1,19}$/),
  id: z.int().min(0),
});
export const feedStart: FeedPlace = { tx: "0", id: 0 };

async function feed(
  deps: Deps,
  call: Call<unknown, unknown, unknown>,
  filter: ChangeFilter,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<Answer> {
  const after = readCursor(cursor, byFeedPlace) ?? feedStart;
  const { changes, upTo } = await deps.database.withCompany(call.caller.companyId, (tx) =>
    readFeed(tx, filter, { after, limit }),
  );
  const last = changes.at(-1);
  const place = changes.length === limit && last ? { tx: last.tx, id: last.id } : upTo;
  const nextCursor = Buffer.from(JSON.stringify(place)).toString("base64url");
  return listed(call, { items: changes.map(toChange), nextCursor });
}
