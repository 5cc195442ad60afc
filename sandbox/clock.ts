/** The provider's clock: real time plus an offset that the control API can set. */
export interface Clock {
  now(): number;
  offset(): number;
  shift(offsetMs: number): void;
}

export function createClock(): Clock {
  let offsetMs = 0;
  return {
    now: () => Date.now() + offsetMs,
    offset: () => offsetMs,
    shift: (to) => {
      offsetMs = to;
    },
  };
}
