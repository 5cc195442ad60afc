/**
 * What a person's choice in a conflict means. Whatever they chose, they have seen the provider's value:
 * the base notes it for both sides, so that our value, where it differs, is an edit made after it and
 * travels, and is nothing where it is the same.
 */
import { pick, sameValue } from "./change.ts";
import type { Base } from "./decide.ts";
import type { EventField, EventFields } from "./event.ts";
import { units } from "./unit.ts";

/** Ours, theirs, or a value that a person made of both. */
export type Choice = "local" | "remote" | { value: unknown };

export interface Sides {
  local: EventFields;
  remote: EventFields;
  base: Base | null;
}

export interface Chosen {
  /** Fields of our side that get another value. */
  local: Partial<EventFields>;
  base: Base;
}

/**
 * Carries choices out on the sides as they are now. Sides that never agreed have no base: all fields in
 * which they differ must be chosen at once, and the fields that do not differ are agreed with it.
 */
export function choose(
  { local, remote, base }: Sides,
  choices: Partial<Record<EventField, Choice>>,
): Chosen {
  const fields = Object.keys(choices) as EventField[];
  const after = fields.map((field) => [field, valueOf(field, choices[field], local, remote)]);
  const chosen = Object.fromEntries(after) as Partial<EventFields>;
  const changed = fields.filter((field) => !sameValue(chosen[field], local[field]));
  const before = base ?? { local, remote };
  const seen = pick(remote, fields);
  return {
    local: Object.fromEntries(changed.map((field) => [field, chosen[field]])),
    base: { local: { ...before.local, ...seen }, remote: { ...before.remote, ...seen } },
  };
}

function valueOf(
  field: EventField,
  choice: Choice | undefined,
  local: EventFields,
  remote: EventFields,
): unknown {
  if (choice === "remote") return remote[field];
  return choice === "local" || choice === undefined ? local[field] : choice.value;
}

/**
 * The fields that go with one: those of its unit in which the sides differ, itself included. Start and
 * end come from one side, so that no event gets a start from here and an end from there.
 */
export function goesWith(
  field: EventField,
  { local, remote }: Sides,
  fields: readonly EventField[],
): EventField[] {
  const unit = units(local, remote, fields).find((one) => one.includes(field)) ?? [field];
  return unit.filter((one) => one === field || !sameValue(local[one], remote[one]));
}
