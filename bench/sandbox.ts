import { createHash } from "node:crypto";

export const account = "bench@example.test";
export const zone = "Europe/Amsterdam";

export interface Token {
  accessToken: string;
  refreshToken: string;
  expiresAt: number;
}

interface Time {
  dateTime: string;
  timeZone: string;
}

interface SandboxEvent {
  id: string;
  summary: string;
  description?: string;
  location?: string;
  start: Time;
  end: Time;
}

export interface LoggedRequest {
  seq: number;
  time: string;
  method: string;
  path: string;
  status: number;
}

/** How the stage is set: calls of the sandbox's control, or of whatever answers JSON. @throws */
export function callerOf(url: string) {
  return async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(url + path, {
      method,
      ...(body !== undefined && {
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
    return response.json();
  };
}

export type Sandbox = ReturnType<typeof createSandboxControl>;

/** The pretend Google as a person, and as whoever sets the stage. */
export function createSandboxControl(url: string) {
  const eventsOf = (calendarId: string) =>
    `/sandbox/google/calendars/${encodeURIComponent(calendarId)}/events`;
  const call = callerOf(url);
  return {
    url,
    async makeAccount(calendarIds: readonly string[]): Promise<void> {
      const calendars = calendarIds.map((id) => ({
        id,
        summary: id,
        timeZone: zone,
        accessRole: "owner",
        watchable: true,
      }));
      await call("POST", "/sandbox/google/accounts", { email: account, calendars });
    },
    async token(): Promise<Token> {
      return (await call("POST", "/sandbox/google/tokens", {
        email: account,
        clientId: "sandbox",
        expiresInMs: 24 * 3_600_000,
      })) as Token;
    },
    fill: (calendarId: string, count: number) =>
      call("POST", `${eventsOf(calendarId)}/bulk`, { count }),
    edit: (calendarId: string, eventId: string, change: object) =>
      call("PATCH", `${eventsOf(calendarId)}/${eventId}`, change),
    async events(calendarId: string): Promise<SandboxEvent[]> {
      const answer = await call("GET", `${eventsOf(calendarId)}?living=true`);
      return (answer as { events: SandboxEvent[] }).events;
    },
    settings: (change: object) => call("POST", "/sandbox/settings", change),
    notifications: (mode: "normal" | "drop") => call("POST", "/sandbox/notifications", { mode }),
    async requestsSince(seq: number): Promise<{ requests: LoggedRequest[]; last: number }> {
      return (await call("GET", `/sandbox/requests?since=${seq}`)) as {
        requests: LoggedRequest[];
        last: number;
      };
    },
  };
}

/** One event as one line, from whatever side; equal lines are equal events. */
export type Line = readonly [
  id: string,
  title: string,
  description: string,
  location: string,
  start: string,
  end: string,
  zone: string,
];

export function lineOf(event: SandboxEvent): Line {
  const { id, summary, description = "", location = "", start, end } = event;
  const wall = (time: Time) => time.dateTime.slice(0, 19);
  return [id, summary, description, location, wall(start), wall(end), start.timeZone];
}

export function hashOf(lines: readonly (readonly (string | null)[])[]): string {
  const hash = createHash("sha256");
  for (const line of lines.map((parts) => JSON.stringify(parts)).sort()) hash.update(line);
  return hash.digest("hex");
}
