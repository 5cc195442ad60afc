import { type Context, show } from "../context.ts";
import { type Exit, exits } from "../exits.ts";
import { connectionNamed } from "../names.ts";
import { table, time } from "../print.ts";
import type { Connection, Page } from "../shapes.ts";

/** How the connections stand, in the API's own words; ends with the most pressing. */
export async function status(context: Context, name: string | undefined): Promise<Exit> {
  const found =
    name === undefined ? await all(context) : [await connectionNamed(context.ask, name)];
  show(
    context,
    found,
    table(["connection", "name", "status", "last pass", "next step"], found.map(row)),
  );
  return worst(found);
}

async function all({ ask }: Context): Promise<Connection[]> {
  const found: Connection[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await ask.json<Page<Connection>>("GET", "/api/connections", {
      query: { limit: 500, cursor },
    });
    found.push(...page.data);
    if (page.nextCursor === null) return found;
    cursor = page.nextCursor;
  }
}

const row = ({ id, provider, name, status: words, lastCompletePassAt, ...one }: Connection) => [
  id,
  name === null ? provider : `${name} (${provider})`,
  words,
  time(lastCompletePassAt),
  one.pausedReason ?? one.nextStep ?? one.lastError,
];

function worst(found: readonly Connection[]): Exit {
  const states = new Set(found.map(({ state }) => state));
  if (states.has("failing") || states.has("needs_reauth")) return exits.failed;
  return states.has("held") ? exits.waits : exits.done;
}
