import * as z from "zod";
import { createRandom } from "../random.ts";

export const modeBody = z.strictObject({
  mode: z.enum(["normal", "drop", "double", "hold", "shuffle", "wrongSignature"]),
  /** How late messages come; of a shuffle, how late at most. */
  delayMs: z.number().min(0).optional(),
  /** How many messages the mode is for; without it, until changed. */
  times: z.number().int().min(1).optional(),
  seed: z.number().int().default(1),
});

export type Mode = z.infer<typeof modeBody>;

interface Treated<T> {
  readonly message: T;
  readonly copies: number;
  readonly delayMs: number;
}

const NORMAL: Mode = { mode: "normal", seed: 1 };
const SHUFFLE_MS = 500;

/** What goes wrong with messages on their way. */
export class Disorder<T> {
  #mode = NORMAL;
  #held: T[] = [];
  #random = createRandom(1);

  get mode(): Mode {
    return this.#mode;
  }

  set(mode: Mode): void {
    this.#mode = mode;
    this.#random = createRandom(mode.seed);
  }

  treat(message: T, forged: () => T): Treated<T> {
    const { mode, delayMs } = this.#take();
    if (mode === "hold") this.#held.push(message);
    const copies = mode === "hold" || mode === "drop" ? 0 : mode === "double" ? 2 : 1;
    return {
      message: mode === "wrongSignature" ? forged() : message,
      copies,
      delayMs: mode === "shuffle" ? this.#random() * (delayMs ?? SHUFFLE_MS) : (delayMs ?? 0),
    };
  }

  release(): T[] {
    const held = this.#held.toReversed();
    this.clear();
    return held;
  }

  clear(): void {
    this.#held = [];
    this.#mode = NORMAL;
  }

  #take(): Mode {
    const current = this.#mode;
    if (current.times === undefined) return current;
    this.#mode = current.times > 1 ? { ...current, times: current.times - 1 } : NORMAL;
    return current;
  }
}
