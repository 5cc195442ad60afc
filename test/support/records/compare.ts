import { isDeepStrictEqual } from "node:util";
import type { Entry, Records } from "./side.ts";

/** Absent, null and the empty text are one, and a number is its digits: so much is the connector's to choose. */
const plain = (value: unknown): unknown =>
  value === undefined || value === null || value === ""
    ? null
    : typeof value === "number"
      ? String(value)
      : value;

export const same = (one: unknown, other: unknown): boolean =>
  isDeepStrictEqual(plain(one), plain(other));

/** Where our log is not the provider's own, item by item; what different items did at one time has no order. */
export function unequalLogs(theirs: readonly Entry[], ours: readonly Entry[]): string[] {
  const [one, other] = [byItem(theirs), byItem(ours)];
  return [...new Set([...one.keys(), ...other.keys()])].flatMap((item) => {
    const [there, here] = [one.get(item) ?? [], other.get(item) ?? []];
    return isDeepStrictEqual(there, here)
      ? []
      : [
          `${item}: theirs ${there.join(" | ") || "nothing"}; ours ${here.join(" | ") || "nothing"}`,
        ];
  });
}

function byItem(log: readonly Entry[]): Map<string, string[]> {
  const items = new Map<string, string[]>();
  for (const { item, action, fields } of log) {
    const told = action === "updated" ? tell(fields) : action;
    if (told !== "") items.set(item, [...(items.get(item) ?? []), told]);
  }
  return items;
}

/** Empty where nothing has changed that is kept. */
function tell(fields: Entry["fields"]): string {
  return Object.entries(fields)
    .map(([name, change]) =>
      change === "sensitive"
        ? `${name} changed`
        : `${name} ${JSON.stringify(plain(change.before))} to ${JSON.stringify(plain(change.after))}`,
    )
    .toSorted()
    .join(", ");
}

/** Where what is kept is not what is there: false deletions, deletions missed, and other values. */
export function unequalStates(theirs: Records, ours: Records): string[] {
  const items = [...new Set([...theirs.keys(), ...ours.keys()])];
  return items.flatMap((item) => {
    const [there, here] = [theirs.get(item), ours.get(item)];
    if (!here) return [`${item} is there and not here`];
    if (!there) return [`${item} is here and not there`];
    const wrong = Object.keys(there).filter((field) => !same(there[field], here[field]));
    return wrong.map(
      (field) =>
        `${item}: ${field} is ${JSON.stringify(there[field])} there and ${JSON.stringify(here[field])} here`,
    );
  });
}
