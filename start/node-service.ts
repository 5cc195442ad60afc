import { setTimeout as sleep } from "node:timers/promises";
import { lastLines, logSize } from "./log-files.ts";
import { endProcess, type ProcessRef } from "./os-process.ts";
import { nodeArguments, projectRoot } from "./paths.ts";
import type { Service } from "./processes.ts";
import { describeExit, startProgram } from "./spawn.ts";

export interface NodeServiceOptions {
  readonly name: string;
  /** Without ending: `worker/main`. */
  readonly part: string;
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** Answers 200 once it is ready. */
  readonly readyUrl?: string;
  /** Or: a text it writes once it is ready. */
  readonly readyText?: string;
  readonly onStarted: (child: ProcessRef) => void;
}

const readyWithin = 60_000;

/** Starts one of our own parts and answers once it is ready. */
export async function startNodeService(options: NodeServiceOptions): Promise<Service> {
  const from = logSize(options.logFile);
  const running = await startProgram(process.execPath, nodeArguments(options.part), {
    logFile: options.logFile,
    env: options.env,
    cwd: projectRoot,
  });
  options.onStarted(running);
  const deadline = Date.now() + readyWithin;
  while (!(await isReady(options, from))) {
    const problem = running.hasExited()
      ? `the ${options.name} ended at once (${describeExit(await running.exited)})`
      : Date.now() > deadline
        ? `the ${options.name} was not ready within ${readyWithin / 1000} s${await answerOf(options.readyUrl)}`
        : undefined;
    if (problem !== undefined) {
      await endProcess(running);
      throw new Error(
        `${problem}\n${lastLines(options.logFile, 12, from)
          .map((line) => `    ${line}`)
          .join("\n")}\n(all of it: ${options.logFile})`,
      );
    }
    await sleep(50);
  }
  const stop = async (): Promise<void> => {
    await endProcess(running);
  };
  return { exited: running.exited, stop };
}

async function isReady(options: NodeServiceOptions, from: number): Promise<boolean> {
  if (
    options.readyText !== undefined &&
    !lastLines(options.logFile, 50, from).join("\n").includes(options.readyText)
  )
    return false;
  return options.readyUrl === undefined || (await fetchStatus(options.readyUrl)) === 200;
}

async function fetchStatus(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return undefined;
  }
}

/** What the readiness address says is missing. */
async function answerOf(url: string | undefined): Promise<string> {
  if (url === undefined) return "";
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return `: ${url} says ${response.status} ${(await response.text()).slice(0, 500)}`;
  } catch {
    return `: nothing answers at ${url}`;
  }
}
