import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { demoEdits, demoEvents } from "./demo-events.ts";
import { callJson, HttpProblem } from "./http-json.ts";

export interface DemoOptions {
  readonly dir: string;
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly sandboxUrl: string;
  /** Who asks the pretend Google for tokens. */
  readonly clientId: string;
  readonly onProgress: (message: string) => void;
}

const googleCalendar = "team@example.test";
const email = "demo@example.test";
const timeZone = "Europe/Amsterdam";

const progress = z.object({
  key: z.uuid(),
  seeded: z.boolean().default(false),
  calendarId: z.string().optional(),
  connectionId: z.string().optional(),
});
type Progress = z.infer<typeof progress>;

const made = z.object({ id: z.string() });
const tokens = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresAt: z.number(),
});
const connectionState = z.object({
  state: z.string().optional(),
  lastCompletePassAt: z.string().nullish(),
});

/**
 * A company with a calendar of its own and one at the pretend Google, connected
 * over HTTP as anybody would with curl. Made once: later starts find it again.
 */
export async function makeDemo(options: DemoOptions): Promise<{ connectionId: string }> {
  const known = await recall(options);
  if (known.connectionId !== undefined) {
    options.onProgress("the demo company is still there");
    return { connectionId: known.connectionId };
  }
  if (!known.seeded) await seedGoogle(options.sandboxUrl);
  keep(options.dir, { ...known, seeded: true });
  const calendarId = known.calendarId ?? (await makeCalendar(options, known.key));
  keep(options.dir, { ...known, seeded: true, calendarId });
  const connectionId = await connect(options, calendarId);
  keep(options.dir, { ...known, seeded: true, calendarId, connectionId });
  options.onProgress("made a demo company; its Google calendar is being read");
  await firstPass(options, connectionId);
  return { connectionId };
}

function fileOf(dir: string): string {
  return join(dir, "demo.json");
}

function keep(dir: string, state: Progress): void {
  writeFileSync(fileOf(dir), JSON.stringify(state));
}

/** What was made before and is still there: somebody may have deleted it, or the database. */
async function recall(options: DemoOptions): Promise<Progress> {
  const fresh: Progress = { key: randomUUID(), seeded: false };
  if (!existsSync(fileOf(options.dir))) return fresh;
  const known = progress.safeParse(JSON.parse(readFileSync(fileOf(options.dir), "utf8")));
  if (!known.success) return fresh;
  if (known.data.connectionId === undefined) return known.data;
  try {
    await callJson(`${options.apiUrl}/api/connections/${known.data.connectionId}`, {
      key: options.apiKey,
    });
    return known.data;
  } catch (error) {
    if (error instanceof HttpProblem && error.status === 404)
      return { key: randomUUID(), seeded: known.data.seeded };
    throw error;
  }
}

/** What an earlier try made or deleted already is left as it is. */
async function sendOnce(url: string, method: string, body: unknown): Promise<void> {
  try {
    await callJson(url, { method, body });
  } catch (error) {
    if (!(error instanceof HttpProblem && [409, 410].includes(error.status))) throw error;
  }
}

async function seedGoogle(sandboxUrl: string): Promise<void> {
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

async function makeCalendar(options: DemoOptions, key: string): Promise<string> {
  const answer = await callJson(`${options.apiUrl}/api/calendars`, {
    method: "POST",
    key: options.apiKey,
    idempotencyKey: `demo-calendar-${key}`,
    body: { name: "Team", timeZone },
  });
  return made.parse(answer).id;
}

async function connect(options: DemoOptions, calendarId: string): Promise<string> {
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

async function firstPass(options: DemoOptions, connectionId: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  let last = "no state";
  while (Date.now() < deadline) {
    const answer = await callJson(`${options.apiUrl}/api/connections/${connectionId}`, {
      key: options.apiKey,
    });
    const { state, lastCompletePassAt } = connectionState.parse(answer);
    if (typeof lastCompletePassAt === "string") {
      options.onProgress("the demo calendar is in step");
      return;
    }
    last = state ?? last;
    await sleep(100);
  }
  throw new Error(
    `the first session was not done within 30 s (the connection is "${last}"; the log of the worker may say why)`,
  );
}
