import type { Stack } from "../stack.ts";
import { check, play, type Played } from "./play.ts";

export interface Many {
  played: Played[];
  broken: string[];
}

const atOnce = 3;

/** Plays the histories of all seeds, some at once on each stack. One that fails says its seed and what is wrong. */
export async function playMany(stacks: readonly Stack[], seeds: readonly number[]): Promise<Many> {
  const many: Many = { played: [], broken: [] };
  const waiting = [...seeds];
  const lane = async (stack: Stack) => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift())
      await one(many, stack, seed);
  };
  await Promise.all(stacks.flatMap((stack) => Array.from({ length: atOnce }, () => lane(stack))));
  return many;
}

async function one({ played, broken }: Many, stack: Stack, seed: number): Promise<void> {
  try {
    const history = await play(stack, seed);
    const problems = await check(history);
    played.push(history);
    broken.push(...problems);
    if (problems.length > 0) console.error(problems.join("\n"));
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    broken.push(`seed ${seed}: it did not come to its end: ${reason}`);
    console.error(broken.at(-1));
  }
}
