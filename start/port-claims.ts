import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { holderOf, withFileLock } from "./file-lock.ts";
import { isRunning, refTo } from "./os-process.ts";

/** Beside every state folder: it is the starts of different ones that meet here. */
function folder(): string {
  return join(tmpdir(), `syncline-ports-${userInfo().uid}`);
}

function fileOf(port: number): string {
  return join(folder(), String(port));
}

/** One start of this user at a time looks for its port: between the look and the bind lie seconds. */
export function choosing<T>(work: () => Promise<T>): Promise<T> {
  return withFileLock(join(folder(), "lock"), 30_000, work);
}

/** Whether another start that still runs has chosen this port. */
export function isClaimed(port: number): boolean {
  const holder = holderOf(fileOf(port));
  return holder !== undefined && holder.pid !== process.pid && isRunning(holder);
}

export function claim(port: number): void {
  mkdirSync(folder(), { recursive: true });
  writeFileSync(fileOf(port), JSON.stringify(refTo(process.pid)));
}

export function giveUp(port: number): void {
  if (holderOf(fileOf(port))?.pid === process.pid) rmSync(fileOf(port), { force: true });
}
