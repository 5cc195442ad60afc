import { path } from "../ask.ts";
import { type Context, show } from "../context.ts";
import { type Exit, exits } from "../exits.ts";
import { connectionNamed } from "../names.ts";
import { inert } from "../print.ts";
import type { Proof } from "../shapes.ts";

/** A listing of a large calendar takes its time. */
const patienceMs = 30 * 60_000;
const ends = { proven: exits.done, waiting: exits.waits, broken: exits.failed } as const;

/** Proves that a connection is in step, by a fresh look at the provider. */
export async function proof(context: Context, name: string): Promise<Exit> {
  const { id } = await connectionNamed(context.ask, name);
  const found = await context.ask.json<Proof>("GET", path`/api/connections/${id}/proof`, {
    patienceMs,
  });
  const { verdict, links, items, counts, findings } = found;
  const lines = [
    `${verdict.toUpperCase()}: ${links} links, ${items} items at the provider; ${counts.broken} broken, ${counts.waiting} waiting, ${counts.explained} explained`,
    ...findings.map(({ weight, words, eventId, remoteId }) =>
      inert(`${weight}: ${eventId ?? "-"} / ${remoteId ?? "-"}: ${words}`),
    ),
  ];
  show(context, found, lines.join("\n"));
  return ends[verdict];
}
