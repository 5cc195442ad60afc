import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Enough to tell a process from a later one that was given the same number. */
export interface ProcessRef {
  readonly pid: number;
  readonly startedAt: string;
}

export interface ProcessInfo extends ProcessRef {
  readonly command: string;
}

function fromProc(pid: number): ProcessInfo | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The program's name is in brackets and may hold spaces; the fields that matter follow the last one.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie has ended; only its parent has not asked how.
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    return { pid, startedAt: fields[19] ?? "", command };
  } catch {
    return undefined;
  }
}

function fromPs(pid: number): ProcessInfo | undefined {
  try {
    const line = execFileSync("ps", ["-p", String(pid), "-o", "lstart=,command="], {
      encoding: "utf8",
    }).trim();
    return line === ""
      ? undefined
      : { pid, startedAt: line.slice(0, 24), command: line.slice(24).trim() };
  } catch {
    return undefined;
  }
}

/** What runs under this number, or undefined when nothing does. */
export function describeProcess(pid: number): ProcessInfo | undefined {
  return existsSync("/proc/self/stat") ? fromProc(pid) : fromPs(pid);
}

export function refTo(pid: number): ProcessRef {
  return { pid, startedAt: describeProcess(pid)?.startedAt ?? "" };
}

export function isRunning(ref: ProcessRef): boolean {
  return describeProcess(ref.pid)?.startedAt === ref.startedAt;
}

export type Patience = readonly (readonly [signal: NodeJS.Signals, milliseconds: number])[];

/** Asked first, made to in the end. */
export const politely: Patience = [
  ["SIGTERM", 20_000],
  ["SIGKILL", 5_000],
];

/** Sends each signal in turn and waits its time. True once the process has ended. */
export async function endProcess(ref: ProcessRef, patience: Patience = politely): Promise<boolean> {
  for (const [signal, milliseconds] of patience) {
    if (!isRunning(ref)) return true;
    try {
      process.kill(ref.pid, signal);
    } catch {
      return !isRunning(ref);
    }
    const deadline = Date.now() + milliseconds;
    while (Date.now() < deadline) {
      if (!isRunning(ref)) return true;
      await sleep(25);
    }
  }
  return !isRunning(ref);
}
