import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { isRunning, refTo } from "./os-process.ts";

const holder = z.object({ pid: z.number(), startedAt: z.string() });

/** The process that a file names, or undefined where it names none. */
export function holderOf(file: string): z.infer<typeof holder> | undefined {
  try {
    return holder.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}

/** Runs `work` while no other process of this machine is in the same place; a dead holder's lock is taken over. */
export async function withFileLock<T>(
  file: string,
  timeoutMs: number,
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const deadline = Date.now() + timeoutMs;
  let unreadable = 0;
  while (!take(file)) {
    const other = holderOf(file);
    // Between making the file and filling it there is a moment in which it cannot be read.
    unreadable = other === undefined ? unreadable + 1 : 0;
    if (unreadable > 40 || (other !== undefined && !isRunning(other)))
      rmSync(file, { force: true });
    else if (Date.now() > deadline)
      throw new Error(`${file} is held by process ${other?.pid ?? "unknown"}.`);
    else await sleep(50);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, JSON.stringify(refTo(process.pid)), { flag: "wx" });
    return true;
  } catch (error) {
    // A folder that cannot be written will not do so later either.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  }
}
