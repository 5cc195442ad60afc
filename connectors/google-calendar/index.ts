import { calendar } from "googleapis/build/src/apis/calendar/index.js";
import { z } from "zod";
import { eventFields, type EventItem } from "../../sync/event.ts";
import type {
  Collection,
  Connector,
  OpenConnection,
  Quota,
  Remote,
  Settings,
} from "../connector.ts";
import { InvalidResponse, Rejected } from "../errors.ts";
import { type Api, createApi } from "./api.ts";
import type { Client } from "./call.ts";
import { type Pauses, usualPauses } from "./errors.ts";
import { createConsent, type OAuthConfig } from "./oauth.ts";
import { pull } from "./pull.ts";
import { createWatch } from "./watch.ts";
import { webhook } from "./webhook.ts";
import { createWrite } from "./write.ts";

export interface GoogleCalendarConfig extends OAuthConfig {
  /** `https://www.googleapis.com`, or where a stand-in for it listens. */
  apiUrl: string;
  /** Deadline of one call. */
  timeoutMs?: number;
  /** Events per page; Google gives at most 2500. */
  pageSize?: number;
  pauses?: Pauses;
  /** What one account may spend; by default little enough for the ten requests a second that Google grants. */
  quota?: Quota;
  /** Milliseconds since the epoch, for what no connection's clock is at hand. */
  now?: () => number;
}

/** A page of 2500 ordinary events has some 3 MB; one that holds a few monsters must still be read. */
const maxBytes = 64 * 1_048_576;

const usualQuota: Quota = { unitsPerSecond: 9.5, burst: 25 };

const settingsSchema = z.strictObject({ calendarId: z.string().min(1).max(1024) });

export function createGoogleCalendar(config: GoogleCalendarConfig): Connector<EventItem> {
  const { timeoutMs = 30_000, pageSize = 2500, now = Date.now, pauses = usualPauses } = config;
  const apiUrl = new URL(config.apiUrl);
  const client: Client = {
    calendar: calendar({ version: "v3", rootUrl: apiUrl.origin }),
    apiUrl,
    timeoutMs,
    maxBytes,
    pauses,
  };
  return {
    provider: "google-calendar",
    kind: "calendar",
    streams: ["events"],
    fields: eventFields.filter((field) => field !== "notes"),
    quota: config.quota ?? usualQuota,
    checkSettings,
    open: (connection) => openRemote(client, connection, pageSize),
    consent: createConsent(config, timeoutMs, now),
    webhook,
  };
}

function openRemote(
  client: Client,
  connection: OpenConnection,
  pageSize: number,
): Remote<EventItem> {
  const api = createApi(client, connection);
  return {
    pull: (stream, cursor, signal) => {
      if (stream !== "events") throw new Rejected(`Unknown stream "${stream}": ask for events`);
      return pull(api, pageSize, cursor, signal);
    },
    write: createWrite(api),
    watch: createWatch(api, () => connection.now()),
    collections: (signal) => collections(api, signal),
  };
}

function checkSettings(settings: unknown): Settings {
  const parsed = settingsSchema.safeParse(settings);
  if (parsed.success) return parsed.data;
  const found = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Rejected(
    `Settings of a Google calendar are {"calendarId": "…"}, an id that the list of calendars shows (${found.join("; ")})`,
  );
}

async function collections(api: Api, signal: AbortSignal): Promise<Collection[]> {
  const found: Collection[] = [];
  const seen = new Set<string>();
  for (let pageToken: string | null = null; ;) {
    const page: Awaited<ReturnType<Api["calendars"]>> = await api.calendars(pageToken, signal);
    for (const {
      id,
      summary,
      summaryOverride,
      timeZone,
      accessRole,
      primary,
      deleted,
    } of page.items) {
      if (deleted === true) continue;
      const writable = ["owner", "writer", "writerWithoutPrivateAccess"].includes(accessRole ?? "");
      const name = summaryOverride ?? summary ?? id;
      found.push({ id, name, zone: timeZone ?? null, writable, primary: primary ?? false });
    }
    pageToken = page.nextPageToken ?? null;
    if (pageToken === null) return found;
    if (seen.has(pageToken)) throw new InvalidResponse("calendarList.list: a page token came back");
    seen.add(pageToken);
  }
}
