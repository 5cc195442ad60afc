import type { OpenConnection, Quota } from "../connector.ts";
import type { RecordsConnector, RecordsRemote } from "../records.ts";
import { createApi } from "./api.ts";
import type { Access } from "./call.ts";
import { checkSettings, createEntry } from "./entry.ts";
import { pull, type PullContext } from "./pull.ts";
import { details, read } from "./read.ts";
import { signals } from "./signals.ts";
import { nameOf, streamNames, streams } from "./streams.ts";
import { createWatch } from "./watch.ts";

export interface KiotvietConfig {
  /** `https://public.kiotapi.com`, or where a stand-in for it listens. */
  apiUrl: string;
  /** `https://id.kiotviet.vn/connect/token`, or where a stand-in for it listens. */
  tokenUrl: string;
  /** Deadline of one call. */
  timeoutMs?: number;
  /** What KiotViet grants a shop in an hour. */
  requestsPerHour?: number;
  /** How long a limit is waited out where KiotViet does not say. */
  limitPauseMs?: number;
  /** How far before a pull began the next one looks for changes. */
  overlapMs?: number;
  /** Rows per request; KiotViet gives at most 100. */
  pageSize?: number;
  /** From this age of the last complete listing on, everything is listed instead of the changes. */
  snapshotEveryMs?: number;
  /** Milliseconds since the epoch, for what no connection's clock is at hand. */
  now?: () => number;
}

/** A hundred products have some 300 KB; ones of monstrous descriptions must be read too. */
const maxBytes = 64 * 1_048_576;

const minute = 60_000;
const week = 7 * 24 * 60 * minute;

/** Categories, products and stock of a shop at KiotViet Retail. */
export function createKiotviet(config: KiotvietConfig): RecordsConnector {
  const { apiUrl, tokenUrl, timeoutMs = 30_000, limitPauseMs = minute, now = Date.now } = config;
  const access: Access = { apiUrl, timeoutMs, limitPauseMs, maxBytes };
  return {
    provider: "kiotviet",
    kind: "records",
    streams: streamNames,
    shapes: {
      categories: { absences: 1, sensitive: [] },
      products: { absences: 1, sensitive: [] },
      inventory: { of: "products", absences: 1, sensitive: [] },
    },
    usualEveryHours: 24,
    quota: quotaOf(config.requestsPerHour ?? 5_000),
    checkSettings,
    entry: createEntry({ tokenUrl, timeoutMs, limitPauseMs, now }),
    open: (connection) => openRemote(config, access, connection),
    signals,
  };
}

/** A full bucket and what flows into it within an hour are together no more than the limit. */
function quotaOf(requestsPerHour: number): Quota {
  const burst = Math.max(1, Math.floor(requestsPerHour * 0.8));
  return { burst, unitsPerSecond: (requestsPerHour - burst) / 3_600 };
}

function openRemote(
  config: KiotvietConfig,
  access: Access,
  connection: OpenConnection,
): RecordsRemote {
  const { overlapMs = 5 * minute, snapshotEveryMs = week, pageSize = 100 } = config;
  const api = createApi(access, connection);
  const context: PullContext = {
    api,
    shop: connection.settings["retailer"] ?? "",
    // Pages overlap by a row: one of a single row would never get on.
    pageSize: Math.min(100, Math.max(2, pageSize)),
    overlapMs,
    snapshotEveryMs,
    now: () => connection.now(),
  };
  return {
    async *pull(stream, cursor, signal) {
      yield* pull(context, streams[nameOf(stream)], cursor, signal);
    },
    read: (stream, remoteId, signal) => read(api, stream, remoteId, signal),
    details: (stream, remoteId, signal) => details(api, stream, remoteId, signal),
    watch: createWatch(api, () => connection.now()),
  };
}
