import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { connectGoogle, seedGoogle } from "./demo-google.ts";
import { connectPretend, type RecordsProvider } from "./demo-records.ts";
import { connectNotion, hearNotion, seedNotion } from "./demo-notion.ts";
import { callJson, HttpProblem } from "./http-json.ts";

export interface DemoOptions {
  readonly dir: string;
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly sandboxUrl: string;
  /** Who asks the pretend Google for tokens. */
  readonly clientId: string;
  /** Whether there is a pretend Notion as well. */
  readonly notion: boolean;
  /** Those of which there is a pretend one as well. */
  readonly records: readonly RecordsProvider[];
  readonly onProgress: (message: string) => void;
}

const timeZone = "Europe/Amsterdam";

const progress = z.object({
  key: z.uuid(),
  seeded: z.boolean().default(false),
  calendarId: z.string().optional(),
  connectionId: z.string().optional(),
  notionId: z.string().optional(),
  subscriptionId: z.string().optional(),
  kiotvietId: z.string().optional(),
  employesId: z.string().optional(),
});
type Progress = z.infer<typeof progress>;

const made = z.object({ id: z.string() });
const connectionState = z.object({
  state: z.string().optional(),
  lastCompletePassAt: z.string().nullish(),
});

/**
 * A company with a calendar of its own, one at the pretend Google, a database at the pretend Notion, a
 * shop at the pretend KiotViet and people at the pretend Employes, connected over HTTP as anybody would with curl. Made once: later starts find it again.
 */
export async function makeDemo(options: DemoOptions): Promise<{ connectionId: string }> {
  let known = await recall(options);
  const note = (more: Partial<Progress>): void => {
    known = { ...known, ...more };
    writeFileSync(fileOf(options.dir), JSON.stringify(known));
  };
  const isThere = known.connectionId !== undefined;
  if (!known.seeded) {
    await seedGoogle(options.sandboxUrl);
    note({ seeded: true });
  }
  const calendarId = known.calendarId ?? (await makeCalendar(options, known.key));
  note({ calendarId });
  const connectionId = known.connectionId ?? (await connectGoogle(options, calendarId));
  note({ connectionId });
  if (!isThere) {
    options.onProgress("made a demo company; its Google calendar is being read");
    await firstPass(options, connectionId);
  }
  if (options.notion) await addNotion(options, { ...known, calendarId }, note);
  for (const provider of options.records) await addRecords(options, provider, known, note);
  options.onProgress(isThere ? "the demo company is still there" : "the demo calendar is in step");
  return { connectionId };
}

async function addNotion(
  options: DemoOptions,
  known: Progress & { calendarId: string },
  note: (more: Partial<Progress>) => void,
): Promise<void> {
  if (known.notionId === undefined) {
    await seedNotion(options.sandboxUrl);
    const notionId = await connectNotion(options, known);
    note({ notionId });
    await firstPass(options, notionId);
  }
  note({ subscriptionId: await hearNotion(options, known.subscriptionId) });
}

async function addRecords(
  options: DemoOptions,
  provider: RecordsProvider,
  known: Progress,
  note: (more: Partial<Progress>) => void,
): Promise<void> {
  if (known[`${provider}Id`] !== undefined) return;
  note({ [`${provider}Id`]: await connectPretend(options, provider, known.key) });
  // Employes gives so few answers a second that nobody should wait for its first pass.
  options.onProgress(`business data of ${provider} is being read`);
}

function fileOf(dir: string): string {
  return join(dir, "demo.json");
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

async function makeCalendar(options: DemoOptions, key: string): Promise<string> {
  const answer = await callJson(`${options.apiUrl}/api/calendars`, {
    method: "POST",
    key: options.apiKey,
    idempotencyKey: `demo-calendar-${key}`,
    body: { name: "Team", timeZone },
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
    if (typeof lastCompletePassAt === "string") return;
    last = state ?? last;
    await sleep(100);
  }
  throw new Error(
    `the first session was not done within 30 s (the connection is "${last}"; the log of the worker may say why)`,
  );
}
