import type { Registry } from "../connectors/registry.ts";
import type { Config } from "../config.ts";
import type { Database } from "../db/client.ts";
import type { KeyRing } from "../db/secrets.ts";
import type { Log } from "../log.ts";

/** What activities are made of. Everything that reaches outside the process is here. */
export interface ActivityDeps {
  db: Database;
  registry: Registry;
  keys: KeyRing;
  log: Log;
  config: Config;
  now(): number;
  crash: CrashHook;
}

/**
 * Every place at which a worker's death would be worst, by name. `CRASH_AT=name:n` kills the worker at
 * the n-th passing, so that a test can show that nobody has to help.
 */
export const crashPoints = [
  "ring committed",
  "session opened",
  "page fetched",
  "page stored",
  "pull finished",
  "deletions applied",
  "changes detected",
  "intents committed",
  "write sent",
  "answer stored",
  "push finished",
  "session closed",
  "channel committed",
  "channel opened",
  "grant renewed",
] as const;

export type CrashPoint = (typeof crashPoints)[number];
export type CrashHook = (point: CrashPoint) => void;

/** The hook that `CRASH_AT` asks for; inert without it. @throws when it names no crash point */
export function crashHook(at: string | undefined): CrashHook {
  if (!at) return () => {};
  const [name, nth = "1"] = at.split(":");
  if (!crashPoints.some((point) => point === name)) {
    throw new Error(`CRASH_AT names "${name}"; the crash points are: ${crashPoints.join(", ")}`);
  }
  let left = Number(nth);
  return (point) => {
    if (point === name && --left === 0) process.kill(process.pid, "SIGKILL");
  };
}
