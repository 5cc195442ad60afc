import type { Session } from "../connected.ts";
import type { Stack } from "../stack.ts";
import { check } from "./check.ts";
import { play, type Played } from "./play.ts";
import { report } from "./report.ts";

/** What many histories have come to: those that ended well, and in words what the others have broken. */
export interface Many {
  played: Played[];
  broken: string[];
}

const atOnce = 3;

/**
 * Plays the histories of all seeds, some at once on each stack. One that fails says its seed and
 * everything that happened in it.
 */
export async function playMany(
  stacks: readonly Stack[],
  seeds: readonly number[],
  begin: (stack: Stack, seed: number) => Promise<Played>,
): Promise<Many> {
  const many: Many = { played: [], broken: [] };
  const lane = async (stack: Stack, waiting: number[]) => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift())
      await one(many, await begin(stack, seed));
  };
  await Promise.all(
    stacks.flatMap((stack, index) => {
      const waiting = seeds.filter((seed) => seed % stacks.length === index);
      return Array.from({ length: atOnce }, () => lane(stack, waiting));
    }),
  );
  return many;
}

async function one({ played, broken }: Many, history: Played): Promise<void> {
  const problems = await play(history).then(
    () => check(history),
    (error: unknown) => [
      `it did not come to its end: ${error instanceof Error ? (error.stack ?? error.message) : error}`,
    ],
  );
  if (problems.length === 0) return void played.push(history);
  broken.push(`seed ${history.seed}:`, ...problems);
  console.error([...problems, await report(history)].join("\n"));
}

/**
 * One more session of every connection of every history.
 * @param fromTheStart each forgets its cursor first, so that everything it has read is read again
 * @returns how the sessions have ended, each way once
 */
export async function passOver(
  { played }: Many,
  { fromTheStart = false } = {},
): Promise<Session["status"][]> {
  const ends = new Set<Session["status"]>();
  for (const { world } of played) {
    for (const side of [world.connected, ...(world.notion ? [world.notion] : [])]) {
      if (fromTheStart)
        await world.stack.psql(
          "update cursors set cursor = null, revision = revision + 1 where connection_id = $1",
          [side.connectionId],
        );
      ends.add((await side.sync()).status);
    }
  }
  return [...ends];
}

/** Everything that has ever been written at the pretend providers and on our side. */
export function writtenIn(stacks: readonly Stack[]) {
  return Promise.all(
    stacks.map(async ({ google, psql }) => ({
      there: (await google.counters()).writes,
      here: await psql("select sum(version)::int as versions, count(*)::int as events from events"),
    })),
  );
}
