import type { Clock } from "../clock.ts";
import type { JsonObject } from "../json.ts";

export const SINKS = ["slack", "discord", "smtp", "webhook"] as const;
export type SinkName = (typeof SINKS)[number];

/** One attempt to deliver something, and what became of it. */
export interface Arrival {
  readonly seq: number;
  /** By the sandbox's clock. */
  readonly at: string;
  readonly sink: SinkName;
  /** How it came: an incoming webhook and the later answer of a command are both Slack's. */
  readonly via: string;
  /** Whom it was for: the end of the webhook's address, or the recipients of a mail. */
  readonly address: string;
  /** What was answered; null for no answer at all. */
  readonly status: number | null;
  readonly answer: string;
  /** Whether somebody has it now. A loss that Discord keeps silent about has 204 and false. */
  readonly accepted: boolean;
  /** As it is now: an edit of a Discord message changes it. */
  content: JsonObject;
}

export type Told = Omit<Arrival, "seq" | "at">;

const CAPACITY = 5000;

/** Everything that arrived, in order, whether it was accepted or refused. */
export class Arrivals {
  readonly #clock: Clock;
  #all: Arrival[] = [];
  #seq = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(told: Told): Arrival {
    this.#seq += 1;
    const at = new Date(this.#clock.now()).toISOString();
    const arrival = { seq: this.#seq, at, ...told };
    this.#all.push(arrival);
    if (this.#all.length > CAPACITY) this.#all.shift();
    return arrival;
  }

  of(sink?: SinkName): readonly Arrival[] {
    return sink === undefined ? this.#all : this.#all.filter((one) => one.sink === sink);
  }

  /** Forgets those of one sink or all. The numbers go on. */
  clear(sink?: SinkName): void {
    this.#all = sink === undefined ? [] : this.#all.filter((one) => one.sink !== sink);
  }
}
