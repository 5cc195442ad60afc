import { existsSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, loadConfig } from "../config.ts";
import { isSet } from "./child-environment.ts";
import { onEndSignals } from "./end-signals.ts";
import { takeRun } from "./lock.ts";
import { parseOptions, usage, UsageError, type StartOptions } from "./options.ts";
import { projectRoot, stateFolder } from "./paths.ts";
import { createRun, type Run } from "./run.ts";
import { startEverything } from "./start.ts";

const began = Date.now();

function say(name: string, message: string): void {
  const [first, ...rest] = message.split("\n");
  console.log(
    `${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${name.padEnd(8)}  ${first}`,
  );
  for (const line of rest) console.log(line);
}

/** What a start may leave unset is filled in later; everything that is set has to be right now. */
function checkConfig(env: NodeJS.ProcessEnv): void {
  const placeholder = `check:${Buffer.alloc(32).toString("base64")}`;
  const filled = isSet(env, "ENCRYPTION_KEYS") ? env : { ...env, ENCRYPTION_KEYS: placeholder };
  const problems = [...problemsOf(filled)];
  const port = env["SANDBOX_PORT"] || "4010";
  if (!/^\d{1,5}$/u.test(port) || Number(port) > 65_535) {
    const found = JSON.stringify(port);
    problems.push({ name: "SANDBOX_PORT", found, expected: "a port number" });
  }
  if (problems.length > 0) throw new ConfigError(problems);
}

function problemsOf(env: NodeJS.ProcessEnv): ConfigError["problems"] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** Ends everything on the first signal, at once on the second. */
function endOnSignals(run: Run): void {
  onEndSignals({
    first: () => {
      ending = true;
      console.log("\nEnding; once more to end at once.");
      void run.stop().then(() => leave(run, 0));
    },
    again: () => void run.force().then(() => leave(run, 130)),
  });
}

let ending = false;

function leave(run: Run, code: number): void {
  run.lock.release();
  process.exit(code);
}

async function main(options: StartOptions): Promise<void> {
  const dotEnv = join(projectRoot, ".env");
  if (existsSync(dotEnv)) process.loadEnvFile(dotEnv);
  checkConfig(process.env);
  // Logs and Temporal's database hold what is nobody else's business on a shared machine.
  process.umask(0o077);
  const dir = stateFolder();
  const lock = await takeRun(dir, (message) => say("start", message));
  const run = createRun({ dir, env: process.env, options, lock, say });
  endOnSignals(run);
  try {
    console.log(await startEverything(run, began));
  } catch (error) {
    // A part that is ended while it comes up fails, too; that is no news.
    if (ending) return;
    console.error(`\nSyncline could not be started: ${told(error)}\n`);
    await run.stop();
    leave(run, 1);
  }
}

function told(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) console.log(usage);
  else await main(options);
} catch (error) {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${usage}`);
  else console.error(error instanceof ConfigError ? error.message : told(error));
  process.exit(error instanceof UsageError ? 2 : 1);
}
