import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "../context.ts";
import { Ended, type Exit, exits } from "../exits.ts";
import { connectionNamed } from "../names.ts";
import { inert, table, time } from "../print.ts";
import { ApiProblem } from "../problem.ts";
import type { Change, Page } from "../shapes.ts";

export interface ChangeOptions {
  connection?: string;
  follow?: boolean;
  since?: string;
  limit?: number;
  interval?: number;
}

/** What changed. `--follow` goes on from now, or from `--since`: none is missed, and none comes twice. */
export async function changes(context: Context, options: ChangeOptions): Promise<Exit> {
  const { ask, json, out } = context;
  const { connection, limit, since: from } = options;
  const connectionId =
    connection === undefined ? undefined : (await connectionNamed(ask, connection)).id;
  if (options.follow) return followChanges(context, options, connectionId);
  const { data } = await ask.json<Page<Change>>("GET", "/api/changes", {
    query: { of: "all", limit, connectionId, from },
  });
  const head = ["at", "what", "side", "action", "fields", "rule"];
  out(json ? JSON.stringify(data, null, 2) : table(head, data.map(cells)));
  return exits.done;
}

/** A line a change, whoever reads it. */
async function followChanges(
  context: Context,
  { since = new Date().toISOString(), interval = 2 }: ChangeOptions,
  connectionId: string | undefined,
): Promise<Exit> {
  const { json, out, signal } = context;
  for (let cursor: string | undefined; !signal.aborted;) {
    const query = { of: "all", order: "oldest", limit: 500, connectionId, from: since, cursor };
    const page = await unlessAway(context, query);
    for (const change of page?.data ?? [])
      out(json ? JSON.stringify(change) : inert(cells(change).join("  ")));
    cursor = page?.nextCursor ?? cursor;
    if (page === null || page.data.length < 500)
      await sleep(interval * 1_000, undefined, { signal }).catch(() => {});
  }
  return exits.interrupted;
}

/** Null where nobody answers for now: the cursor keeps the place. */
async function unlessAway(
  { ask, note, signal }: Context,
  query: Record<string, string | number | undefined>,
): Promise<Page<Change> | null> {
  try {
    return await ask.json<Page<Change>>("GET", "/api/changes", { query });
  } catch (error) {
    if (signal.aborted) return null;
    const isAway = error instanceof Error && mayPass(error);
    // Before the first answer nobody knows whether there is an API at all.
    if (!isAway || query["cursor"] === undefined) throw error;
    note(error.message);
    return null;
  }
}

function mayPass(error: Error): boolean {
  if (error instanceof Ended) return error.exit === exits.unreachable;
  return error instanceof ApiProblem && (error.status >= 500 || error.status === 429);
}

const cells = ({ at, stream, remoteId, eventId, side, action, fields, rule }: Change) => [
  time(at),
  stream === null ? `event ${eventId ?? "-"}` : `${stream} ${remoteId ?? "-"}`,
  side,
  action,
  Object.keys(fields).join(", "),
  rule ?? "-",
];
