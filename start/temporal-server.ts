import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lastLines } from "./log-files.ts";
import { describeProcess, endProcess } from "./os-process.ts";
import { releasePort } from "./ports.ts";
import type { Progress } from "./programs.ts";
import type { Exit, Running } from "./spawn.ts";
import { waitForTemporal } from "./temporal-ready.ts";

export interface Temporal {
  readonly address: string;
  readonly uiUrl: string | undefined;
  readonly pid: number;
  readonly started: boolean;
  readonly logFile: string;
  readonly exited: Promise<Exit>;
  stop(): Promise<void>;
}

/** A server that outlived its starter still holds the database; it names this folder in its arguments. */
export async function endLeftBehind(dir: string, onProgress: Progress): Promise<void> {
  const pidFile = join(dir, "temporal.pid");
  if (!existsSync(pidFile)) return;
  const found = describeProcess(Number.parseInt(readFileSync(pidFile, "utf8"), 10));
  if (found?.command.includes(dir) !== true) return;
  onProgress(`ending the Temporal server an earlier run left behind (process ${found.pid})`);
  if (!(await endProcess(found)))
    throw new Error(`Temporal of an earlier run (process ${found.pid}) does not end.`);
}

export async function readyOrExplain(
  address: string,
  running: Running,
  log: string,
  from: number,
  register = false,
): Promise<void> {
  try {
    await waitForTemporal(address, 60_000, running, register);
  } catch (error) {
    await endProcess(running);
    const told = lastLines(log, 12, from).join("\n");
    throw new Error(
      `Temporal did not start: ${error instanceof Error ? error.message : String(error)}\n${told}\n(all of it: ${log})`,
      { cause: error },
    );
  }
}

export interface StartedServer {
  readonly running: Running;
  readonly address: string;
  readonly ports: readonly number[];
  readonly uiUrl: string | undefined;
  readonly logFile: string;
}

export function asTemporal(server: StartedServer): Temporal {
  const { running, address, uiUrl, ports } = server;
  void running.exited.then(() => ports.forEach(releasePort));
  const stop = async (): Promise<void> => {
    const ended = await endProcess(running);
    if (!ended)
      throw new Error(`Temporal (process ${running.pid}) did not end; see ${server.logFile}`);
  };
  return {
    address,
    uiUrl,
    pid: running.pid,
    started: true,
    logFile: server.logFile,
    exited: running.exited,
    stop,
  };
}
