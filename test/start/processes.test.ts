import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { nextPause, supervise, type Service } from "../../start/processes.ts";
import type { Exit } from "../../start/spawn.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "syncline-processes-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

interface Fake extends Service {
  die(): void;
}

function fake(): Fake {
  let end: (exit: Exit) => void = () => undefined;
  const exited = new Promise<Exit>((resolve) => {
    end = resolve;
  });
  return {
    exited,
    die: () => end({ code: 3, signal: null }),
    stop: async () => end({ code: 0, signal: null }),
  };
}

test("pauses grow, and after five new starts within a minute there is none", () => {
  const at = [0, 1, 2, 3, 4, 5].map((second) => second * 1000);
  expect(at.map((now, index) => nextPause(at.slice(0, index + 1), now))).toEqual([
    250,
    500,
    1000,
    2000,
    4000,
    undefined,
  ]);
  expect(nextPause([...at, 65_000], 65_000)).toBe(250);
});

test("a death is told by name and answered by a new start", async () => {
  const said: string[] = [];
  const started: Fake[] = [];
  const start = async (): Promise<Fake> => {
    const service = fake();
    started.push(service);
    return service;
  };
  const part = await supervise({
    name: "worker",
    logFile: join(dir, "x.log"),
    start,
    say: (message) => said.push(message),
  });
  started[0]?.die();
  await vi.waitFor(() => expect(said).toContain("worker runs again"));
  expect(said[0]).toBe("worker ended by itself (exit code 3)");
  expect(part.service).toBe(started[1]);
  await part.stop();
  expect(part.state()).toBe("ended");
  expect(started).toHaveLength(2);
});

test("one that keeps dying is left down, with the last lines of its log", async () => {
  const said: string[] = [];
  const logFile = join(dir, "x.log");
  let starts = 0;
  const part = await supervise({
    name: "worker",
    logFile,
    say: (message) => said.push(message),
    pauseAfter: (deaths, now) => (nextPause(deaths, now) === undefined ? undefined : 1),
    start: async () => {
      starts += 1;
      writeFileSync(logFile, `start ${starts}: no memory left\n`, { flag: "a" });
      const service = fake();
      setImmediate(() => service.die());
      return service;
    },
  });
  await vi.waitFor(() => expect(part.state()).toBe("down"));
  expect(starts).toBe(6);
  expect(said.at(-1)).toContain("worker died more than 5 times within a minute");
  expect(said.at(-1)).toContain("start 6: no memory left");
});

test("an end that comes while it is being started again ends that one too", async () => {
  const started: Fake[] = [];
  const ended: number[] = [];
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const part = await supervise({
    name: "API",
    logFile: join(dir, "x.log"),
    say: () => undefined,
    start: async () => {
      const service = fake();
      const number = started.push(service);
      if (number === 2) await gate;
      const stop = async (): Promise<void> => {
        ended.push(number);
        service.die();
      };
      return { ...service, stop };
    },
  });
  started[0]?.die();
  await vi.waitFor(() => expect(started).toHaveLength(2));
  const stopped = part.stop();
  release();
  await stopped;
  expect(ended).toContain(2);
});
