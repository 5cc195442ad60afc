import { path } from "../ask.ts";
import { type Context, show } from "../context.ts";
import { type Exit, exits } from "../exits.ts";
import { inert, table, time } from "../print.ts";
import type { Why } from "../shapes.ts";

/** Why an event is as it is, and why it is not in step where it is not. */
export async function why(context: Context, eventId: string): Promise<Exit> {
  const found = await context.ask.json<Why>("GET", path`/api/events/${eventId}/why`);
  const standings = found.connections.map(({ provider, inStep, reason, whatToDo }) => {
    const sentences = [reason ?? "?", ...(whatToDo ? [`What to do: ${whatToDo}`] : [])];
    const stands = inStep ? "in step" : `not in step: ${sentences.map(ended).join(" ")}`;
    return inert(`${provider}: ${stands}`);
  });
  const trail = table(
    ["at", "side", "action", "fields", "by", "why"],
    found.data.map(({ at, side, action, fields, by, session, words }) => [
      time(at),
      side,
      action,
      Object.keys(fields).join(", "),
      by ?? session?.triggeredBy,
      words,
    ]),
  );
  show(context, found, [...standings, "", trail].join("\n"));
  return exits.done;
}

const ended = (sentence: string): string => sentence.replace(/[^.!?]$/, "$&.");
