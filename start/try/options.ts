import { parseArgs } from "node:util";
import { UsageError } from "../options.ts";

export interface TryOptions {
  /** Files and folders, as they were given. */
  readonly paths: readonly string[];
  readonly json: boolean;
  readonly keep: boolean;
  readonly help: boolean;
  /** Of the calendars that the files are loaded into, where a file names none itself. */
  readonly zone: string;
}

export const tryUsage = `npm run try -- [options] FILE.ics FOLDER …

Takes each file as what a Google calendar holds (a pretend one), connects it, syncs,
edits on both sides, syncs, syncs once more, and prints a row per file. Everything it
needs is started in a temporary place and ended afterwards; your own data is not touched.

  --json       print the result as JSON
  --keep       leave it all running and print the addresses; Ctrl-C ends it
  --zone NAME  time zone of the calendars whose file names none (Europe/Amsterdam)
  --help       show this

The exit code is 0 when every file could be read and everything was in step.`;

/** @throws UsageError naming what was not understood. */
export function parseTryOptions(args: readonly string[]): TryOptions {
  const { values, positionals } = parse(args);
  if (positionals.length === 0 && !values.help) {
    throw new UsageError("Name at least one .ics file, or a folder of them.");
  }
  if (!isZone(values.zone)) throw new UsageError(`--zone: "${values.zone}" is no time zone.`);
  return { ...values, paths: positionals };
}

export function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).format(0) !== "";
  } catch {
    return false;
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        keep: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
        zone: { type: "string", default: "Europe/Amsterdam" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
