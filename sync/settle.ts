/**
 * An intent is committed before every provider call and closed with its answer. Between the two a
 * process may die, and the provider may have done the work or not. The next remote that is seen
 * tells: if it is our own write, the base moves as the answer would have moved it.
 */
import { pick, sameValue } from "./change.ts";
import type { Base } from "./decide.ts";
import type { EventField, EventFields } from "./event.ts";

export interface OpenIntent {
  kind: "create" | "update" | "delete" | "restore";
  /** Unique to this intent; a provider that can keep it returns it with the item. */
  mark: string;
  /** The fields that travelled; those of a creation are all fields of the connection. */
  fields: EventField[];
  /** What was sent, as the provider would hold it. */
  sent: EventFields;
  /** Exactly our side at that time. */
  local: EventFields;
}

/** The remote as read later. */
export interface SeenRemote {
  /** Null when the provider knows the item as deleted, which is more than not knowing it. */
  fields: EventFields | null;
  /** Of the last write of ours that it bears. */
  mark?: string;
}

/**
 * Whether an open intent took effect, and the base after it. Call it before deciding, for every
 * remote newer than the one the intent knew. Close the intent when it landed, or when this remote
 * was read after the call could no longer arrive. What a person changed after our write still
 * differs from the new base, so it is an edit; so does what our side changed meanwhile.
 */
export function settle(
  intent: OpenIntent,
  remote: SeenRemote | null,
  base: Base | null,
): { landed: boolean; base: Base | null } {
  if (!remote?.fields && intent.kind === "delete") return { landed: true, base };
  if (!remote) return { landed: false, base };
  if (!isOurs(intent, remote, base)) return { landed: false, base };
  return { landed: true, base: acknowledge(intent, intent.sent, base) };
}

/**
 * The base after a write that the provider answered with `answer`. Only the fields that travelled
 * move: the others may wait for a person, or differ because somebody edited them since.
 */
export function acknowledge(
  intent: Pick<OpenIntent, "kind" | "fields" | "local">,
  answer: EventFields,
  base: Base | null,
): Base {
  if (!base || intent.kind === "create" || intent.kind === "restore")
    return { local: intent.local, remote: answer };
  return {
    local: { ...base.local, ...pick(intent.local, intent.fields) },
    remote: { ...base.remote, ...pick(answer, intent.fields) },
  };
}

function isOurs(intent: OpenIntent, { fields, mark }: SeenRemote, base: Base | null): boolean {
  if (intent.kind === "delete") return false;
  // What is gone under the id that we chose was made by us first, and then deleted by somebody.
  if (!fields) return intent.kind === "create";
  if (mark !== undefined) return mark === intent.mark;
  if (intent.kind === "create" || intent.kind === "restore") return true;
  const arrived = (field: EventField): boolean => sameValue(fields[field], intent.sent[field]);
  const isNew = (field: EventField): boolean =>
    !base || !sameValue(fields[field], base.remote[field]);
  return intent.fields.every(arrived) && intent.fields.some(isNew);
}
