import type { OpenConnection } from "../../../connectors/connector.ts";
import { createGoogleCalendar } from "../../../connectors/google-calendar/index.ts";
import { createSandbox, listen } from "../../../sandbox/app.ts";
import type { Rig } from "../contract.ts";

export const calendarId = "team@group.calendar.example.test";
const email = "ann@example.test";

/** The sandbox's Google over real HTTP, with one account and one calendar. */
export interface Google extends Rig {
  connection: OpenConnection & { spent: number[] };
  address: string;
  events: string;
  /** The sandbox's control API. */
  control(method: string, path: string, body?: unknown): Promise<unknown>;
  fault(rule: object): Promise<unknown>;
}

export async function openGoogle(
  pageSize = 2,
  timeoutMs = 5_000,
  before?: (url: string) => Promise<{ url: string; close(): Promise<void> }>,
): Promise<Google> {
  const server = await listen(createSandbox());
  const front = await before?.(server.url);
  const control = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const init = { method, headers: { "content-type": "application/json" } };
    const sent = body === undefined ? init : { ...init, body: JSON.stringify(body) };
    const response = await fetch(`${server.url}/sandbox${path}`, sent);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  await control("POST", "/google/accounts", {
    email,
    calendars: [{ id: calendarId, summary: "Team" }],
  });
  const { accessToken, refreshToken, clientId } = (await control("POST", "/google/tokens", {
    email,
  })) as Record<"accessToken" | "refreshToken" | "clientId", string>;
  const connector = createGoogleCalendar({
    apiUrl: front?.url ?? server.url,
    authUrl: `${server.url}/o/oauth2/v2/auth`,
    tokenUrl: `${server.url}/token`,
    revokeUrl: `${server.url}/revoke`,
    clientId,
    clientSecret: "sandbox",
    redirectUri: "http://127.0.0.1:3000/api/oauth/google/callback",
    pageSize,
    timeoutMs,
  });
  let token = accessToken;
  const spent: number[] = [];
  const connection = {
    settings: { calendarId },
    spent,
    grant: async () => ({ accessToken: token, expiresAt: Infinity }),
    renewed: async () => {
      const grant = await connector.consent?.refresh(refreshToken, new AbortController().signal);
      token = grant?.accessToken ?? token;
      return { accessToken: token, expiresAt: Infinity };
    },
    spend: async (units: number) => void spent.push(units),
    now: () => Date.now(),
  };
  const events = `/google/calendars/${encodeURIComponent(calendarId)}/events`;
  return {
    connector,
    connection,
    address: server.url,
    events,
    control,
    fault: (rule) => control("POST", "/faults", rule),
    open: () => connector.open(connection),
    person: {
      add: async (title) => ((await control("POST", events, theirs(title))) as { id: string }).id,
      rename: async (id, summary) => void (await control("PATCH", `${events}/${id}`, { summary })),
      remove: async (id) => void (await control("DELETE", `${events}/${id}`)),
    },
    forgetCursors: async () => void (await control("POST", "/google/sync-tokens/expire", {})),
    unmapped: async (id) => {
      const { events: all } = (await control("GET", events)) as {
        events: Record<string, unknown>[];
      };
      const found = all.find((event) => event["id"] === id) ?? {};
      return Object.fromEntries(unmappedKeys.map((key) => [key, found[key]]));
    },
    close: async () => {
      await front?.close();
      await server.close();
    },
  };
}

/** An event with everything that the connector does not map. */
function theirs(summary: string): object {
  return {
    summary,
    description: "<b>bold</b>",
    start: { dateTime: "2026-03-02T12:00:00+01:00", timeZone: "Europe/Amsterdam" },
    end: { dateTime: "2026-03-02T13:00:00+01:00", timeZone: "Europe/Amsterdam" },
    attendees: [{ email: "bob@example.test", responseStatus: "accepted", comment: "yes" }],
    reminders: { useDefault: false, overrides: [{ method: "popup", minutes: 7 }] },
    extendedProperties: { private: { theirs: "1" }, shared: { ours: "2" } },
    transparency: "transparent",
    visibility: "private",
    colorId: "7",
    source: { title: "t", url: "https://example.test" },
    guestsCanModify: true,
  };
}

const unmappedKeys = [
  "attendees",
  "reminders",
  "transparency",
  "visibility",
  "colorId",
  "source",
  "guestsCanModify",
  "eventType",
  "created",
  "iCalUID",
];
