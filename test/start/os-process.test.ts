import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { describeProcess, endProcess, isRunning, refTo } from "../../start/os-process.ts";

async function start(code: string): Promise<number> {
  const child = spawn(process.execPath, ["-e", `${code}; console.log('up')`], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  await once(child.stdout, "data");
  return child.pid ?? -1;
}

test("a process is described with its command, and gone once it ended", async () => {
  const pid = await start("setInterval(() => {}, 1000)");
  expect(describeProcess(pid)?.command).toContain("setInterval");
  const ref = refTo(pid);
  expect(isRunning(ref)).toBe(true);
  expect(isRunning({ pid, startedAt: "another time" })).toBe(false);
  expect(await endProcess(ref)).toBe(true);
  expect(describeProcess(pid)).toBeUndefined();
});

test("one that ignores the polite signal is made to end", async () => {
  const ref = refTo(await start("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"));
  expect(
    await endProcess(ref, [
      ["SIGTERM", 200],
      ["SIGKILL", 5_000],
    ]),
  ).toBe(true);
});

test("a process that took over the number is left alone", async () => {
  const pid = await start("setInterval(() => {}, 1000)");
  expect(await endProcess({ pid, startedAt: "another time" })).toBe(true);
  expect(describeProcess(pid)).toBeDefined();
  await endProcess(refTo(pid));
});
