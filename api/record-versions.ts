import { z } from "zod";
import type { FoundRecord } from "../db/record-queries.ts";
import { type FoundVersion, listVersions, readVersions } from "../db/record-version-queries.ts";
import { changedFields } from "../sync/record.ts";
import type { Deps } from "./deps.ts";
import { listed } from "./listed.ts";
import { bySerial, cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import { notFound, wrongQuery } from "./problems.ts";
import { seesSensitive } from "./record-sight.ts";
import { sightOfVersion, toVersion, versionShape } from "./record-shape.ts";
import { parentsOf, sensitiveFields } from "./record-streams.ts";
import { namedRecord } from "./records.ts";
import { type Call, ok, type Route, route } from "./route.ts";
import { id } from "./validation.ts";

const common = { method: "get", role: "member", tag: "records" } as const;
const number = z
  .string()
  .regex(/^\d{1,9}$/, "is not a version")
  .transform(Number)
  .meta({ type: "integer", minimum: 1 });

const fields = z.record(z.string(), z.object({ before: z.unknown(), after: z.unknown() }));
const diffShape = z
  .object({
    from: z.int(),
    to: z.int(),
    fields: fields.meta({ description: "A field that is absent counts as null" }),
    sensitive: fields.meta({
      description: "Sensitive fields that differ; without their values where `masked`",
    }),
    masked: z.boolean(),
    unreadable: z.boolean().meta({ description: "Whether sensitive values differ is not known" }),
  })
  .meta({ id: "RecordDiff" });

export const recordVersionRoutes: Route[] = [
  route({
    ...common,
    path: "/api/records/:id/versions",
    summary: "Every version of a record, newest first",
    query: z.strictObject(pageQuery),
    answers: { 200: { description: "Versions", schema: pageOf(versionShape) } },
    handle: async (deps, call) => {
      const { limit = defaultLimit, cursor } = call.query;
      const before = readCursor(cursor, bySerial)?.id;
      const record = await namedRecord(deps, call, call.params["id"]);
      const found = await deps.database.withCompany(call.caller.companyId, (tx) =>
        listVersions(tx, { id: record.id, parents: parentsOf(deps) }, { before, limit: limit + 1 }),
      );
      const page = cut(found, limit, ({ version }) => ({ id: version }));
      const items = page.items.map((version) => toVersion(deps, call.caller, record, version));
      return listed(call, { ...page, items });
    },
  }),
  route({
    ...common,
    path: "/api/records/:id/versions/:version",
    summary: "One version of a record",
    params: z.strictObject({ id, version: z.string().max(64) }),
    answers: { 200: { description: "The version", schema: versionShape } },
    handle: async (deps, call) => {
      const wanted = number.safeParse(call.params.version);
      const record = await namedRecord(deps, call, call.params.id);
      const [found] = wanted.success ? await versionsOf(deps, call, record, [wanted.data]) : [];
      if (!found) throw notFound();
      return ok(toVersion(deps, call.caller, record, found));
    },
  }),
  route({
    ...common,
    path: "/api/records/:id/diff",
    summary: "What differs between two versions of a record, field by field",
    description: "Without `from` and `to`: what the newest version changed.",
    query: z.strictObject({ from: number.optional(), to: number.optional() }),
    answers: { 200: { description: "The differences", schema: diffShape } },
    handle: async (deps, call) => {
      const record = await namedRecord(deps, call, call.params["id"]);
      const { to = record.version } = call.query;
      const { from = Math.max(0, to - 1) } = call.query;
      const found = await versionsOf(deps, call, record, [from, to]);
      const pick = (name: string, version: number) => {
        const one = found.find((other) => other.version === version);
        // Before its first version there was nothing.
        if (!one && version !== 0) throw wrongQuery(name, "is no version of this record");
        return one ?? null;
      };
      const [before, after] = [pick("from", from), pick("to", to)];
      return ok({ from, to, ...diffOf(deps, call, record, { before, after }) });
    },
  }),
];

type AnyCall = Pick<Call<unknown, unknown, unknown>, "caller">;

function versionsOf(deps: Deps, call: AnyCall, { id: of }: FoundRecord, wanted: number[]) {
  return deps.database.withCompany(call.caller.companyId, (tx) =>
    readVersions(tx, { id: of, parents: parentsOf(deps) }, wanted),
  );
}

function diffOf(
  deps: Deps,
  call: AnyCall,
  record: FoundRecord,
  { before, after }: { before: FoundVersion | null; after: FoundVersion | null },
): Omit<z.output<typeof diffShape>, "from" | "to"> {
  // Members may know that a sensitive field differs, as the feed of changes tells them too, and not how.
  const [was, is] = [before, after].map(
    (version) => version && sightOfVersion(deps, true, record, version),
  );
  const unreadable = was?.unreadable === true || is?.unreadable === true;
  const changed = changedFields(was?.sensitive ?? {}, is?.sensitive ?? {});
  const names = unreadable ? sensitiveFields(deps, record) : Object.keys(changed);
  const masked = !seesSensitive(call.caller) && names.length > 0;
  const sensitive =
    masked || unreadable
      ? Object.fromEntries(names.map((name) => [name, { before: null, after: null }]))
      : changed;
  const differing = changedFields(before?.content ?? {}, after?.content ?? {});
  return { fields: differing, sensitive, masked, unreadable };
}
