import { changedFields, pick, sameValue } from "./change.ts";
import type { Base } from "./decide.ts";
import { eventFields, type EventField, type EventFields } from "./event.ts";
import { toInstant } from "./time.ts";
import type { Differences } from "./undo-effect.ts";
import { units } from "./unit.ts";

/** What goes back, from what is now to what was before, and what stays because it has changed since. */
export interface TakenBack {
  fields: Differences;
  left: Differences;
}

/**
 * Takes a session's differences back where a field is still what the session made of it. Fields that
 * make sense only together, such as start and end, go back together or not at all.
 */
export function takeBack(now: EventFields, made: Differences): TakenBack {
  const fieldsMade = eventFields.filter((field) => made[field]);
  const before = Object.fromEntries(fieldsMade.map((field) => [field, made[field]?.before]));
  const target: EventFields = { ...now, ...before };
  const back: TakenBack = { fields: {}, left: {} };
  for (const unit of isAboutCancelling(made) ? [eventFields] : units(now, target, eventFields)) {
    const own = unit.filter((field) => made[field]);
    const isAsMade = own.every((field) => sameValue(now[field], made[field]?.after));
    const goes = isAsMade && (own.length === unit.length || fits(target));
    Object.assign(goes ? back.fields : back.left, between(now, target, own));
  }
  return back;
}

/** A cancelled occurrence has nothing but that: it comes back whole. */
function isAboutCancelling({ status }: Differences): boolean {
  return status?.before === "cancelled" || status?.after === "cancelled";
}

/** These fields where they differ. */
export function between(
  from: EventFields,
  to: EventFields,
  fields: readonly EventField[] = eventFields,
): Differences {
  return Object.fromEntries(
    changedFields(from, to, fields).map((field) => [
      field,
      { before: from[field], after: to[field] },
    ]),
  );
}

/** The fields once the differences are made. */
export function having(fields: EventFields, differences: Differences): EventFields {
  const after = Object.entries(differences).map(([field, { after: value }]) => [field, value]);
  return { ...fields, ...(Object.fromEntries(after) as Partial<EventFields>) };
}

/** Where only one of two times goes back, the other may have moved since: no event ends before it begins. */
function fits({ start, end }: EventFields): boolean {
  if ("date" in start !== "date" in end) return false;
  return toInstant(start, "UTC") <= toInstant(end, "UTC");
}

/** The base once both sides differ on purpose: no session does again what was taken back. */
export function agreeToDiffer(
  base: Base,
  local: EventFields,
  remote: EventFields,
  fields: readonly EventField[],
): Base {
  return {
    local: { ...base.local, ...pick(local, fields) },
    remote: { ...base.remote, ...pick(remote, fields) },
  };
}
