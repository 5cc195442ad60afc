/** The control API of the pretend Google: what a person does there, and what a test may ask and bring about. */
export interface GoogleTime {
  date?: string;
  dateTime?: string;
  timeZone?: string;
}

export interface GoogleEvent {
  id: string;
  etag: string;
  status: string;
  summary?: string;
  description?: string;
  location?: string;
  start: GoogleTime;
  end: GoogleTime;
  recurrence?: string[];
  recurringEventId?: string;
  originalStartTime?: GoogleTime;
  extendedProperties?: { private?: Record<string, string> };
  /** Set where the event is gone. */
  tombstone?: string;
  [field: string]: unknown;
}

export interface Fault {
  match: { method?: string; path?: string; query?: string };
  phase?: "before" | "after";
  kind?: "status" | "timeout" | "reset" | "body" | "delay";
  status?: number;
  reason?: string;
  headers?: Record<string, string>;
  body?: "garbage" | "html" | "truncated" | "empty-list";
  delayMs?: number;
  nth?: number;
  times?: number;
}

export interface LoggedRequest {
  seq: number;
  time: string;
  method: string;
  path: string;
  query: Record<string, string>;
  status: number;
  account: string | null;
}

export interface Counts {
  reads: number;
  writes: number;
  byMethod: Record<string, number>;
  perEvent: Record<string, number>;
}

export interface Tokens {
  accessToken: string;
  refreshToken: string;
  expiresAt: number;
}

export type Google = ReturnType<typeof googleAt>;

export function googleAt(url: string) {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${url}/sandbox${path}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok)
      throw new GoogleRefuses(
        `${method} ${path}: ${response.status} ${await response.text()}`,
        response.status,
      );
    return (await response.json()) as T;
  };
  const events = (calendar: string, id = "") =>
    `/google/calendars/${encodeURIComponent(calendar)}/events${id && `/${encodeURIComponent(id)}`}`;
  return {
    url,
    call,
    account: (email: string, calendars: { id: string; timeZone?: string; watchable?: boolean }[]) =>
      call("POST", "/google/accounts", { email, calendars }),
    tokens: (email: string, expiresInMs?: number) =>
      call<Tokens>("POST", "/google/tokens", {
        email,
        clientId: "sandbox",
        ...(expiresInMs !== undefined && { expiresInMs }),
      }),
    revoke: (email: string) => call("POST", "/google/tokens/revoke", { email }),
    expireAccess: (email: string) => call("POST", "/google/tokens/expire", { email }),
    expireSyncTokens: (calendarId: string) =>
      call("POST", "/google/sync-tokens/expire", { calendarId }),
    create: (calendar: string, body: object) => call<GoogleEvent>("POST", events(calendar), body),
    bulk: (calendar: string, body: object) => call("POST", `${events(calendar)}/bulk`, body),
    patch: (calendar: string, id: string, body: object) =>
      call<GoogleEvent>("PATCH", events(calendar, id), body),
    delete: (calendar: string, id: string) => call<GoogleEvent>("DELETE", events(calendar, id)),
    /** Everything the calendar holds, entries that are gone among it. */
    dump: async (calendar: string) =>
      (await call<{ events: GoogleEvent[] }>("GET", events(calendar))).events,
    living: async (calendar: string) =>
      (await call<{ events: GoogleEvent[] }>("GET", `${events(calendar)}?living=true`)).events,
    fault: (rule: Fault) => call<{ id: string }>("POST", "/faults", rule),
    faults: async () =>
      (await call<{ faults: { rule: Fault; given: number; matched: number }[] }>("GET", "/faults"))
        .faults,
    noFaults: () => call("DELETE", "/faults"),
    settings: (settings: object) => call("POST", "/settings", settings),
    notifications: (mode: object) => call("POST", "/notifications", mode),
    channels: async () =>
      (
        await call<{ channels: { id: string; resource: string; address: string }[] }>(
          "GET",
          "/channels",
        )
      ).channels,
    counters: () => call<Counts>("GET", "/counters"),
    requests: async (since = 0) =>
      (await call<{ requests: LoggedRequest[] }>("GET", `/requests?since=${since}`)).requests,
  };
}

/** The pretend Google refused what a person tried, as the real one would. */
export class GoogleRefuses extends Error {
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}
