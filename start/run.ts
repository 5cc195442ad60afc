import { setTimeout as sleep } from "node:timers/promises";
import { logFile } from "./log-files.ts";
import type { RunLock } from "./lock.ts";
import type { StartOptions } from "./options.ts";
import { endProcess } from "./os-process.ts";
import { supervise, type Service, type Supervised } from "./processes.ts";
import { livePrograms, refuseNewPrograms } from "./spawn.ts";

/** What the steps of one start share. */
export interface Run {
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly options: StartOptions;
  readonly lock: RunLock;
  say(name: string, message: string): void;
  /** Starts a part, keeps it up, and remembers it for the end. */
  keep<S extends Service>(name: string, start: () => Promise<S>): Promise<Supervised<S>>;
  /** Ends every part in reverse order of need. */
  stop(): Promise<void>;
  /** Ends what is left at once. */
  force(): Promise<void>;
}

/** The parts that need others end before them; those of one line end together. */
const endingOrder = [["API", "worker"], ["sandbox"], ["Temporal"], ["Postgres"]];

export function createRun(given: Pick<Run, "dir" | "env" | "options" | "lock" | "say">): Run {
  const parts = new Map<string, Supervised<Service>>();
  const keep = async <S extends Service>(
    name: string,
    start: () => Promise<S>,
  ): Promise<Supervised<S>> => {
    const part = await supervise({
      name,
      logFile: logFile(given.dir, name.toLowerCase()),
      start,
      say: (message) => given.say(name, message),
    });
    parts.set(name, part);
    return part;
  };
  const endAll = async (): Promise<void> => {
    refuseNewPrograms();
    for (const part of parts.values()) part.letGo();
    for (const names of endingOrder) {
      await Promise.all(names.map((name) => stopPart(parts.get(name), given.say)));
    }
    // What was still on its way up when the end came.
    await Promise.all(livePrograms().map((program) => endProcess(program)));
  };
  // A failed start and a signal may both ask for it.
  let ending: Promise<void> | undefined;
  const stop = (): Promise<void> => (ending ??= endAll());
  return { ...given, keep, stop, force };
}

async function stopPart(part: Supervised<Service> | undefined, say: Run["say"]): Promise<void> {
  if (part === undefined) return;
  try {
    await part.stop();
    say(part.name, "ended");
  } catch (error) {
    say(part.name, error instanceof Error ? error.message : String(error));
  }
}

async function force(): Promise<void> {
  const patience = [
    ["SIGQUIT", 1_000],
    ["SIGKILL", 2_000],
  ] as const;
  await Promise.race([
    Promise.all(livePrograms().map((program) => endProcess(program, patience))),
    sleep(5_000),
  ]);
}
