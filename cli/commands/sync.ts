import { path } from "../ask.ts";
import { type Context, show } from "../context.ts";
import { type Exit, exits } from "../exits.ts";
import { endText, exitOfSession, follow } from "../follow.ts";
import { connectionNamed } from "../names.ts";
import type { Connection, Session } from "../shapes.ts";

export interface SyncOptions {
  streams?: string[];
  full?: boolean;
  follow?: boolean;
}

/** Syncs one connection now; `--follow` tells what it does and ends as it ends. */
export async function sync(context: Context, name: string, options: SyncOptions): Promise<Exit> {
  const { ask, note } = context;
  const { id } = await connectionNamed(ask, name);
  const { session } = await ask.json<{ session: Session }>(
    "POST",
    path`/api/connections/${id}/sync`,
    {
      body: {
        ...(options.streams && { streams: options.streams }),
        ...(options.full && { full: true }),
      },
    },
  );
  if (!options.follow) {
    show(context, session, `Session ${session.id} is ${session.status}.`);
    return exits.done;
  }
  const held = await holdOf(context, id);
  if (held !== null) {
    show(context, session, `Session ${session.id} waits. ${held}`);
    return exits.waits;
  }
  note(`Session ${session.id}`);
  const ended = await follow(context, session.id);
  show(context, ended, endText(ended));
  const exit = exitOfSession(ended);
  return exit === exits.done && (await holdOf(context, id)) !== null ? exits.waits : exit;
}

/** What a person has to decide before anything goes on; null where nothing waits. */
async function holdOf({ ask, note }: Context, id: string): Promise<string | null> {
  const { state, nextStep } = await ask.json<Connection>("GET", path`/api/connections/${id}`);
  if (state !== "held") return null;
  const words = nextStep ?? "Something waits for a person.";
  note(words);
  return words;
}
