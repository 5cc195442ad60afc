import { z } from "zod";
import type { DemoOptions } from "./demo.ts";
import { demoEdits, demoEvents } from "./demo-events.ts";
import { callJson, sendOnce } from "./http-json.ts";

const googleCalendar = "team@example.test";
const email = "demo@example.test";
const timeZone = "Europe/Amsterdam";

const made = z.object({ id: z.string() });
const tokens = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresAt: z.number(),
});

export async function seedGoogle(sandboxUrl: string): Promise<void> {
  const google = `${sandboxUrl}/sandbox/google`;
  const calendar = {
    id: googleCalendar,
    summary: "Team",
    timeZone,
    accessRole: "owner",
    watchable: true,
  };
  await sendOnce(`${google}/accounts`, "POST", { email, calendars: [calendar] });
  const events = `${google}/calendars/${encodeURIComponent(googleCalendar)}/events`;
  const now = new Date();
  for (const event of demoEvents(now)) await sendOnce(events, "POST", event);
  for (const { id, change } of demoEdits(now))
    await sendOnce(`${events}/${id}`, change === undefined ? "DELETE" : "PATCH", change);
}

/** Answers the connection. */
export async function connectGoogle(options: DemoOptions, calendarId: string): Promise<string> {
  // Tokens are renewed by the client they were given to.
  const body = { email, clientId: options.clientId };
  const granted = tokens.parse(
    await callJson(`${options.sandboxUrl}/sandbox/google/tokens`, { method: "POST", body }),
  );
  const answer = await callJson(`${options.apiUrl}/api/connections`, {
    method: "POST",
    key: options.apiKey,
    body: {
      provider: "google-calendar",
      calendarId,
      remoteCalendarId: googleCalendar,
      credentials: { ...granted, expiresAt: new Date(granted.expiresAt).toISOString() },
    },
  });
  return made.parse(answer).id;
}
