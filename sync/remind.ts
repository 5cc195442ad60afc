/** How often a person is reminded of something that waits for them. */
export interface Reminding {
  /** Until the first reminder; each pause after it is twice the one before. */
  afterMs: number;
  /** The longest pause. */
  atMostMs: number;
}

/** What waits, and what has been said of it. */
export interface Wait {
  ageMs: number;
  reminders: number;
  /** Since the last reminder; null where there has been none. */
  remindedMs: number | null;
}

/** Until the next reminder is due; zero or less is now. */
export function dueInMs(wait: Wait, { afterMs, atMostMs }: Reminding): number {
  const pause = Math.min(atMostMs, afterMs * 2 ** wait.reminders);
  return pause - (wait.remindedMs ?? wait.ageMs);
}

/** The longer nobody has acted, the louder. */
export function severityOf(reminders: number): "info" | "warn" | "error" {
  if (reminders === 0) return "info";
  return reminders < 3 ? "warn" : "error";
}
