/**
 * The heart: given what our side holds, what the provider holds and what both last agreed on, what
 * is to be done. It writes nothing and asks nobody; whoever calls it stores and sends what it says.
 *
 *   local ↓  remote →   unchanged       changed         deleted
 *   unchanged           nothing         write local     delete local
 *   changed             write remote    resolve         write remote *
 *   deleted             delete remote   write local *   forget
 *
 *   * an edit beats a delete
 *
 * The shape is that of vdirsyncer's algorithm, https://unterwaditzer.net/2016/sync-algorithm.html,
 * with a base for each side, so that a provider that rounds or trims is not taken for an editor.
 */
import { changedFields, pick, sameValue, type SideChange } from "./change.ts";
import type { EventField, EventFields } from "./event.ts";
import { type BothThere, resolve } from "./resolve.ts";

/** Where changes may travel: `in` only from the provider to us, `out` only from us to it. */
export type Direction = "both" | "in" | "out";

/** Who wins a field that both sides changed; see `resolve.ts`. */
export type Policy = "newest" | "ours" | "theirs" | "owner" | "ask";

export type Action =
  | "nothing"
  | "write local"
  | "write remote"
  | "delete local"
  | "delete remote"
  | "resolve"
  | "forget"
  | "agree";

/** The last agreement, as each side wrote it down: a provider's rounding is no edit of anybody. */
export interface Base {
  local: EventFields;
  remote: EventFields;
}

export interface Situation {
  /** Null when deleted, or never there. */
  local: EventFields | null;
  /** Null when deleted, or never there. */
  remote: EventFields | null;
  /** Null when the sides never agreed. */
  base: Base | null;
  /** When each local field got its value, in ms, where it was edited: a hub does not make it young. */
  localTimes: Partial<Record<EventField, number>>;
  /** When the remote was last edited, in ms of our clock. */
  remoteUpdatedAt: number | null;
}

export interface Rules {
  direction: Direction;
  policy: Policy;
  /** Who wins under the policy `owner`; the provider unless said otherwise. */
  owner?: "local" | "remote";
  /** A person's standing answers, by field; they come before every policy but `owner`. */
  standing?: Partial<Record<EventField, "local" | "remote">>;
  /** The fields that this connection carries; no other is looked at. */
  fields: readonly EventField[];
  /** The coarsest step of the clocks compared: smaller differences are ties. */
  timeResolutionMs: number;
  /** What the provider would make of fields that it is sent. */
  normalise?: (fields: EventFields) => EventFields;
}

/** A value that lost, or waits for a person (`nobody`). A side that is deleted shows as null. */
export interface FieldConflict {
  field: EventField;
  base: unknown;
  local: unknown;
  remote: unknown;
  winner: "local" | "remote" | "nobody";
}

/**
 * What to do. `local` and `base` are stored together, before anything is sent. Deciding again after
 * that asks for the same `remote` and for nothing else, however often; a conflict that somebody won
 * is not named again, one that waits for a person is named every time.
 */
export interface Decision {
  /**
   * The cell of the table. Where both sides are there, what is left of it once their fields are
   * compared: `resolve` when a conflict is named or both are written, `agree` when only the base moves.
   */
  action: Action;
  /** Fields to store on our side, with their new values. */
  local: Partial<EventFields>;
  /** Fields to send; their values are those of our side once `local` is stored. */
  remote: EventField[];
  /** The base once `local` is stored. */
  base: Base | null;
  conflicts: FieldConflict[];
}

/** Local first, then remote. A cell that the direction forbids is `nothing`, and the base stays. */
export const table: Record<Direction, Record<SideChange, Record<SideChange, Action>>> = {
  both: {
    unchanged: { unchanged: "nothing", changed: "write local", deleted: "delete local" },
    changed: { unchanged: "write remote", changed: "resolve", deleted: "write remote" },
    deleted: { unchanged: "delete remote", changed: "write local", deleted: "forget" },
  },
  in: {
    unchanged: { unchanged: "nothing", changed: "write local", deleted: "delete local" },
    changed: { unchanged: "nothing", changed: "resolve", deleted: "nothing" },
    deleted: { unchanged: "nothing", changed: "write local", deleted: "forget" },
  },
  out: {
    unchanged: { unchanged: "nothing", changed: "nothing", deleted: "nothing" },
    changed: { unchanged: "write remote", changed: "resolve", deleted: "write remote" },
    deleted: { unchanged: "delete remote", changed: "nothing", deleted: "forget" },
  },
};

