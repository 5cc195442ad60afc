import { expect, test } from "vitest";

import { nextLevel, spacing } from "../../sync/cadence.ts";

const bounds = { minMs: 1000, maxMs: 30_000 };

/** The moments at which sessions begin when rings come every so often and a session takes no time. */
function sessions(everyMs: number, untilMs: number): number[] {
  const begun = [0];
  let level = 0;
  for (let ended = 0; ended < untilMs; ended = begun.at(-1) ?? untilMs) {
    const ring = (Math.floor(ended / everyMs) + 1) * everyMs;
    level = nextLevel(level, ring - ended, bounds);
    begun.push(Math.max(ring, ended + spacing(level, bounds)));
  }
  return begun;
}

test("the first ring acts at once, and pauses double up to their limit", () => {
  const levels = [0, 1, 2, 3, 4, 5, 6, 7];
  const pauses = [0, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000];
  expect(levels.map((level) => spacing(level, bounds))).toEqual(pauses);
});

test("five hundred rings in ten seconds are answered by at most six sessions", () => {
  expect(sessions(20, 10_000).filter((ms) => ms <= 10_000).length).toBeLessThanOrEqual(6);
});

test("a storm that goes on is answered every thirty seconds", () => {
  const begun = sessions(20, 600_000);
  expect((begun.at(-1) ?? 0) - (begun.at(-2) ?? 0)).toBe(30_000);
});

test("one quiet second ends a storm, however long it was", () => {
  expect(nextLevel(9, 1000, bounds)).toBe(0);
  expect(sessions(1500, 6000)).toEqual([0, 1500, 3000, 4500, 6000]);
});

test("the level stops where the pause does", () => {
  let level = 0;
  for (let n = 0; n < 100; n += 1) level = nextLevel(level, 0, bounds);
  expect(level).toBe(6);
});
