import { type Context, show } from "../context.ts";
import { type Exit, exits } from "../exits.ts";

const address = "/api/calendar/sync/queue";

interface Stats {
  stats: { PENDING: number; COMPLETED: number; FAILED: number };
  oldestPendingAge: number | null;
}

/** How the queue to the providers stands; ends with 1 where something in it has failed. */
export async function queue(context: Context): Promise<Exit> {
  const found = await context.ask.json<Stats>("GET", address);
  const { PENDING, COMPLETED, FAILED } = found.stats;
  const age = found.oldestPendingAge;
  const oldest = age === null ? "" : `, the oldest for ${Math.round(age)} s`;
  show(context, found, `${PENDING} pending${oldest}; ${COMPLETED} completed; ${FAILED} failed`);
  return FAILED > 0 ? exits.failed : exits.done;
}

/** Tries everything that is pending or has failed, now. */
export async function retry(context: Context): Promise<Exit> {
  const found = await context.ask.json<{ sessions: { sessionId: string }[] }>("POST", address);
  const ids = found.sessions.map(({ sessionId }) => `Session ${sessionId}`);
  show(context, found, ids.length === 0 ? "Nothing is to be done." : ids.join("\n"));
  return exits.done;
}

/** Forgets finished writes. */
export async function clean(context: Context, options: { olderThan?: number }): Promise<Exit> {
  const found = await context.ask.json<{ deleted: number }>("DELETE", address, {
    query: { olderThan: options.olderThan },
  });
  show(context, found, `${found.deleted} forgotten.`);
  return exits.done;
}
