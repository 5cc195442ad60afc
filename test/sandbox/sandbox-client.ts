import { OAuth2Client } from "google-auth-library";
import { calendar, type calendar_v3 } from "googleapis/build/src/apis/calendar/index.js";
import { createSandbox, type Listening, listen, type Sandbox } from "../../sandbox/app.ts";

export const ACCOUNT = "anna@example.test";
export const TEAM = "team@group.calendar.google.com";
export const HOLIDAYS = "nl.dutch#holiday@group.v.calendar.google.com";

export interface Running {
  readonly url: string;
  readonly sandbox: Sandbox;
  readonly listening: Listening;
  readonly api: calendar_v3.Calendar;
  readonly token: string;
  control<T = unknown>(method: string, path: string, body?: unknown): Promise<T>;
}

type ControlCall = Running["control"];

export function controlOf(url: string): ControlCall {
  return async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const text = typeof body === "string";
    const response = await fetch(`${url}/sandbox${path}`, {
      method,
      ...(body === undefined ? {} : { body: text ? body : JSON.stringify(body) }),
      headers: { "content-type": text ? "text/calendar" : "application/json" },
    });
    if (!response.ok)
      throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
}

export function clientOf(url: string, accessToken: string): calendar_v3.Calendar {
  const auth = new OAuth2Client({
    clientId: "test",
    clientSecret: "test",
    endpoints: { oauth2TokenUrl: `${url}/token` },
  });
  auth.setCredentials({ access_token: accessToken });
  return calendar({ version: "v3", auth, rootUrl: `${url}/`, retry: false });
}

/** A sandbox on a free port with one account, and the real client signed in to it. */
export async function start(): Promise<Running> {
  const sandbox = createSandbox();
  const listening = await listen(sandbox);
  const { url } = listening;
  const control = controlOf(url);
  await control("POST", "/google/accounts", {
    email: ACCOUNT,
    calendars: [
      { id: ACCOUNT, summary: "Anna", timeZone: "Europe/Amsterdam" },
      { id: TEAM, summary: "Team", timeZone: "Europe/Amsterdam" },
      { id: HOLIDAYS, summary: "Holidays", accessRole: "reader" },
    ],
  });
  const { accessToken } = await control<{ accessToken: string }>("POST", "/google/tokens", {
    email: ACCOUNT,
  });
  return { url, sandbox, listening, control, token: accessToken, api: clientOf(url, accessToken) };
}

interface Refusal {
  readonly status: number;
  readonly reason: string | undefined;
  readonly location: string | undefined;
  readonly message: string | undefined;
}

interface ErrorAnswer {
  readonly response?: {
    readonly status: number;
    readonly data: {
      readonly error: {
        readonly errors: readonly { reason: string; location?: string; message: string }[];
      };
    };
  };
}

/** What a call was refused with; a call that succeeds is a failure here. */
export async function refusal(call: Promise<unknown>): Promise<Refusal> {
  try {
    await call;
  } catch (error) {
    const { response } = error as ErrorAnswer;
    if (response === undefined) throw error;
    const first = response.data.error?.errors?.[0];
    return {
      status: response.status,
      reason: first?.reason,
      location: first?.location,
      message: first?.message,
    };
  }
  throw new Error("The call was not refused.");
}

export function timed(
  day: string,
  from = "10:00",
  to = "11:00",
  timeZone = "Europe/Amsterdam",
): calendar_v3.Schema$Event {
  return {
    start: { dateTime: `${day}T${from}:00`, timeZone },
    end: { dateTime: `${day}T${to}:00`, timeZone },
  };
}

interface Listed {
  readonly items: calendar_v3.Schema$Event[];
  readonly token: string;
  readonly pages: number;
}

/** Follows every page to the sync token. */
export async function listAll(
  api: calendar_v3.Calendar,
  params: calendar_v3.Params$Resource$Events$List = {},
): Promise<Listed> {
  const items: calendar_v3.Schema$Event[] = [];
  let pageToken: string | undefined;
  for (let pages = 1; ; pages += 1) {
    const { data } = await api.events.list({
      calendarId: TEAM,
      ...params,
      ...(pageToken === undefined ? {} : { pageToken }),
    });
    items.push(...(data.items ?? []));
    pageToken = data.nextPageToken ?? undefined;
    if (pageToken === undefined) return { items, token: data.nextSyncToken ?? "", pages };
  }
}

export async function until(condition: () => boolean, withinMs = 2000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error("It did not happen in time.");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