/** Who is there when two sides that never agreed meet. */
export type Presence = "neither" | "only local" | "only remote" | "both";

/** The table of sides that never agreed. */
export const firstMeeting: Record<Direction, Record<Presence, Action>> = {
  both: {
    neither: "nothing",
    "only local": "write remote",
    "only remote": "write local",
    both: "resolve",
  },
  in: {
    neither: "nothing",
    "only local": "nothing",
    "only remote": "write local",
    both: "resolve",
  },
  out: {
    neither: "nothing",
    "only local": "write remote",
    "only remote": "nothing",
    both: "resolve",
  },
};

/** Pure and total; see `Decision` for what may be relied on. */
export function decide(situation: Situation, rules: Rules): Decision {
  const { local, remote, base } = situation;
  const action = cell(situation, rules);
  const decision: Decision = { action, local: {}, remote: [], base, conflicts: [] };
  switch (action) {
    case "delete local":
    case "delete remote":
      return { ...decision, ...lostWithTheItem(situation, rules) };
    case "write local":
    case "write remote":
    case "resolve":
      if (local && remote) return merge({ ...situation, local, remote }, rules);
      if (remote) {
        return { ...decision, local: pick(remote, rules.fields), base: { local: remote, remote } };
      }
      return { ...decision, remote: [...rules.fields], base: null };
    default:
      return decision;
  }
}

function cell({ local, remote, base }: Situation, { direction, policy, fields }: Rules): Action {
  if (!base) return firstMeeting[direction][presence(local, remote)];
  const ours = sideChange(base.local, local, fields);
  const theirs = sideChange(base.remote, remote, fields);
  if (policy !== "owner" || ours === theirs) return table[direction][ours][theirs];
  // Under an owner a delete stands, whoever made it: the other side's edits are put back, so they
  // beat nothing, and what the other side deleted, the owner does not force upon it again.
  if (!local || !remote) return table[direction][withoutEdits(ours)][withoutEdits(theirs)];
  return "resolve";
}

function presence(local: EventFields | null, remote: EventFields | null): Presence {
  if (local) return remote ? "both" : "only local";
  return remote ? "only remote" : "neither";
}

function sideChange(
  before: EventFields,
  now: EventFields | null,
  fields: readonly EventField[],
): SideChange {
  if (!now) return "deleted";
  return changedFields(before, now, fields).length > 0 ? "changed" : "unchanged";
}

function withoutEdits(change: SideChange): SideChange {
  return change === "changed" ? "unchanged" : change;
}

/** Named after what is left to do: of two sides that changed, often only one has to be written. */
function merge(sides: BothThere, rules: Rules): Decision {
  const resolution = resolve(sides, rules);
  const { remote, base, conflicts } = resolution;
  const writesLocal = Object.keys(resolution.local).length > 0;
  const writesRemote = remote.length > 0;
  if (conflicts.length > 0 || (writesLocal && writesRemote))
    return { action: "resolve", ...resolution };
  if (writesLocal) return { action: "write local", ...resolution };
  if (writesRemote) return { action: "write remote", ...resolution };
  return { action: sameValue(base, sides.base) ? "nothing" : "agree", ...resolution };
}

/**
 * Edits that a delete takes along (under an owner only) are kept, and the base notes them as agreed
 * to before the delete: should another spoke bring the item back, it comes with that spoke's values.
 */
function lostWithTheItem(
  { local, remote, base }: Situation,
  { fields }: Rules,
): Pick<Decision, "base" | "conflicts"> {
  const [side, left] = local ? (["local", local] as const) : (["remote", remote] as const);
  if (!left || !base) return { base, conflicts: [] };
  const conflicts = changedFields(base[side], left, fields).map((field): FieldConflict => ({
    field,
    base: base[side][field],
    local: local?.[field] ?? null,
    remote: remote?.[field] ?? null,
    winner: side === "local" ? "remote" : "local",
  }));
  return { base: { local: left, remote: left }, conflicts };
}
