/** Chance that comes again: the same seed gives the same draws. */
export function randomOf(seed: number) {
  let state = seed * 2_654_435_761;
  /** Mulberry32, by Tommy Ettinger: from 0 up to 1. */
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const upTo = (most: number): number => Math.floor(next() * (most + 1));
  return {
    upTo,
    chance: (share: number): boolean => next() < share,
    /** Up to `most` numbers from 1 to `of`, each once. */
    some: (of: number, most: number): number[] => [
      ...new Set(Array.from({ length: upTo(most) }, () => 1 + Math.floor(next() * of))),
    ],
  };
}
