import { CommanderError } from "commander";
import type { Run } from "./arguments.ts";
import { createAsk } from "./ask.ts";
import type { Context } from "./context.ts";
import { Ended, exits } from "./exits.ts";
import { placeOf } from "./place.ts";
import { ApiProblem, exitOf, problemText } from "./problem.ts";
import { createProgram } from "./program.ts";

/** Everything that a run touches besides the API. */
export interface Surroundings extends Pick<Context, "out" | "write" | "note" | "signal"> {
  env: NodeJS.ProcessEnv;
  start(options: readonly string[]): Promise<number>;
  fetch?: typeof fetch;
}

interface Globals {
  json?: boolean;
  api?: string;
  key?: string;
}

/** Carries out one command line, and answers what the process is to end with. Never throws. */
export async function run(argv: readonly string[], around: Surroundings): Promise<number> {
  let ending: number = exits.done;
  let asked: (() => Promise<number>) | undefined;
  const wrap: Run =
    (command) =>
    async (...given) => {
      // Commander hands itself over last; our commands do not know it.
      const withoutCommander = given.slice(0, -1) as unknown as typeof given;
      asked = async () => command(contextOf(program.opts<Globals>(), around), ...withoutCommander);
    };
  const program = createProgram(wrap, (options) => {
    asked = () => around.start(options);
  });
  speakThrough(program, around);
  try {
    await program.parseAsync([...argv], { from: "user" });
    if (asked) ending = await asked();
  } catch (error) {
    ending = told(error, around, program.opts<Globals>().json ?? false);
  }
  return ending;
}

function contextOf({ json = false, api, key }: Globals, around: Surroundings): Context {
  const place = placeOf({ api, key }, around.env);
  return { ...around, json, ask: createAsk(place, around.signal, around.fetch) };
}

/** Commander would end the process by itself, and write past whoever listens. */
function speakThrough(
  command: ReturnType<typeof createProgram>,
  { out, note }: Surroundings,
): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => out(text.trimEnd()),
    writeErr: (text) => note(text.trimEnd()),
  });
  for (const inner of command.commands) speakThrough(inner, { out, note } as Surroundings);
}

function told(error: unknown, { note, signal }: Surroundings, json: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exits.done : exits.usage;
  if (error instanceof ApiProblem) {
    note(json ? JSON.stringify(error.body) : problemText(error));
    return exitOf(error);
  }
  if (error instanceof Ended) {
    note(error.message);
    return error.exit;
  }
  if (signal.aborted) return exits.interrupted;
  note(error instanceof Error ? error.message : String(error));
  return exits.failed;
}
