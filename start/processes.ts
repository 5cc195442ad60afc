import { setTimeout as sleep } from "node:timers/promises";
import { lastLines } from "./log-files.ts";
import { describeExit, type Exit } from "./spawn.ts";

/** Something started that can be waited for and ended. */
export interface Service {
  readonly exited: Promise<Exit>;
  stop(): Promise<void>;
}

export interface SupervisedOptions<S extends Service> {
  readonly name: string;
  readonly logFile: string;
  /** Answers once the service is ready; also used to start it again. */
  readonly start: () => Promise<S>;
  readonly say: (message: string) => void;
  readonly pauseAfter?: typeof nextPause;
}

export type State = "ready" | "restarting" | "down" | "ended";

export interface Supervised<S extends Service> {
  readonly name: string;
  readonly service: S;
  state(): State;
  /** From here on a death is expected: it is neither told nor answered. */
  letGo(): void;
  stop(): Promise<void>;
}

const restartsAMinute = 5;

/** The pause before the next start, or undefined when it has died too often to go on. */
export function nextPause(deaths: readonly number[], now: number): number | undefined {
  const recent = deaths.filter((at) => now - at < 60_000).length;
  return recent > restartsAMinute ? undefined : Math.min(250 * 2 ** (recent - 1), 5_000);
}

/** Starts a service and keeps it up: a death is told by name and answered by a new start, within bounds. */
export async function supervise<S extends Service>(
  options: SupervisedOptions<S>,
): Promise<Supervised<S>> {
  const { name, say, pauseAfter = nextPause } = options;
  const stopping = new AbortController();
  let service = await options.start();
  let state: State = "ready";
  const watching = keepUp();

  async function keepUp(): Promise<void> {
    const deaths: number[] = [];
    while (!stopping.signal.aborted) {
      const exit = await service.exited;
      if (stopping.signal.aborted) return;
      say(`${name} ended by itself (${describeExit(exit)})`);
      if (!(await revive(deaths))) return;
    }
  }

  async function revive(deaths: number[]): Promise<boolean> {
    for (;;) {
      deaths.push(Date.now());
      const pause = pauseAfter(deaths, Date.now());
      if (pause === undefined) {
        state = "down";
        say(giveUp(options));
        return false;
      }
      state = "restarting";
      try {
        await sleep(pause, undefined, { signal: stopping.signal });
        service = await options.start();
        state = "ready";
        say(`${name} runs again`);
        return true;
      } catch (error) {
        if (stopping.signal.aborted) return false;
        say(
          `${name} could not be started again: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
  }

  const stop = async (): Promise<void> => {
    stopping.abort();
    await service.stop();
    // A start that was under way when the stop came has to be ended too.
    await watching.catch(() => undefined);
    await service.stop();
    state = "ended";
  };
  return {
    name,
    get service() {
      return service;
    },
    state: () => state,
    letGo: () => stopping.abort(),
    stop,
  };
}

function giveUp(options: SupervisedOptions<Service>): string {
  return [
    `${options.name} died more than ${restartsAMinute} times within a minute and is left down. The last lines of ${options.logFile}:`,
    ...lastLines(options.logFile, 15).map((line) => `    ${line}`),
  ].join("\n");
}
