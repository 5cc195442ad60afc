import { canonical, type Content, type Json } from "../../sync/record.ts";

/** A record as it is known at some time. */
export interface Known {
  content: Content;
  sensitive: Content;
}

/** By stream and remote id. */
export type State = ReadonlyMap<string, ReadonlyMap<string, Known>>;

export interface Told {
  detail: Content;
  sensitive: Content;
}

/** Something that began on a day, as far as is known. */
export interface Belief extends Told {
  /** What a correction of it names. */
  of: "hired" | "left" | "contract" | "hours" | "salary";
  kind: string;
  on: string;
  employmentId: string;
  /** False for what goes with the hiring, and for what changes nothing. */
  isNews: boolean;
  /** What was held of the slice itself; what preceded it is not part of it. */
  value: Content;
  /** The end of a contract that only says that the employment ends moves with it. */
  ends: boolean;
  tell(from: Content | null, to: Content): Told;
}

interface Slices {
  stream: string;
  of: Belief["of"];
  kind: string;
  /** How the first of an employment is called, where it is told at all. */
  first: string | null;
  valueOf(known: Known): Content;
  tell: Belief["tell"];
}

const kinds: readonly Slices[] = [
  {
    stream: "contracts",
    of: "contract",
    kind: "contract-changed",
    first: "contract-started",
    valueOf: ({ content }) => ({
      ...picked(content, ["duration"]),
      until: content["endDate"] ?? null,
    }),
    tell: (from, to) => ({
      detail: from === null ? { ...to } : contractChange(from, to),
      sensitive: {},
    }),
  },
  {
    stream: "hours",
    of: "hours",
    kind: "hours-changed",
    first: null,
    valueOf: ({ content }) =>
      picked(content, ["hoursPerWeek", "minHours", "maxHours", "daysPerWeek", "employeeType"]),
    tell: (from, { hoursPerWeek: to = null, ...others }) => ({
      detail: { from: from?.["hoursPerWeek"] ?? null, to, ...others },
      sensitive: {},
    }),
  },
  {
    stream: "salaries",
    of: "salary",
    kind: "salary-changed",
    first: null,
    valueOf: ({ sensitive }) => picked(sensitive, ["hourWage", "monthWage", "yearlyWage"]),
    tell: (from, to) => ({ detail: {}, sensitive: { from, to } }),
  },
];

function contractChange(from: Content, to: Content): Content {
  const { duration = null, until = null } = to;
  return { from: from["duration"] ?? null, to: duration, wasUntil: from["until"] ?? null, until };
}

function picked(content: Content, names: readonly string[]): Content {
  return Object.fromEntries(names.map((name) => [name, content[name] ?? null]));
}

export const textOf = (value: Json | undefined): string | null =>
  typeof value === "string" && value !== "" ? value : null;

export const nothing: Told = { detail: {}, sensitive: {} };

/** All that is believed to have begun or to begin, by a key that is the same for the same thing later. */
export function beliefsOf(state: State): Map<string, Belief> {
  const all = new Map<string, Belief>();
  for (const [employmentId, { content }] of state.get("employments") ?? []) {
    const dates = { hired: content["startDate"], left: content["endDate"] } as const;
    for (const of of ["hired", "left"] as const) {
      const on = textOf(dates[of]);
      if (on === null) continue;
      const value = { on };
      const base = { of, kind: of, on, employmentId, isNews: true, ends: false };
      all.set(`${of} ${employmentId}`, { ...base, ...nothing, value, tell: () => nothing });
    }
  }
  for (const slices of kinds)
    for (const belief of slicesOf(state, slices))
      all.set(`${slices.of} ${belief.employmentId} ${belief.on}`, belief);
  return all;
}

/**
 * Slices may overlap and lack ends: of those that have begun the last one counts (reference: 6). Of two
 * that begin on one day it is the one with the later key.
 */
function slicesOf(state: State, slices: Slices): Belief[] {
  const byEmployment = new Map<string, Map<string, Known>>();
  const found = [...(state.get(slices.stream) ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1));
  for (const [, known] of found) {
    const employmentId = textOf(known.content["employmentId"]) ?? "";
    const of = state.get("employments")?.get(employmentId);
    const on = textOf(known.content["startDate"]) ?? textOf(of?.content["startDate"]);
    if (on === null) continue;
    const byStart = byEmployment.get(employmentId) ?? new Map<string, Known>();
    byEmployment.set(employmentId, byStart.set(on, known));
  }
  return [...byEmployment].flatMap(([employmentId, byStart]) => {
    const end = textOf(state.get("employments")?.get(employmentId)?.content["endDate"]);
    const inOrder = [...byStart].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return inOrder.map(([on, known], at) => {
      const before = inOrder[at - 1]?.[1];
      return beliefOf(slices, { employmentId, on, end }, known, before);
    });
  });
}

function beliefOf(
  { of, kind, first, valueOf, tell }: Slices,
  { employmentId, on, end }: { employmentId: string; on: string; end: string | null },
  known: Known,
  before: Known | undefined,
): Belief {
  const value = valueOf(known);
  const from = before === undefined ? null : valueOf(before);
  const isNews = from === null ? first !== null : canonical(from) !== canonical(value);
  const ends = end !== null && end === value["until"];
  const base = { of, kind: from === null ? (first ?? kind) : kind, on, employmentId };
  return { ...base, isNews, ends, value, tell, ...tell(from, value) };
}

/** Whether a later belief about the same thing says the same of it. */
export function isSame(before: Belief, after: Belief): boolean {
  const until = before.ends || after.ends ? { until: null } : {};
  return canonical({ ...before.value, ...until }) === canonical({ ...after.value, ...until });
}
