import { sameValue } from "./change.ts";
import type { EventField } from "./event.ts";

export type Side = "local" | "remote";

/** Field values on one side, before and after. */
export type Differences = Partial<Record<EventField, { before: unknown; after: unknown }>>;

/** One entry of a session's trail: what it did to one item on one side. */
export interface Entry {
  eventId: string;
  side: Side;
  action: "created" | "updated" | "deleted" | "restored";
  fields: Differences;
  /** Our event's version: once it was written, on our side; when it was sent, on the other. */
  version: number;
}

export type Presence = "absent" | "living" | "deleted";

/** What all entries of one session come to, on one item and side: the first before, the last after. */
export interface Effect {
  eventId: string;
  side: Side;
  before: Presence;
  after: Presence;
  /** Only what differs in the end. */
  fields: Differences;
  /** Our event's version when the session had last to do with it, on either side. */
  version: number;
  /** Whether nobody else wrote our event between the first entry and the last. */
  unbroken: boolean;
}

/** Composes a session's entries, given in their order, in the order in which items first appear. */
export function effectsOf(entries: readonly Entry[]): Effect[] {
  const effects = new Map<string, Effect>();
  const lastOnOurSide = new Map<string, number>();
  const versions = new Map<string, number>();
  const broken = new Set<string>();
  for (const entry of entries) {
    const { eventId, side, version } = entry;
    const name = `${side} ${eventId}`;
    effects.set(name, composed(effects.get(name), entry));
    versions.set(eventId, Math.max(version, versions.get(eventId) ?? 0));
    if (side === "remote") continue;
    const last = lastOnOurSide.get(eventId) ?? version - 1;
    if (version !== last + 1) broken.add(eventId);
    lastOnOurSide.set(eventId, version);
  }
  return [...effects.values()].map((effect) => ({
    ...effect,
    version: versions.get(effect.eventId) ?? effect.version,
    unbroken: !broken.has(effect.eventId),
  }));
}

const presenceBefore: Record<Entry["action"], Presence> = {
  created: "absent",
  updated: "living",
  deleted: "living",
  restored: "deleted",
};

function composed(earlier: Effect | undefined, entry: Entry): Effect {
  const { eventId, side, action, version } = entry;
  const after = action === "deleted" ? "deleted" : "living";
  const fields = { ...earlier?.fields };
  for (const [name, difference] of Object.entries(entry.fields)) {
    const field = name as EventField;
    const before = (fields[field] ?? difference).before;
    if (sameValue(before, difference.after)) delete fields[field];
    else fields[field] = { before, after: difference.after };
  }
  const before = earlier?.before ?? presenceBefore[action];
  return { eventId, side, before, after, fields, version, unbroken: true };
}
