import { spawn } from "node:child_process";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withFileLock } from "../../start/file-lock.ts";
import { AlreadyRunning, currentRun, leftBehind, takeRun } from "../../start/lock.ts";
import { describeProcess, endProcess, refTo } from "../../start/os-process.ts";

let dir: string;
const quiet = (): void => undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "syncline-lock-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

test("a second run is refused and told the addresses of the first", async () => {
  const lock = await takeRun(dir, quiet);
  lock.setAddress("API", "http://127.0.0.1:3000");
  const refused = takeRun(dir, quiet);
  await expect(refused).rejects.toThrow(AlreadyRunning);
  await expect(refused).rejects.toThrow("API: http://127.0.0.1:3000");
  lock.release();
  expect(currentRun(dir)).toBeUndefined();
  (await takeRun(dir, quiet)).release();
});

test("of two runs at the same moment one gets the folder", async () => {
  const results = await Promise.allSettled([takeRun(dir, quiet), takeRun(dir, quiet)]);
  expect(results.map((result) => result.status).toSorted()).toEqual(["fulfilled", "rejected"]);
});

test("the lock of a process that is gone is taken over, though its number was given to another", async () => {
  const record = { main: { pid: process.pid, startedAt: "long ago" }, addresses: {}, children: {} };
  writeFileSync(join(dir, "run.json"), JSON.stringify(record));
  expect(currentRun(dir)).toBeUndefined();
  await takeRun(dir, quiet);
});

test("a record cut off by a crash holds nobody up", async () => {
  writeFileSync(join(dir, "run.json"), '{"main": {"pid"');
  await takeRun(dir, quiet);
});

test("the record is replaced as a whole: whoever reads it meanwhile sees the one before", async () => {
  const lock = await takeRun(dir, quiet);
  const open = openSync(join(dir, "run.json"), "r");
  lock.setAddress("API", "http://127.0.0.1:3000");
  expect(readFileSync(open, "utf8")).not.toContain("3000");
  expect(readFileSync(join(dir, "run.json"), "utf8")).toContain("3000");
  expect(readdirSync(dir)).toEqual(["run.json"]);
  closeSync(open);
});

test("what a killed run left behind is ended by the next, and only that", async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  const record = {
    main: { pid: 999_999, startedAt: "x" },
    addresses: {},
    children: {
      worker: refTo(child.pid ?? 0),
      API: { pid: other.pid, startedAt: "before it was given to this one" },
    },
  };
  writeFileSync(join(dir, "run.json"), JSON.stringify(record));
  expect(leftBehind(dir).map(([name]) => name)).toEqual(["worker"]);
  const said: string[] = [];
  await takeRun(dir, (message) => said.push(message));
  expect(said).toEqual([expect.stringContaining("worker")]);
  expect(describeProcess(child.pid ?? 0)).toBeUndefined();
  expect(describeProcess(other.pid ?? 0)).toBeDefined();
  await endProcess(refTo(other.pid ?? 0));
});

test("a lock that cannot be made at all is told at once", async () => {
  const file = join(dir, "x".repeat(300));
  const began = Date.now();
  await expect(withFileLock(file, 10_000, async () => undefined)).rejects.toThrow(/too long/u);
  expect(Date.now() - began).toBeLessThan(1_000);
});

test("work under one file lock never overlaps, and a dead holder does not block it", async () => {
  const file = join(dir, "some.lock");
  writeFileSync(file, JSON.stringify({ pid: process.pid, startedAt: "long ago" }));
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 8 }, () => withFileLock(file, 10_000, work)));
  expect(most).toBe(1);
});
