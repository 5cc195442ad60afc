import { randomOf } from "../random.ts";

export type Random = ReturnType<typeof randomOf> & { pick<T>(from: readonly T[]): T | undefined };

/** The same seed gives the same draws. */
export function drawsOf(seed: number): Random {
  const random = randomOf(seed);
  return { ...random, pick: (from) => from[random.upTo(from.length - 1)] };
}
