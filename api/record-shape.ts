import { z } from "zod";
import type { KeyHolder } from "../db/api-keys.ts";
import type { FoundRecord } from "../db/record-queries.ts";
import type { FoundVersion } from "../db/record-version-queries.ts";
import { versionSecret } from "../db/records.ts";
import type { Deps } from "./deps.ts";
import { seesSensitive, type Sight, sightOf } from "./record-sight.ts";
import { sensitiveFields } from "./record-streams.ts";

const content = z.record(z.string(), z.unknown());
const moment = z.iso.datetime();

/** What every answer says of a sensitive part. */
export const sightShape = {
  sensitive: content.meta({
    description: "Fields that only owners and admins may read: for others their names, with null",
  }),
  masked: z.boolean().meta({ description: "The key's role does not show the sensitive values" }),
  unreadable: z.boolean().meta({
    description: "The sensitive values were sealed with a key that is not here, or are damaged",
  }),
};

export const recordState = z.enum(["live", "deleted", "set-aside"]);

export const recordShape = z
  .object({
    id: z.guid(),
    connectionId: z.guid(),
    stream: z.string(),
    remoteId: z.string(),
    parentId: z.string().nullable().meta({ description: "The remote id of what it belongs to" }),
    state: recordState,
    version: z.int().meta({ description: "0 for one that was never understood" }),
    content: content.nullable().meta({ description: "Null for one that is deleted" }),
    ...sightShape,
    firstSeenAt: moment,
    changedAt: moment,
    lastSeenAt: moment
      .nullable()
      .meta({ description: "The last complete pass that saw this version" }),
    reason: z.string().nullable().meta({ description: "Why it is set aside" }),
  })
  .meta({ id: "Record" });

export const versionShape = z
  .object({
    version: z.int(),
    sessionId: z.guid(),
    deleted: z.boolean(),
    content: content.nullable(),
    ...sightShape,
    firstSeenAt: moment,
    lastSeenAt: moment.nullable(),
  })
  .meta({ id: "RecordVersion" });

type Reading = Pick<Deps, "keyRing" | "registry">;

/** The sensitive part of one version of a record. */
export function sightOfVersion(
  deps: Reading,
  sees: boolean,
  record: Pick<FoundRecord, "id" | "companyId" | "provider" | "stream">,
  { version, content: held, sealed }: Pick<FoundVersion, "version" | "content" | "sealed">,
): Sight {
  return sightOf(deps.keyRing, sees, {
    names: held === null ? [] : sensitiveFields(deps, record),
    place: versionSecret({ ...record, version }),
    sealed,
  });
}

export function toRecord(
  deps: Reading,
  caller: KeyHolder,
  record: FoundRecord,
): z.output<typeof recordShape> {
  const { companyId: _company, provider: _provider, sealed: _sealed, ...rest } = record;
  return { ...rest, ...sightOfVersion(deps, seesSensitive(caller), record, record) };
}

export function toVersion(
  deps: Reading,
  caller: KeyHolder,
  record: FoundRecord,
  version: FoundVersion,
): z.output<typeof versionShape> {
  const { sealed: _, ...rest } = version;
  return {
    ...rest,
    ...sightOfVersion(deps, seesSensitive(caller), record, version),
    deleted: version.content === null,
  };
}
