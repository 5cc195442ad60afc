/**
 * Both sides are there, and at least one of them changed: what becomes of every field.
 *
 * Fields that one side changed merge. A field that both changed, to different values, is a conflict,
 * and the connection's policy names the winner:
 *
 *   newest   the later edit; ties, and times that nobody knows, are ours
 *   ours     our side
 *   theirs   the provider
 *   owner    the side that owns the item, and not only in conflicts: it puts other edits back
 *   ask      nobody, until a person decides: the field rests, everything else goes on
 *
 * A person's standing answer for the field comes before the policy.
 */
import { changedFields, pick, sameValue } from "./change.ts";
import type { Base, Direction, FieldConflict, Rules, Situation } from "./decide.ts";
import type { EventField, EventFields } from "./event.ts";
import { units } from "./unit.ts";

/** A situation in which both sides are there. */
export type BothThere = Situation & { local: EventFields; remote: EventFields };

export interface Resolution {
  local: Partial<EventFields>;
  remote: EventField[];
  base: Base | null;
  conflicts: FieldConflict[];
}

/**
 * What a field comes to. When a side loses, the base notes the loser's value as seen and agreed to,
 * so that the winner's value is an edit made after it: the loser is named once, the winner keeps
 * travelling until it has arrived, and taking the winning edit back is an edit like any other.
 *
 *   rest      nothing to do, or nothing that may be done
 *   agree     the sides are equal: the base moves up
 *   take      theirs is stored here
 *   send      ours travels; the base waits for the answer
 *   insist    ours, over an edit of theirs; it travels where it may
 *   restore   ours goes back to what it was before an edit that lost
 *   concede   theirs, over an edit of ours, but nothing may be written here
 */
type Fate = "rest" | "agree" | "take" | "send" | "insist" | "restore" | "concede";

/** A field in which the sides differ, and who changed it. */
interface Difference {
  field: EventField;
  ours: boolean;
  theirs: boolean;
}

/** The part of `decide` for two living sides; the same promises hold. */
export function resolve(sides: BothThere, rules: Rules): Resolution {
  const normalised = rules.normalise?.(sides.local) ?? sides.local;
  const fates = new Map<EventField, Fate>();
  const conflicts: FieldConflict[] = [];
  for (const unit of units(sides.local, sides.remote, rules.fields)) {
    const changed = unit.map((field) => whoChanged(field, sides)).filter((c) => c.ours || c.theirs);
    const differences = changed.filter(({ field }) => !areEqual(field, sides, normalised));
    const winner = winnerOf(differences, sides, rules);
    for (const { field } of changed) fates.set(field, "agree");
    for (const difference of differences) {
      fates.set(difference.field, fateOf(difference, winner, rules.direction));
      if (loses(difference, winner)) conflicts.push(conflict(difference.field, sides, winner));
    }
    restoreWhole(changed, fates);
    takeWhole(unit, fates, sides);
  }
  return { ...carryOut(fates, sides, normalised, rules), conflicts };
}

function whoChanged(field: EventField, { local, remote, base }: BothThere): Difference {
  const ours = !base || !sameValue(local[field], base.local[field]);
  const theirs = !base || !sameValue(remote[field], base.remote[field]);
  return { field, ours, theirs };
}

/** Also when the provider could not hold our value any better than it does. */
function areEqual(field: EventField, sides: BothThere, normalised: EventFields): boolean {
  const theirs = sides.remote[field];
  return sameValue(sides.local[field], theirs) || sameValue(normalised[field], theirs);
}

function winnerOf(
  differences: readonly Difference[],
  sides: BothThere,
  rules: Rules,
): FieldConflict["winner"] {
  if (rules.policy === "owner") return rules.owner ?? "remote";
  if (!differences.some((d) => d.theirs)) return "local";
  if (!differences.some((d) => d.ours)) return "remote";
  const answer = differences.map(({ field }) => rules.standing?.[field]).find((side) => side);
  if (answer) return answer;
  switch (rules.policy) {
    case "ours":
      return "local";
    case "theirs":
      return "remote";
    case "ask":
      return "nobody";
    case "newest":
      return theirsIsNewer(differences, sides, rules.timeResolutionMs) ? "remote" : "local";
  }
}

function theirsIsNewer(
  differences: readonly Difference[],
  { localTimes, remoteUpdatedAt }: BothThere,
  resolutionMs: number,
): boolean {
  if (remoteUpdatedAt === null) return false;
  const ours = differences.filter((d) => d.ours).map((d) => localTimes[d.field] ?? Infinity);
  const ahead = remoteUpdatedAt - Math.max(...ours);
  return ahead > 0 && ahead >= resolutionMs;
}

/** Only an edit can lose, and only an edit that lost is worth keeping. */
function loses({ ours, theirs }: Difference, winner: FieldConflict["winner"]): boolean {
  if (winner === "nobody") return true;
  return winner === "local" ? theirs : ours;
}

function fateOf(
  { ours, theirs }: Difference,
  winner: FieldConflict["winner"],
  direction: Direction,
): Fate {
  switch (winner) {
    case "nobody":
      return "rest";
    case "local":
      if (theirs) return "insist";
      return direction === "in" ? "rest" : "send";
    case "remote":
      if (direction === "out") return ours ? "concede" : "rest";
      return theirs ? "take" : "restore";
  }
}

/**
 * A unit goes back to what it was as a whole, or comes from there as a whole: where one value of ours
 * is theirs already, it stays, and what it was before would not fit to it.
 */
function restoreWhole(changed: readonly Difference[], fates: Map<EventField, Fate>): void {
  if (!changed.some(({ field, ours }) => ours && fates.get(field) === "agree")) return;
  for (const { field } of changed) if (fates.get(field) === "restore") fates.set(field, "take");
}

/**
 * A unit comes from there as it is there. Our start to the second beside their end to the minute
 * could be an end before the start.
 */
function takeWhole(
  unit: readonly EventField[],
  fates: Map<EventField, Fate>,
  { local, remote }: BothThere,
): void {
  if (!unit.some((field) => fates.get(field) === "take")) return;
  for (const field of changedFields(local, remote, unit)) fates.set(field, "take");
}

function conflict(
  field: EventField,
  { local, remote, base }: BothThere,
  winner: FieldConflict["winner"],
): FieldConflict {
  // Where only one side moved, the base of the other says nothing about what that side edited.
  const before = base && (sameValue(local[field], base.local[field]) ? base.remote : base.local);
  return {
    field,
    base: before?.[field] ?? null,
    local: local[field],
    remote: remote[field],
    winner,
  };
}

function carryOut(
  fates: ReadonlyMap<EventField, Fate>,
  { local, remote, base }: BothThere,
  normalised: EventFields,
  rules: Rules,
): Omit<Resolution, "conflicts"> {
  const having = (...wanted: Fate[]): EventField[] =>
    rules.fields.filter((field) => wanted.some((fate) => fates.get(field) === fate));
  const before = base ?? { local, remote };
  // Sides that never agreed have no base until they agree on every field.
  const agreed = base !== null || having("rest").length === 0;
  return {
    local: { ...pick(remote, having("take")), ...pick(before.local, having("restore")) },
    remote: rules.direction === "in" ? [] : having("send", "insist"),
    base: agreed
      ? {
          local: {
            ...before.local,
            ...pick(remote, having("take", "insist")),
            ...pick(local, having("agree", "concede")),
          },
          remote: {
            ...before.remote,
            ...pick(remote, having("take", "insist", "agree")),
            ...pick(normalised, having("concede")),
          },
        }
      : null,
  };
}
