import { eventFields, type EventItem } from "../../sync/event.ts";
import type { Connector, OpenConnection, Quota, Remote } from "../connector.ts";
import { Rejected } from "../errors.ts";
import { createApi } from "./api.ts";
import type { Access } from "./call.ts";
import { collections } from "./collections.ts";
import { createDoubts, type Doubts } from "./create.ts";
import { createConsent, type OAuthConfig } from "./oauth.ts";
import { prepare } from "./prepare.ts";
import { pull } from "./pull.ts";
import { createReader } from "./reader.ts";
import { checkSettings, fieldsOf, mappingOf } from "./settings.ts";
import { createTable } from "./table.ts";
import { createWrite } from "./write.ts";

export interface NotionConfig {
  /** `https://api.notion.com`, or where a stand-in for it listens. */
  apiUrl: string;
  /** The client of a public connection; an internal one has a token and needs none. */
  oauth?: Omit<OAuthConfig, "apiUrl">;
  /** Deadline of one call. */
  timeoutMs?: number;
  /** Rows per request; Notion gives at most 100. */
  pageSize?: number;
  /** What one connection may spend, in requests; by default the three a second that Notion grants on average. */
  quota?: Quota;
  /** Notion's signals are a person's to subscribe to: without them news come by polling alone. */
  pollIntervalMs?: number;
  /** How long after a creation a search that does not find the page is not believed. */
  settleMs?: number;
  /** Milliseconds since the epoch, for what no connection's clock is at hand. */
  now?: () => number;
}

/** A hundred rows with six properties each have some 200 KB; ones of monstrous texts must be read too. */
const maxBytes = 64 * 1_048_576;

const usualQuota: Quota = { unitsPerSecond: 2.8, burst: 10 };

/** Rows of a Notion database that have a date, as the events of a calendar. */
export function createNotion(config: NotionConfig): Connector<EventItem> {
  const { apiUrl, timeoutMs = 30_000, pageSize = 100, settleMs = 15_000, now = Date.now } = config;
  const access: Access = { apiUrl, timeoutMs, maxBytes };
  const doubts = createDoubts(settleMs);
  return {
    provider: "notion",
    kind: "calendar",
    streams: ["events"],
    fields: eventFields.filter((field) => field !== "status" && field !== "recurrence"),
    quota: config.quota ?? usualQuota,
    pollIntervalMs: config.pollIntervalMs ?? 90_000,
    checkSettings,
    open: (connection) => openRemote({ access, pageSize, doubts }, connection),
    ...(config.oauth && {
      consent: createConsent({ ...config.oauth, apiUrl }, timeoutMs, now),
    }),
  };
}

interface Shared {
  access: Access;
  pageSize: number;
  doubts: Doubts;
}

function openRemote(
  { access, pageSize, doubts }: Shared,
  connection: OpenConnection,
): Remote<EventItem> {
  const mapping = mappingOf(connection.settings);
  const api = createApi(access, connection);
  const table = createTable(api, mapping);
  const reader = createReader(api, mapping);
  const now = () => connection.now();
  const context = { api, table, reader, mapping, doubts, now, pageSize };
  return {
    fields: fieldsOf(mapping),
    pull: (stream, cursor, signal) => {
      if (stream !== "events") throw new Rejected(`Unknown stream "${stream}": ask for events`);
      return pull(context, cursor, signal);
    },
    // Without a place for the key, a page that was made could not be told from a copy of it.
    ...(mapping.key !== "" && { write: createWrite(context) }),
    prepare: (signal) => prepare(api, connection.settings, signal),
    collections: (signal) => collections(api, signal),
  };
}
