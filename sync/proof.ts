/**
 * What a fresh look at the provider says of one link: whether it proves that all is well, that something
 * is still on its way, or that something is broken. Pure; whoever calls it has read both.
 */
import { sameValue } from "./change.ts";
import type { Direction } from "./decide.ts";
import type { EventField, EventFields } from "./event.ts";
import { type Facts, standing } from "./in-step.ts";

/**
 * `explained` stays as it is, for a reason that can be told; `waiting` is what the next sessions will
 * settle, or a person; `broken` is what nobody is on the way to.
 */
export type Weight = "explained" | "waiting" | "broken";

export interface Finding {
  kind: string;
  weight: Weight;
  words: string;
}

export interface Seen {
  /** As the provider shows it now; null where a complete listing does not hold it. */
  fresh: EventFields | null;
  version: string | null;
  /** When it was last edited, in ms of our clock. */
  updatedAt: number | null;
}

/** What a link holds, as far as the provider is concerned. */
export interface Held {
  state: "live" | "waiting" | "set-aside" | "kept-out" | "tombstone";
  remote: EventFields | null;
  remoteVersion: string | null;
  deletionSeen: boolean;
}

export interface Known {
  fields: readonly EventField[];
  direction: Direction;
  /** When the provider was last read completely, in ms of our clock. */
  lastPassAt: number | null;
  /** How much later than its edit a list may show a thing. */
  lagMs: number;
}

const finding = (kind: string, weight: Weight, words: string): Finding => ({ kind, weight, words });

/** Compares what the link holds with what the provider shows. Null: they are the same. */
export function comparePlaces(held: Held, seen: Seen, known: Known): Finding | null {
  const isAtRest = held.state === "tombstone" || held.state === "set-aside";
  if (isAtRest || held.deletionSeen) return null;
  if (!seen.fresh) {
    const words =
      "is linked, and the provider lists it no longer: a deletion that no session has seen yet";
    return held.remote ? finding("not listed", "waiting", words) : null;
  }
  if (seen.version !== null && seen.version === held.remoteVersion) return null;
  const { remote } = held;
  const moved = known.fields.filter((field) => !sameValue(remote?.[field], seen.fresh?.[field]));
  if (moved.length === 0) return null;
  return wasThere(seen, known)
    ? finding(
        "missed",
        "broken",
        `changed at the provider before the last complete pass, and was not taken in: ${moved.join(", ")}`,
      )
    : finding(
        "moved",
        "waiting",
        `changed at the provider since the last session: ${moved.join(", ")}`,
      );
}

/** An item that no link knows. */
export function compareStranger(seen: Seen, known: Known): Finding | null {
  if (known.direction === "out") return null;
  return wasThere(seen, known)
    ? finding(
        "missed",
        "broken",
        "was at the provider before the last complete pass, and is not here",
      )
    : finding("new", "waiting", "is new at the provider since the last session");
}

function wasThere({ updatedAt }: Seen, { lastPassAt, lagMs }: Known): boolean {
  return updatedAt !== null && lastPassAt !== null && updatedAt < lastPassAt - lagMs;
}

const explained: ReadonlySet<string> = new Set([
  "it can be understood",
  "the provider can hold it",
]);

/** Whether our side and the provider's, as the link holds it, are in step. Null: they are. */
export function compareSides(facts: Facts): Finding | null {
  const { inStep, stoppedAt, reason } = standing(facts);
  if (inStep || stoppedAt === null) return null;
  const words = reason ?? stoppedAt;
  if (explained.has(stoppedAt)) return finding("set aside", "explained", words);
  if (stoppedAt !== "both sides are the same") return finding("not in step", "waiting", words);
  const isMeant = words.includes("agreed") || facts.link !== "live" || facts.direction !== "both";
  return finding("differs", isMeant ? "explained" : "broken", words);
}
