import { z } from "zod";
import {
  contentFields,
  type FoundRecord,
  listRecords,
  type RecordFilter,
} from "../db/record-queries.ts";
import type { Deps } from "./deps.ts";
import { exportBatch, exported, exportFormat } from "./export.ts";
import { Problem } from "./problems.ts";
import { filterOf, recordQuery } from "./record-query.ts";
import { type recordShape, toRecord } from "./record-shape.ts";
import { seesSensitive } from "./record-sight.ts";
import { parentsOf, sensitiveFields } from "./record-streams.ts";
import { type Answer, type Call, type Route, route } from "./route.ts";
import { flag } from "./validation.ts";

const fixed = [
  "id",
  "connectionId",
  "stream",
  "remoteId",
  "parentId",
  "state",
  "version",
  "firstSeenAt",
  "changedAt",
  "lastSeenAt",
  "reason",
] as const;
/** Of a table wider than that nobody makes a spreadsheet. */
const mostFields = 2_000;
const unreadable = "#unreadable";

const query = recordQuery({ format: exportFormat, sensitive: flag.optional() });

type RecordAnswer = z.output<typeof recordShape>;
type Row = Omit<RecordAnswer, "sensitive" | "masked" | "unreadable"> & Partial<RecordAnswer>;

export const recordExportRoutes: Route[] = [
  route({
    method: "get",
    path: "/api/records/export",
    role: "member",
    tag: "records",
    summary: "Business data of one stream as a file",
    description:
      "The filters of the list. Sensitive fields only with `sensitive=true`, by owners and admins. Without `asOf` the file holds what changes while it is read as it is by then.",
    query,
    refuses: [403],
    answers: {
      200: {
        description: "The file; as `application/x-ndjson` where that was asked for",
        schema: z.string(),
        type: "text/csv",
      },
    },
    handle: async (deps, call) => {
      if (call.query.sensitive && !seesSensitive(call.caller))
        throw new Problem("forbidden", "Only owners and admins may export sensitive fields.");
      const { filter, fields } = await deps.database.withCompany(
        call.caller.companyId,
        async (tx) => {
          const found = await filterOf(deps, tx, call.query);
          const isTable = call.query.format === "csv";
          return {
            filter: found,
            fields: isTable ? await contentFields(tx, found, mostFields + 1) : [],
          };
        },
      );
      if (fields.length > mostFields)
        throw new Problem("invalid_request", "There are too many fields for a table: take ndjson.");
      return file(deps, call, filter, fields);
    },
  }),
];

function file(
  deps: Deps,
  call: Call<unknown, z.output<typeof query>, unknown>,
  filter: RecordFilter & { provider: string },
  fields: readonly string[],
): Promise<Answer> {
  const secrets = call.query.sensitive ? sensitiveFields(deps, filter) : [];
  const taken = new Set<string>(fixed);
  // A field that is called as a fixed column is must not be taken for it.
  const nameOf = (field: string, group: string) => {
    const name = taken.has(field) ? `${group}.${field}` : field;
    taken.add(name);
    return name;
  };
  const rows = reader(deps, filter);
  return exported<Row>(deps, call, {
    format: call.query.format,
    name: `${filter.stream}-${(filter.asOf ?? new Date(deps.now())).toISOString().slice(0, 10)}`,
    columns: [
      ...fixed,
      ...fields.map((field) => nameOf(field, "content")),
      ...secrets.map((field) => nameOf(field, "sensitive")),
    ],
    cells: (row) => cellsOf(row, fields, secrets),
    next: async (tx) => {
      const found = await rows(tx);
      return found && found.map((record) => toRow(deps, call, record));
    },
  });
}

/** Reads one batch after the other, each from after the last row of the one before. */
function reader(deps: Deps, filter: RecordFilter) {
  let after: string | undefined;
  let isOver = false;
  return async (tx: Parameters<typeof listRecords>[0]): Promise<FoundRecord[] | null> => {
    if (isOver) return null;
    const page = { parents: parentsOf(deps), after, limit: exportBatch };
    const found = await listRecords(tx, filter, page);
    after = found.at(-1)?.remoteId;
    isOver = found.length < exportBatch;
    return found;
  };
}

function toRow(
  deps: Deps,
  { caller, query: { sensitive } }: Call<unknown, z.output<typeof query>, unknown>,
  record: FoundRecord,
): Row {
  const { masked: _, ...open } = toRecord(deps, caller, record);
  if (sensitive) return open;
  const { sensitive: _sensitive, unreadable: _unreadable, ...rest } = open;
  return rest;
}

function cellsOf(row: Row, fields: readonly string[], secrets: readonly string[]): unknown[] {
  const content = row.content ?? {};
  // One that came while the file was being written has no column: better no file than one without it.
  if (Object.keys(content).some((field) => !fields.includes(field)))
    throw new Error("an export was cut short: a record has come with a new field");
  return [
    ...fixed.map((name) => row[name]),
    ...fields.map((field) => (Object.hasOwn(content, field) ? content[field] : null)),
    ...secrets.map((field) => (row.unreadable ? unreadable : row.sensitive?.[field])),
  ];
}
