import { path } from "../ask.ts";
import { type Context, show } from "../context.ts";
import { Ended, type Exit, exits } from "../exits.ts";
import { connectionNamed } from "../names.ts";
import { table, time } from "../print.ts";
import type { Conflict, Page } from "../shapes.ts";

/** Fields that both sides have changed and nobody has decided. */
export async function conflicts(
  context: Context,
  options: { connection?: string; all?: boolean; limit?: number },
): Promise<Exit> {
  const { ask } = context;
  const { connection: name } = options;
  const connectionId = name === undefined ? undefined : (await connectionNamed(ask, name)).id;
  const { data } = await ask.json<Page<Conflict>>("GET", "/api/conflicts", {
    query: { limit: options.limit, connectionId, state: options.all ? undefined : "open" },
  });
  const rows = data.map((one) => [
    one.id,
    one.provider,
    one.title,
    one.field,
    value(one.local),
    value(one.remote),
    one.state === "open" ? "open" : `settled: ${one.choice ?? one.winner}`,
    time(one.openedAt),
  ]);
  const head = ["conflict", "provider", "event", "field", "ours", "theirs", "state", "since"];
  show(context, data, table(head, rows));
  return exits.done;
}

const sides: Record<string, string> = {
  ours: "local",
  local: "local",
  theirs: "remote",
  remote: "remote",
  both: "both",
  merge: "merge",
};

/** Chooses in one conflict. */
export async function resolve(
  context: Context,
  [id, keep]: readonly [id: string, keep: string],
  options: { value?: string; always?: boolean; force?: boolean },
): Promise<Exit> {
  const side = sides[keep];
  if (side === undefined)
    throw new Ended(exits.usage, `"${keep}" is none of ours, theirs, both, merge.`);
  const chosen = await context.ask.json("POST", path`/api/conflicts/${id}/resolve`, {
    body: {
      keep: side,
      ...(options.value !== undefined && { value: parsed(options.value) }),
      ...(options.always && { always: true }),
      ...(options.force && { force: true }),
    },
  });
  show(context, chosen, `Conflict ${id}: ${keep}.`);
  return exits.done;
}

/** JSON where it is some, text else: a title needs no quotes. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const value = (of: unknown): string => (typeof of === "string" ? of : JSON.stringify(of ?? null));
