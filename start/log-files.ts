import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
} from "node:fs";
import { join } from "node:path";

const rotateAbove = 10 * 1024 * 1024;

export function logFile(dir: string, name: string): string {
  return join(dir, "logs", `${name}.log`);
}

/** Opens a log for appending; one that has grown large is kept once, beside it. */
export function openLog(file: string): number {
  mkdirSync(join(file, ".."), { recursive: true });
  if (existsSync(file) && statSync(file).size > rotateAbove) renameSync(file, `${file}.1`);
  return openSync(file, "a", 0o600);
}

export function logSize(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}

/** What was written after `from`, at most the last `limit` bytes of it. */
export function readLog(file: string, from = 0, limit = 64 * 1024): string {
  if (!existsSync(file)) return "";
  const fd = openSync(file, "r");
  try {
    const size = fstatSync(fd).size;
    const start = Math.max(from, size - limit);
    if (start >= size) return "";
    const buffer = Buffer.alloc(size - start);
    return buffer.toString("utf8", 0, readSync(fd, buffer, 0, buffer.length, start));
  } finally {
    closeSync(fd);
  }
}

export function lastLines(file: string, count = 15, from = 0): string[] {
  const lines = readLog(file, from)
    .split("\n")
    .filter((line) => line.trim() !== "");
  // Some programs put a whole stack trace on a line.
  return lines.slice(-count).map((line) => (line.length > 300 ? `${line.slice(0, 300)}…` : line));
}
