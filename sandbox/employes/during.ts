import * as z from "zod";
import { type Deed, readAct } from "./acts.ts";
import type { Employes } from "./employes.ts";
import { EmployesError } from "./errors.ts";

const ROOT = "/employes/v4";

export const duringBody = z.strictObject({
  /** A path below the API's root, such as `/<company>/employees?page=1`; parameters it names must be equal. */
  path: z.string().startsWith("/"),
  /** Counted from when this was said. */
  nth: z.number().int().min(1).default(1),
  /** What the control API takes, with the name of the act as `do`. */
  changes: z.array(z.looseObject({ do: z.string() })).min(1),
});

/** What persons do right after a call was answered, before the next can be. */
export interface During {
  readonly path: string;
  readonly nth: number;
  readonly changes: z.infer<typeof duringBody>["changes"];
  readonly deeds: readonly Deed[];
  matched: number;
  /** Why something could not be done. */
  problem?: string;
}

export function readDuring(body: unknown): During {
  const { path, nth, changes } = duringBody.parse(body);
  const deeds = changes.map(({ do: name, ...rest }) => readAct(name, rest));
  return { path, nth, changes, deeds, matched: 0 };
}

function matches(wanted: string, called: string): boolean {
  const one = new URL(wanted.startsWith(ROOT) ? wanted : ROOT + wanted, "http://sandbox");
  const other = new URL(called, "http://sandbox");
  if (one.pathname !== other.pathname) return false;
  return [...one.searchParams].every(([name, value]) => other.searchParams.get(name) === value);
}

/** Lets persons do what they were to do after this call. */
export function runDuring(employes: Employes, url: string): void {
  for (const one of employes.during) {
    if (!matches(one.path, url)) continue;
    one.matched += 1;
    if (one.matched === one.nth) doAll(employes, one);
  }
}

function doAll(employes: Employes, during: During): void {
  for (const deed of during.deeds) {
    try {
      deed(employes);
    } catch (error) {
      if (!(error instanceof EmployesError)) throw error;
      during.problem = error.message;
    }
  }
}
