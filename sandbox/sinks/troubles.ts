import * as z from "zod";
import type { Clock } from "../clock.ts";
import { type SinkName, SINKS } from "./arrivals.ts";
import { findKind, type Kind, kindNames, kindOfStatus } from "./trouble-kinds.ts";

const troubleFields = z.strictObject({
  sink: z.enum(SINKS),
  /** An error by its name; Discord's by its number too. */
  kind: z.union([z.string(), z.number().transform(String)]).optional(),
  status: z.number().int().min(300).max(599).optional(),
  /** How often; once, where there is no end of another kind. */
  times: z.number().int().min(1).optional(),
  /** Until this instant of the sandbox's clock. */
  untilMs: z.number().optional(),
  /** The same, counted from now. */
  forMs: z.number().min(0).optional(),
  /** Only for addresses that hold this text: the end of a webhook's address, or a recipient. */
  target: z.string().optional(),
  /** Seconds to wait after a 429. */
  retryAfter: z.number().min(0).optional(),
  /** Whether Discord's 429 is for everything that we send. */
  global: z.boolean().optional(),
  /** Sent instead of the usual body, by the sinks that speak HTTP. */
  body: z.string().optional(),
});

export const troubleBody = troubleFields.superRefine(({ sink, kind, status }, context) => {
  if ((kind === undefined) === (status === undefined))
    context.addIssue({ code: "custom", message: "Give either a kind or a status." });
  else if (kind !== undefined && findKind(sink, kind) === undefined)
    context.addIssue({
      code: "custom",
      path: ["kind"],
      message: `Known kinds of ${sink}: ${kindNames(sink).join(", ")}`,
    });
});

type TroubleBody = z.infer<typeof troubleBody>;

export interface Trouble {
  readonly id: number;
  readonly sink: SinkName;
  /** Missing where only a status was asked for. */
  readonly name: string | undefined;
  readonly kind: Kind;
  readonly untilMs: number | undefined;
  readonly asked: TroubleBody;
  left: number;
  given: number;
}

/** What goes wrong on demand, and for how long. */
export class Troubles {
  readonly #clock: Clock;
  #all: Trouble[] = [];
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(asked: TroubleBody): number {
    const { sink, forMs, times } = asked;
    const [name, kind] =
      asked.kind === undefined ? [undefined, undefined] : (findKind(sink, asked.kind) ?? []);
    const untilMs = asked.untilMs ?? (forMs === undefined ? undefined : this.#clock.now() + forMs);
    const left = times ?? (untilMs === undefined ? 1 : Infinity);
    this.#last += 1;
    this.#all.push({
      id: this.#last,
      sink,
      name,
      kind: kind ?? kindOfStatus(sink, asked.status ?? 500),
      untilMs,
      asked,
      left,
      given: 0,
    });
    return this.#last;
  }

  /** The first that is due for this address, counted as given. */
  take(
    sink: SinkName,
    address: string,
    fits: (trouble: Trouble) => boolean = () => true,
  ): Trouble | undefined {
    const found = this.list().find(
      (one) =>
        one.sink === sink && address.includes(one.asked.target ?? "") && one.left > 0 && fits(one),
    );
    if (found === undefined) return undefined;
    found.left -= 1;
    found.given += 1;
    return found;
  }

  /** Those that are not over by the clock, which may also have been turned back. */
  list(): Trouble[] {
    const now = this.#clock.now();
    return this.#all.filter(({ untilMs }) => untilMs === undefined || now < untilMs);
  }

  clear(id?: number): void {
    this.#all = id === undefined ? [] : this.#all.filter((one) => one.id !== id);
  }
}
