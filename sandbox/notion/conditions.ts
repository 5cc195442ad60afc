import { failed } from "./check-body.ts";
import { isDay, momentOf } from "./date-value.ts";
import { parseId } from "./ids.ts";
import type { Json } from "../json.ts";

export interface Condition {
  readonly operator: string;
  readonly value: Json;
}

type Kind = "text" | "number" | "checkbox" | "choice" | "list" | "date";
type Matches = (value: Json) => boolean;

const DAY_MS = 86_400_000;

/** A condition as a test of comparable values, or the refusal of one that the kind does not know. */
export function isMatching(kind: Kind, condition: Condition, now: number, path: string): Matches {
  const { operator, value } = condition;
  const at = `${path}.${operator}`;
  if (operator === "is_empty" || operator === "is_not_empty") {
    if (kind === "checkbox") throw failed(at, "not present", value);
    if (value !== true) throw failed(at, "`true`", value);
    return operator === "is_empty" ? isEmpty : (held) => !isEmpty(held);
  }
  const matches =
    kind === "date"
      ? dateTest(operator, value, now, at)
      : OPERATORS[kind][operator]?.(checkedOperand(kind, value, at));
  if (matches === undefined) throw failed(at, "not present", value);
  return matches;
}

function isEmpty(value: Json): boolean {
  return value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

function checkedOperand(kind: Kind, value: Json, path: string): Json {
  const wanted = kind === "checkbox" ? "boolean" : kind === "number" ? "number" : "string";
  if (typeof value !== wanted) throw failed(path, `a ${wanted}`, value);
  // Ids are compared as they are shown, however they were written.
  return kind === "list" ? (parseId(String(value)) ?? value) : value;
}

type Operators = Readonly<Record<string, (operand: Json) => Matches>>;

const lower = (value: Json): string => String(value ?? "").toLowerCase();
const equals =
  (operand: Json): Matches =>
  (held) =>
    held === operand;
const not =
  (make: (operand: Json) => Matches) =>
  (operand: Json): Matches => {
    const test = make(operand);
    return (held) => !test(held);
  };
const numeric =
  (compare: (held: number, operand: number) => boolean) =>
  (operand: Json): Matches => {
    return (held) => typeof held === "number" && compare(held, Number(operand));
  };
const textContains =
  (operand: Json): Matches =>
  (held) =>
    lower(held).includes(lower(operand));
const listContains =
  (operand: Json): Matches =>
  (held) =>
    Array.isArray(held) && held.includes(operand);

const OPERATORS: Readonly<Record<Exclude<Kind, "date">, Operators>> = {
  text: {
    equals: (operand) => (held) => (held ?? "") === operand,
    does_not_equal: not(equals),
    contains: textContains,
    does_not_contain: not(textContains),
    starts_with: (operand) => (held) => lower(held).startsWith(lower(operand)),
    ends_with: (operand) => (held) => lower(held).endsWith(lower(operand)),
  },
  number: {
    equals,
    does_not_equal: not(equals),
    greater_than: numeric((held, operand) => held > operand),
    less_than: numeric((held, operand) => held < operand),
    greater_than_or_equal_to: numeric((held, operand) => held >= operand),
    less_than_or_equal_to: numeric((held, operand) => held <= operand),
  },
  checkbox: { equals, does_not_equal: not(equals) },
  choice: { equals, does_not_equal: not(equals) },
  list: { contains: listContains, does_not_contain: not(listContains) },
};

const RELATIVE: Readonly<Record<string, number>> = {
  today: 0,
  tomorrow: 1,
  yesterday: -1,
  one_week_ago: -7,
  one_week_from_now: 7,
  one_month_ago: -30,
  one_month_from_now: 30,
};
const RANGES: Readonly<Record<string, readonly [from: number, until: number]>> = {
  past_week: [-7, 0],
  past_month: [-30, 0],
  past_year: [-365, 0],
  next_week: [0, 7],
  next_month: [0, 30],
  next_year: [0, 365],
};
const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  equals: (order) => order === 0,
  before: (order) => order < 0,
  after: (order) => order > 0,
  on_or_before: (order) => order <= 0,
  on_or_after: (order) => order >= 0,
};

function dateTest(operator: string, value: Json, now: number, path: string): Matches | undefined {
  const range = operator === "this_week" ? thisWeek(now) : RANGES[operator];
  if (range !== undefined) {
    const [from, until] = range.map((days) => now + days * DAY_MS);
    return (held) =>
      typeof held === "string" && momentOf(held) >= (from ?? 0) && momentOf(held) <= (until ?? 0);
  }
  const compare = COMPARISONS[operator];
  if (compare === undefined) return undefined;
  const wanted = dateOperand(value, now, path);
  return (held) => typeof held === "string" && compare(order(held, wanted));
}

/** From Monday to Monday, in days from now. */
function thisWeek(now: number): readonly [number, number] {
  const sinceMonday = ((Math.floor(now / DAY_MS) + 3) % 7) + (now % DAY_MS) / DAY_MS;
  return [-sinceMonday, 7 - sinceMonday];
}

function dateOperand(value: Json, now: number, path: string): string {
  const days = typeof value === "string" ? RELATIVE[value] : undefined;
  if (days !== undefined) return new Date(now + days * DAY_MS).toISOString().slice(0, 10);
  if (
    typeof value !== "string" ||
    !/^\d{4}-\d{2}-\d{2}/.test(value) ||
    Number.isNaN(momentOf(value))
  )
    throw failed(path, "a valid ISO 8601 date string", value);
  return value;
}

/** A wanted day is compared with the day shown, a wanted moment with the moment. */
function order(held: string, wanted: string): number {
  if (isDay(wanted)) return held.slice(0, 10).localeCompare(wanted);
  return momentOf(held) - momentOf(wanted);
}
