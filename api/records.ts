import { z } from "zod";
import { type FoundRecord, listRecords, readRecord } from "../db/record-queries.ts";
import type { Deps } from "./deps.ts";
import { listed } from "./listed.ts";
import { cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import { notFound } from "./problems.ts";
import { filterOf, recordQuery } from "./record-query.ts";
import { recordShape, toRecord } from "./record-shape.ts";
import { parentsOf } from "./record-streams.ts";
import { type Call, ok, type Route, route } from "./route.ts";

const common = { method: "get", role: "member", tag: "records" } as const;

/** Cursors of records: lists are ordered by remote id. */
export const byRemoteId = z.strictObject({ remoteId: z.string().max(500) });

export const recordRoutes: Route[] = [
  route({
    ...common,
    path: "/api/records",
    summary: "Business data of one stream, as it is or as it was known at a moment",
    description:
      "By remote id. `where[field]=value` (up to ten) compares a field of the content; `asOf` answers for each record the version that was known then.",
    query: recordQuery(pageQuery),
    answers: { 200: { description: "Records", schema: pageOf(recordShape) } },
    handle: async (deps, call) => {
      const { limit = defaultLimit, cursor } = call.query;
      const after = readCursor(cursor, byRemoteId)?.remoteId;
      const found = await deps.database.withCompany(call.caller.companyId, async (tx) =>
        listRecords(tx, await filterOf(deps, tx, call.query), {
          parents: parentsOf(deps),
          after,
          limit: limit + 1,
        }),
      );
      const page = cut(found, limit, ({ remoteId }) => ({ remoteId }));
      const items = page.items.map((record) => toRecord(deps, call.caller, record));
      return listed(call, { ...page, items });
    },
  }),
  route({
    ...common,
    path: "/api/records/:id",
    summary: "A record as it is now",
    answers: { 200: { description: "The record", schema: recordShape } },
    handle: async (deps, call) =>
      ok(toRecord(deps, call.caller, await namedRecord(deps, call, call.params["id"]))),
  }),
];

/** The record that an address names. @throws Problem 404 */
export async function namedRecord(
  deps: Deps,
  call: Pick<Call<unknown, unknown, unknown>, "caller">,
  id: string | undefined,
): Promise<FoundRecord> {
  const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
    readRecord(tx, String(id), parentsOf(deps)),
  );
  if (!found) throw notFound();
  return found;
}
