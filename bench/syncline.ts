import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createCalendar } from "../db/calendars.ts";
import { createConnection } from "../db/connections.ts";
import { storeGrant } from "../db/grants.ts";
import { syncWorkflowId } from "../workflows/messages.ts";
import { zone } from "./sandbox.ts";
import type { Stage } from "./stage.ts";

export interface Connected {
  calendarId: string;
  connectionId: string;
  remoteCalendarId: string;
}

/**
 * A calendar of ours, connected to one of the sandbox's and not synced yet. A rival gets a paused one:
 * the next poll would import it behind its back.
 */
export async function connect(
  { db, keys, companyId, sandbox }: Stage,
  remoteCalendarId: string,
  enabled = true,
): Promise<Connected> {
  const calendarId = randomUUID();
  const connectionId = randomUUID();
  const grant = await sandbox.token();
  await db.withCompany(companyId, async (tx) => {
    await createCalendar(tx, { id: calendarId, companyId, name: remoteCalendarId, zone });
    const settings = { calendarId: remoteCalendarId };
    const provider = "google-calendar";
    const of = { companyId, calendarId, provider, settings, enabled };
    await createConnection(tx, { id: connectionId, ...of });
    await storeGrant(tx, keys, connectionId, grant, 0);
  });
  return { calendarId, connectionId, remoteCalendarId };
}

export interface Session {
  sessionId: string;
  ms: number;
  providerCalls: number;
}

/**
 * Rings as everybody does, and waits until the session that serves the ring has ended. With streams the
 * ring is for these alone.
 */
export async function sync(
  stage: Stage,
  { connectionId }: { connectionId: string },
  streams: readonly string[] = [],
): Promise<Session> {
  const began = performance.now();
  const { sessionId } = await stage.door.requestSync({
    companyId: stage.companyId,
    connectionId,
    trigger: "manual",
    by: "bench",
    streams,
  });
  for (;;) {
    const { rows } = await stage.owner.query<{ status: string; error: string; calls: number }>(
      "select status, error, provider_calls as calls from sync_sessions where id = $1",
      [sessionId],
    );
    const [session] = rows;
    if (session?.status === "completed") {
      return { sessionId, ms: performance.now() - began, providerCalls: session.calls };
    }
    if (session?.status === "error") throw new Error(`the session failed: ${session.error}`);
    if (performance.now() - began > 600_000) throw new Error("the session took over ten minutes");
    await sleep(10);
  }
}

/** Waits until the workflow of a connection has ended, and answers how long its history became. */
export async function historyOf(
  stage: Stage,
  { connectionId }: { connectionId: string },
): Promise<number> {
  const handle = stage.temporal.workflow.getHandle(syncWorkflowId(connectionId));
  for (;;) {
    const { status, historyLength } = await handle.describe();
    if (status.name !== "RUNNING") return historyLength;
    await sleep(200);
  }
}
