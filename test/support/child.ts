import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const guarded = fileURLToPath(new URL("./guarded.ts", import.meta.url));

/** One of our own programs, running as a process of its own. */
export interface Child {
  readonly process: ChildProcess;
  /** Everything that it has written so far. */
  output(): string;
  ended(): boolean;
  /** Waits for a text in its output. @throws with the output when it ends first */
  says(text: string, withinMs?: number): Promise<void>;
  /** Sends a signal and waits for its end. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Starts `worker/main` and the like. The child ends with this process in every case. */
export function startChild(part: string, env: Record<string, string>, more: string[] = []): Child {
  const args = ["--import", import.meta.resolve("tsx"), guarded, part, ...more];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...inherited(), ...env },
    stdio: "pipe",
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => chunks.push(text));
  }
  child.stdin.on("error", () => undefined);
  const exited = once(child, "exit");
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  const output = () => chunks.join("");
  return {
    process: child,
    output,
    ended,
    async says(text, withinMs = 60_000) {
      for (const end = Date.now() + withinMs; !output().includes(text); await sleep(20)) {
        if (ended() || Date.now() > end)
          throw new Error(`${part} did not say "${text}":\n${output().slice(-4_000)}`);
      }
    },
    async end(signal) {
      if (!ended()) child.kill(signal);
      await exited;
    },
  };
}

/** What a program needs of the surroundings, and none of the settings that somebody's shell may hold. */
function inherited(): Record<string, string> {
  const { PATH = "", HOME = "", TMPDIR = "/tmp" } = process.env;
  return { PATH, HOME, TMPDIR, TZ: "UTC" };
}
