import { spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { openLog } from "./log-files.ts";
import { refTo, type ProcessRef } from "./os-process.ts";

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Running extends ProcessRef {
  readonly exited: Promise<Exit>;
  hasExited(): boolean;
}

export interface SpawnOptions {
  readonly logFile: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
}

const live = new Set<Running>();

/** Every program this process has started and that still runs. */
export function livePrograms(): readonly Running[] {
  return [...live];
}

let closed = false;

/** From here on nothing new is started: whatever was on its way up while the end came. */
export function refuseNewPrograms(): void {
  closed = true;
}

/**
 * Starts a program in a process group of its own: Ctrl-C in the terminal reaches
 * only the program that started it, which then ends the others in the right order.
 * Output goes straight to a file, so nothing is lost when the starter dies first.
 */
export async function startProgram(
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): Promise<Running> {
  if (closed) throw new Error("Everything is being ended.");
  const { logFile, ...rest } = options;
  const log = openLog(logFile);
  try {
    const child = spawn(command, args, { ...rest, detached: true, stdio: ["ignore", log, log] });
    let ended = false;
    const exited = new Promise<Exit>((resolve) => {
      child.once("exit", (code, signal) => {
        ended = true;
        resolve({ code, signal });
      });
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    const running: Running = { ...refTo(child.pid ?? -1), exited, hasExited: () => ended };
    live.add(running);
    void exited.then(() => live.delete(running));
    return running;
  } finally {
    closeSync(log);
  }
}

export function describeExit(exit: Exit): string {
  return exit.signal === null ? `exit code ${exit.code ?? "unknown"}` : `signal ${exit.signal}`;
}

/** Ended one way or another: for waiting next to something that may never come. */
export async function runToEnd(
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): Promise<Exit> {
  const running = await startProgram(command, args, options);
  return running.exited;
}
