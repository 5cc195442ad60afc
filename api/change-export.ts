import { z } from "zod";
import { type ChangeFilter, type FeedPlace, readFeed } from "../db/change-feed.ts";
import type { Tx } from "../db/client.ts";
import { changeFilters, type changeShape, toChange } from "./change-shape.ts";
import { feedStart } from "./changes.ts";
import { exportBatch, exported, exportFormat } from "./export.ts";
import { type Route, route } from "./route.ts";

const columns = [
  "id",
  "at",
  "action",
  "side",
  "by",
  "rule",
  "version",
  "connectionId",
  "sessionId",
  "eventId",
  "recordId",
  "stream",
  "remoteId",
  "parentId",
  "fields",
] as const;

type Row = z.output<typeof changeShape>;

export const changeExportRoutes: Route[] = [
  route({
    method: "get",
    path: "/api/changes/export",
    role: "member",
    tag: "trail",
    summary: "Changes of events and of records as a file, oldest first",
    query: z.strictObject({ ...changeFilters, format: exportFormat }),
    answers: {
      200: {
        description: "The file; as `application/x-ndjson` where that was asked for",
        schema: z.string(),
        type: "text/csv",
      },
    },
    handle: (deps, call) => {
      const { format, of = "all", ...rest } = call.query;
      const rows = reader({ ...rest, of });
      return exported<Row>(deps, call, {
        format,
        name: `changes-${new Date(deps.now()).toISOString().slice(0, 10)}`,
        columns,
        cells: (row) => columns.map((name) => row[name]),
        next: async (tx) => (await rows(tx))?.map(toChange) ?? null,
      });
    },
  }),
];

/** Reads the feed batch by batch, to where it stood when the first was read. */
function reader(filter: ChangeFilter) {
  let after: FeedPlace = feedStart;
  let below: string | null = null;
  let isOver = false;
  return async (tx: Tx) => {
    if (isOver) return null;
    const { changes, upTo } = await readFeed(tx, filter, { after, limit: exportBatch });
    const end = (below ??= upTo.tx);
    const found = changes.filter((change) => BigInt(change.tx) < BigInt(end));
    const last = found.at(-1);
    if (last) after = { tx: last.tx, id: last.id };
    isOver = found.length < exportBatch;
    return found;
  };
}
