import { setTimeout as sleep } from "node:timers/promises";
import type { Stack } from "../stack.ts";
import { until } from "../until.ts";
import type { Random } from "./draw.ts";

/** Where a session with records can die. */
const points = [
  "session opened",
  "page fetched",
  "page stored",
  "pull finished",
  "deletions applied",
  "changes detected",
  "session closed",
];
/** Nobody may pass the point while one waits for a worker's death. */
const diesWithinMs = 8_000;

/** By stack, whoever kills now: one worker is killed at a time, and started again. */
const killing = new Map<Stack, Promise<void>>();

/** The worker dies, at a random moment or at a crash point, and another is started. */
export async function kill(stack: Stack, random: Random): Promise<void> {
  const before = killing.get(stack) ?? Promise.resolve();
  const [isAtPoint, waitMs, nth] = [random.chance(0.5), random.upTo(1_500), 1 + random.upTo(5)];
  const point = random.pick(points) ?? "";
  const next = before.then(async () => {
    if (!isAtPoint) await sleep(waitMs);
    await stack.killWorkers();
    if (isAtPoint) await dieAt(stack, `${point}:${nth}`);
    await stack.startWorker();
  });
  // One that fails is told to who asked for it, and to nobody after.
  killing.set(
    stack,
    next.catch(() => undefined),
  );
  await next;
}

async function dieAt(stack: Stack, at: string): Promise<void> {
  const doomed = await stack.startWorker({ CRASH_AT: at }, { mayDie: true });
  await until(async () => doomed.ended(), diesWithinMs).catch(() => undefined);
  await stack.killWorkers();
}
