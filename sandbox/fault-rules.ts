import { randomUUID } from "node:crypto";
import * as z from "zod";
import { createRandom } from "./random.ts";

export const faultRule = z.object({
  id: z.string().optional(),
  match: z
    .object({
      method: z.string().optional(),
      path: z.string().optional(),
      query: z.string().optional(),
      /** Whole header values by their names, where addresses do not tell apart who calls. */
      headers: z.record(z.string(), z.string()).optional(),
    })
    .default({}),
  phase: z.enum(["before", "after"]).default("before"),
  kind: z.enum(["status", "timeout", "reset", "body", "delay"]).default("status"),
  status: z.number().int().min(100).max(599).optional(),
  reason: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.enum(["garbage", "html", "truncated", "empty-list", "empty", "trickle"]).optional(),
  delayMs: z.number().min(0).optional(),
  nth: z.number().int().min(1).optional(),
  times: z.number().int().min(1).optional(),
  every: z.number().int().min(1).optional(),
  probability: z.number().min(0).max(1).optional(),
  seed: z.number().optional(),
});

export type FaultRule = z.infer<typeof faultRule>;

export interface ActiveRule {
  readonly rule: FaultRule & { id: string };
  /** How often a request matched, and how often the fault was given. */
  matched: number;
  given: number;
  readonly random: () => number;
}

export function activate(rule: FaultRule): ActiveRule {
  const id = rule.id ?? randomUUID();
  return { rule: { ...rule, id }, matched: 0, given: 0, random: createRandom(rule.seed ?? 1) };
}

/** A plain substring, or a regular expression where the text works as one. */
function contains(text: string, pattern: string): boolean {
  if (text.includes(pattern)) return true;
  try {
    return new RegExp(pattern).test(text);
  } catch {
    return false;
  }
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

function matches(
  { match }: FaultRule,
  method: string,
  [path = "", query = ""]: readonly string[],
  headers: Headers,
): boolean {
  for (const [name, value] of Object.entries(match.headers ?? {}))
    if (headers[name.toLowerCase()] !== value) return false;
  if (match.method !== undefined && match.method.toUpperCase() !== method) return false;
  if (
    match.path !== undefined &&
    !contains(path, match.path) &&
    !contains(decode(path), match.path)
  )
    return false;
  return (
    match.query === undefined ||
    contains(query, match.query) ||
    contains(decode(query), match.query)
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Whether a rule strikes this time. `nth` starts it at the nth match, `every` and `probability` thin
 * it out, `times` ends it: once by default, without end for a rule that strikes by chance or by turns.
 */
function strikes(active: ActiveRule): boolean {
  const { rule } = active;
  const endless = rule.every !== undefined || rule.probability !== undefined;
  if (active.given >= (rule.times ?? (endless ? Infinity : 1))) return false;
  if (rule.nth !== undefined && active.matched < rule.nth) return false;
  if (rule.every !== undefined && active.matched % rule.every !== 0) return false;
  return rule.probability === undefined || active.random() < rule.probability;
}

/** The first rule that strikes a request; every rule that matches counts it. */
export function strike(
  rules: Iterable<ActiveRule>,
  { method, url, headers }: { method: string; url: string; headers: Headers },
): ActiveRule | undefined {
  const called = url.split("?", 2);
  let found: ActiveRule | undefined;
  for (const active of rules) {
    if (!matches(active.rule, method, called, headers)) continue;
    active.matched += 1;
    if (found === undefined && strikes(active)) found = active;
  }
  if (found !== undefined) found.given += 1;
  return found;
}
