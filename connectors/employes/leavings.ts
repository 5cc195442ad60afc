import { type State, textOf } from "./beliefs.ts";

const outOfService = "out of service";

/** What ends an employment is read after the list has told the new status, and within this time. */
const explainedWithinMs = 24 * 3_600_000;

export interface Leavings {
  /** Looks at what is known at a time, oldest first. */
  note(at: number, state: State): void;
  isDeleted(): boolean;
  /** When somebody was found out of service and no employment said that it ends. */
  unexplained(): number[];
}

/**
 * Somebody's status becomes `out of service` with no date (reference: 4). The employment's end is the
 * better word for it, so the day of the finding is told only where none comes within a day: in this one
 * case an entry may go without a correction, before anybody but that day's readers has seen it.
 */
export function createLeavings(): Leavings {
  const found: { at: number; explained: boolean }[] = [];
  let status: string | null = null;
  let exists: boolean | null = null;
  return {
    note(at, state) {
      const person = [...(state.get("employees")?.values() ?? [])][0];
      if (state.has("employees")) exists = person !== undefined;
      const now = person === undefined ? status : textOf(person.content["status"]);
      if (now === outOfService && status !== null && status !== now)
        found.push({ at, explained: false });
      status = now;
      const ended = hasEnded(state);
      for (const one of found) one.explained ||= ended && at <= one.at + explainedWithinMs;
    },
    isDeleted: () => exists === false,
    unexplained: () => found.filter(({ explained }) => !explained).map(({ at }) => at),
  };
}

function hasEnded(state: State): boolean {
  const all = [...(state.get("employments")?.values() ?? [])];
  return all.length > 0 && all.every(({ content }) => textOf(content["endDate"]) !== null);
}
