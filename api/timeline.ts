import { z } from "zod";
import type { KeyHolder } from "../db/api-keys.ts";
import { timelineSecret } from "../db/record-timeline.ts";
import { type FoundEntry, listTimeline, type TimelineFilter } from "../db/timeline-queries.ts";
import type { Deps } from "./deps.ts";
import { listed } from "./listed.ts";
import { cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import { Problem } from "./problems.ts";
import { remoteId } from "./record-query.ts";
import { seesSensitive, sightOf } from "./record-sight.ts";
import { sightShape } from "./record-shape.ts";
import { timelinesOf } from "./record-streams.ts";
import { namedRecord } from "./records.ts";
import { type Answer, type Call, type Route, route } from "./route.ts";
import { flag, id, moment } from "./validation.ts";

const entryShape = z
  .object({
    connectionId: z.guid(),
    remoteId: z.string().meta({ description: "Whose timeline" }),
    recordId: z.guid().nullable(),
    on: z.iso.date().meta({ description: "The day from which it holds" }),
    kind: z.string(),
    detail: z.record(z.string(), z.unknown()),
    ...sightShape,
    learnedAt: z.iso.datetime().meta({ description: "When it was first seen" }),
    retroactive: z
      .boolean()
      .meta({ description: "It corrects what was known to be otherwise on a day that was past" }),
  })
  .meta({ id: "TimelineEntry" });

const day = z.iso.date("is not a day as YYYY-MM-DD");
const filters = {
  kind: z.string().min(1).max(100).optional(),
  from: day.optional().meta({ description: "The first day" }),
  to: day.optional().meta({ description: "The day after the last" }),
  retroactive: flag.optional(),
  learnedFrom: moment.optional(),
};
const order = z.enum(["oldest", "newest"]).optional();
const answers = { 200: { description: "Entries by their day", schema: pageOf(entryShape) } };
const common = { method: "get", role: "member", tag: "records", answers } as const;

export const timelineRoutes: Route[] = [
  route({
    ...common,
    path: "/api/timeline",
    summary: "What has become of items over time, of one or of all; newest day first",
    query: z.strictObject({
      ...pageQuery,
      ...filters,
      order,
      connectionId: id.optional(),
      remoteId: remoteId.optional(),
    }),
    handle: (deps, call) => answer(deps, call, { order: "newest", ...call.query }),
  }),
  route({
    ...common,
    path: "/api/records/:id/timeline",
    summary: "What has become of a record and all that belongs to it; oldest day first",
    query: z.strictObject({ ...pageQuery, ...filters, order }),
    handle: async (deps, call) => {
      const record = await namedRecord(deps, call, call.params["id"]);
      if (timelinesOf(deps)[record.provider] !== record.stream)
        throw new Problem("not_found", `Records of ${record.stream} have no timeline.`);
      const { connectionId, remoteId: of } = record;
      return answer(deps, call, { order: "oldest", ...call.query, connectionId, remoteId: of });
    },
  }),
];

const byDay = z.strictObject({
  on: z.iso.date(),
  connectionId: z.guid(),
  remoteId: z.string().max(500),
  seq: z.int().min(0),
});

type Wanted = TimelineFilter & {
  order?: "oldest" | "newest" | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
};

async function answer(
  deps: Deps,
  call: Call<unknown, unknown, unknown>,
  wanted: Wanted,
): Promise<Answer> {
  const { limit = defaultLimit, cursor, order: way = "newest", ...filter } = wanted;
  const after = readCursor(cursor, byDay);
  const page = { of: timelinesOf(deps), order: way, after, limit: limit + 1 };
  const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
    listTimeline(tx, filter, page),
  );
  const { items, nextCursor } = cut(found, limit, ({ on, connectionId, remoteId: of, seq }) => ({
    on,
    connectionId,
    remoteId: of,
    seq,
  }));
  return listed(call, {
    items: items.map((entry) => toEntry(deps, call.caller, entry)),
    nextCursor,
  });
}

function toEntry(deps: Deps, caller: KeyHolder, entry: FoundEntry): z.output<typeof entryShape> {
  const { companyId: _, seq: _seq, sealed, ...rest } = entry;
  const place = timelineSecret(entry);
  return {
    ...rest,
    ...sightOf(deps.keyRing, seesSensitive(caller), { names: [], place, sealed }),
  };
}
