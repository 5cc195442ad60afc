import { onEndSignals } from "./end-signals.ts";
import { UsageError } from "./options.ts";
import { type BadFile, type IcsFile, readFiles } from "./try/files.ts";
import { openHub } from "./try/hub.ts";
import { parseTryOptions, tryUsage, type TryOptions } from "./try/options.ts";
import { isFine, reportJson, reportText } from "./try/report.ts";
import { type Stage, startStage } from "./try/stage.ts";
import { type Result, tryFile } from "./try/trial.ts";

const ending = new AbortController();
let starting: Promise<Stage> | undefined;

/** Progress, beside the result that goes to the standard output. What fails because all ends is no news. */
function say(message: string): void {
  if (!ending.signal.aborted) console.error(message);
}

function told(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The first signal ends what runs, in order; a second one does not wait for it. */
function endOnSignals(): void {
  onEndSignals({
    first: () => {
      say("\nEnding; once more to end at once.");
      ending.abort();
      void end().finally(() => process.exit(130));
    },
    again: () => process.exit(130),
  });
}

async function end(): Promise<void> {
  const stage = await starting?.catch(() => undefined);
  await stage?.stop();
}

async function tryAll(stage: Stage, files: readonly IcsFile[], zone: string) {
  const hub = await openHub(stage);
  const results: Result[] = [];
  const bad: BadFile[] = [];
  for (const file of files) {
    try {
      const result = await tryFile(stage, hub, file, { zone });
      say(`${file.name}: ${result.problems.length === 0 ? "in step" : "not as it should be"}`);
      results.push(result);
    } catch (error) {
      if (ending.signal.aborted) throw error;
      say(`${file.name}: ${told(error)}`);
      bad.push({ name: file.name, problem: told(error) });
    }
  }
  await hub.close();
  return { results, bad };
}

async function main({ paths, zone, json, keep }: TryOptions): Promise<number> {
  const read = readFiles(paths);
  const bad = read.filter((file): file is BadFile => "problem" in file);
  const files = read.filter((file): file is IcsFile => !("problem" in file));
  for (const { name, problem } of bad) say(`${name}: ${problem}`);
  let results: Result[] = [];
  if (files.length > 0) {
    endOnSignals();
    starting = startStage(say, ending.signal);
    const tried = await tryAll(await starting, files, zone);
    results = tried.results;
    bad.push(...tried.bad);
  }
  console.log(json ? reportJson(results, bad) : `\n${reportText(results, bad)}`);
  if (keep && starting) await untilEnded(await starting);
  await end();
  return isFine(results, bad) ? 0 : 1;
}

function untilEnded({ sandboxUrl, databaseUrl, temporalUiUrl, dir }: Stage): Promise<never> {
  say(
    [
      "",
      "It all keeps running; Ctrl-C ends it.",
      `  The pretend Google  ${sandboxUrl}`,
      `  Postgres            ${databaseUrl}`,
      `  Temporal UI         ${temporalUiUrl}`,
      `  Logs                ${dir}/logs`,
    ].join("\n"),
  );
  return new Promise(() => undefined);
}

try {
  const options = parseTryOptions(process.argv.slice(2));
  if (options.help) console.log(tryUsage);
  else process.exitCode = await main(options);
} catch (error) {
  // Whoever ends it all sets the exit code, once all has ended.
  if (ending.signal.aborted) await new Promise(() => undefined);
  const isUsage = error instanceof UsageError;
  console.error(
    isUsage ? `${error.message}\n\n${tryUsage}` : `\nThe trial could not be run: ${told(error)}`,
  );
  await end();
  process.exitCode = isUsage ? 2 : 1;
}
process.exit();
