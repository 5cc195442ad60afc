/**
 * How far apart the sessions of one connection are while rings keep coming. The first ring acts at
 * once. As long as rings keep coming within `minMs` of a session's end it is a storm, and every
 * session of it waits twice as long as the one before; a single quiet `minMs` ends it.
 */
export interface Bounds {
  minMs: number;
  maxMs: number;
}

/** The pause before a session: none at level 0, `minMs` at level 1, then doubling up to `maxMs`. */
export function spacing(level: number, { minMs, maxMs }: Bounds): number {
  if (level <= 0) return 0;
  return Math.min(maxMs, minMs * 2 ** (level - 1));
}

/**
 * The level at which a ring is answered, given that of the session before. `quietMs` is the time
 * between the end of that session and the ring: 0 for one that was waiting already. The level
 * stops where the pause does.
 */
export function nextLevel(level: number, quietMs: number, bounds: Bounds): number {
  if (quietMs >= bounds.minMs) return 0;
  return spacing(level, bounds) < bounds.maxMs ? level + 1 : level;
}
