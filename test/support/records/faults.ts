import type { Fault } from "../google.ts";
import type { Random } from "./draw.ts";

/** One page fails or comes spoilt or empty, or every answer is late for a while. */
const faults: Omit<Fault, "match">[] = [
  { status: 500, times: 3 },
  { status: 502, kind: "body", body: "html" },
  { status: 429 },
  { kind: "reset" },
  { kind: "reset", phase: "after" },
  { kind: "timeout", delayMs: 100 },
  { kind: "body", body: "truncated", phase: "after" },
  { kind: "body", body: "empty-list", phase: "after" },
  { kind: "body", body: "empty-list", phase: "after" },
  { kind: "body", body: "empty-list", phase: "after" },
  { kind: "body", body: "garbage" },
  { kind: "delay", delayMs: 120, times: 5 },
];

/** A shop is told apart by a header. Its token can be refused: another is had for the asking. */
export function shopFault(random: Random, retailer: string, paths: readonly string[]): Fault {
  const match = { path: `/kiotviet${random.pick(paths)}`, headers: { Retailer: retailer } };
  return { match, ...whenOf(random), ...random.pick([...faults, { status: 401 }]) };
}

/** A list of people, or anything about somebody. */
export function staffFault(random: Random, company: string): Fault {
  const people = `/employes/v4/${company}/employees`;
  const page = { path: `${people}$`, query: `page=${1 + random.upTo(1)}` };
  const match = random.chance(0.5) ? page : { path: people };
  return { match, ...whenOf(random), ...random.pick(faults) };
}

/** A list is most often no longer than a page or two. */
const whenOf = (random: Random) => ({ nth: random.chance(0.5) ? 1 : 2 + random.upTo(2) });
