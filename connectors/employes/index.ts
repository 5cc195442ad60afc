import { createHash } from "node:crypto";
import type { OpenConnection, Quota } from "../connector.ts";
import { Rejected } from "../errors.ts";
import type { RecordsConnector, RecordsRemote, RecordStream } from "../records.ts";
import { createApi } from "./api.ts";
import type { Access } from "./call.ts";
import { collections, prepare } from "./companies.ts";
import { checkSettings, entry } from "./entry.ts";
import { employee, slices } from "./mapping.ts";
import { pull } from "./pull.ts";
import { checkStream, details, read } from "./read.ts";
import { createTimeline } from "./timeline.ts";

export interface EmployesConfig {
  /** `https://connect.employes.nl/v4`, or where a stand-in for it listens. */
  apiUrl: string;
  /** Deadline of one call. */
  timeoutMs?: number;
  /** Employes grants 5, and never sees more than that in any second up to 4 (reference: 7). */
  requestsPerSecond?: number;
  /** Rows per request; more than 100 is not confirmed. */
  pageSize?: number;
  /** How old a person's history may grow before it is read again unasked. */
  detailsMaxAgeMs?: number;
}

/** A hundred people have some 150 KB; ones of monstrous texts must be read too. */
const maxBytes = 64 * 1_048_576;

const week = 7 * 24 * 3_600_000;

/** What Employes grants a token in a second (reference: 7). */
const granted = 5;

/** The people of a company in Employes, and the history of their employments. Only read (reference: 9). */
export function createEmployes(config: EmployesConfig): RecordsConnector {
  const { apiUrl, timeoutMs = 30_000, pageSize = 100, detailsMaxAgeMs = week } = config;
  const access: Access = { apiUrl, timeoutMs, maxBytes };
  return {
    provider: "employes",
    kind: "records",
    streams: ["employees"],
    shapes: shapes(),
    detailsMaxAgeMs,
    usualEveryHours: 6,
    quota: quotaOf(config.requestsPerSecond ?? 4),
    checkSettings,
    entry,
    open: (connection) => openRemote(access, Math.min(100, Math.max(1, pageSize)), connection),
    timeline: createTimeline(detailsMaxAgeMs),
  };
}

/** Whoever leaves is out of service rather than gone: a vanished one is doubted for long (reference: 4). */
function shapes(): Record<string, RecordStream> {
  const people = Object.keys(employee.sensitive);
  const ofPerson = (sensitive: readonly string[]): RecordStream => ({
    of: "employees",
    absences: 1,
    sensitive,
  });
  const parts = Object.entries(slices).map(([stream, { sensitive }]) => [
    stream,
    ofPerson(Object.keys(sensitive)),
  ]);
  return {
    employees: { absences: 3, sensitive: people },
    details: ofPerson(people),
    employments: ofPerson([]),
    ...(Object.fromEntries(parts) as Record<string, RecordStream>),
  };
}

/** In any second no more pass than a full bucket and what flows into it within that second. */
function quotaOf(unitsPerSecond: number): Quota {
  return { unitsPerSecond, burst: Math.max(1, Math.floor(granted - unitsPerSecond)) };
}

function openRemote(access: Access, pageSize: number, connection: OpenConnection): RecordsRemote {
  const { settings } = connection;
  const api = createApi(access, connection);
  // With next year's token every hint moves, and every history is read once more.
  const key = async () =>
    createHash("sha256")
      .update((await connection.grant()).accessToken)
      .digest("hex");
  return {
    async *pull(stream, cursor, signal) {
      checkStream(stream);
      yield* pull({ api, company: settings["companyId"] ?? "", pageSize, key }, cursor, signal);
    },
    async read(stream, remoteId, signal) {
      checkStream(stream);
      return read(api, remoteId, await key(), signal);
    },
    async details(stream, remoteId, signal) {
      if (stream !== "employees") throw new Rejected(`${JSON.stringify(stream)} have no details`);
      return details(api, remoteId, signal);
    },
    prepare: (signal) => prepare(api, settings, signal),
    collections: (signal) => collections(api, signal),
  };
}
