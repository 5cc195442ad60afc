import { parseArgs } from "node:util";

export interface Options {
  readonly rounds: number;
  readonly events: number;
  readonly products: number;
  /** Samples of each latency. */
  readonly samples: number;
  readonly parts: readonly Part[];
}

const parts = ["calendars", "records"] as const;
export type Part = (typeof parts)[number];

const full: Options = { rounds: 5, events: 50_000, products: 100_000, samples: 120, parts };
const quick: Options = { rounds: 1, events: 10_000, products: 10_000, samples: 24, parts };

/** @throws TypeError for an option that there is not */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string" },
      events: { type: "string" },
      products: { type: "string" },
      only: { type: "string" },
      quick: { type: "boolean", default: false },
    },
  });
  const usual = values.quick ? quick : full;
  return {
    ...usual,
    rounds: whole("--rounds", values.rounds) ?? usual.rounds,
    events: whole("--events", values.events) ?? usual.events,
    products: whole("--products", values.products) ?? usual.products,
    parts: values.only === undefined ? parts : [partOf(values.only)],
  };
}

function whole(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new TypeError(`${name} is a whole number above 0, not "${text}"`);
  }
  return value;
}

function partOf(text: string): Part {
  const part = parts.find((one) => one === text);
  if (part === undefined) throw new TypeError(`--only is one of ${parts.join(", ")}`);
  return part;
}
