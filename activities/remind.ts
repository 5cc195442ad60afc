import { addNotices, readResolved, readWaiting, type Waiting } from "../db/notices.ts";
import { dueInMs, type Reminding, severityOf } from "../sync/remind.ts";
import type { ActivityDeps } from "./deps.ts";

const week = 7 * 24 * 3_600_000;

/**
 * Says what is due to be said of what waits for a person in a company, once per connection and kind, and
 * that something waits no longer. Answers when to look again; null when nothing waits any more.
 */
export async function remind(
  deps: ActivityDeps,
  companyId: string,
): Promise<{ waiting: number; againInMs: number | null }> {
  const afterMs = deps.config.REMIND_AFTER_MS;
  const reminding: Reminding = { afterMs, atMostMs: Math.max(afterMs, week) };
  return deps.db.withCompany(companyId, async (tx) => {
    const waiting = await readWaiting(tx);
    const due = waiting.filter((wait) => dueInMs(wait, reminding) <= 0);
    await addNotices(tx, companyId, due.map(reminder));
    await addNotices(tx, companyId, (await readResolved(tx)).map(resolved));
    const said = waiting.map((wait) =>
      due.includes(wait) ? { ...wait, reminders: wait.reminders + 1, remindedMs: 0 } : wait,
    );
    // What begins to wait meanwhile has its first reminder no sooner than this.
    const pauses = said.map((wait) => Math.min(afterMs, dueInMs(wait, reminding)));
    return {
      waiting: waiting.length,
      againInMs: pauses.length === 0 ? null : Math.max(100, Math.min(...pauses)),
    };
  });
}

const words: Record<Waiting["kind"], (count: number) => string> = {
  conflict: (count) => (count === 1 ? "1 conflict waits" : `${count} conflicts wait`),
  deletions: (count) => `a plan to delete ${count} events waits`,
  preview: () => "the preview of a sync waits, and no session runs until it is decided,",
};

function reminder({ kind, connectionId, count, subjectId, ageMs, reminders }: Waiting) {
  return {
    kind,
    severity: severityOf(reminders),
    connectionId,
    subjectId,
    message: `${words[kind](count)} for a person's decision, since ${days(ageMs)}`,
    repeats: reminders,
  };
}

function resolved({ kind, connectionId }: Pick<Waiting, "kind" | "connectionId">) {
  const message = "nothing of this kind waits for a person any more";
  const severity = "info" as const;
  // That the connection is well again is sent by the watch over it, and need not be sent twice.
  return {
    kind: `${kind} resolved`,
    severity,
    audience: null,
    connectionId,
    subjectId: null,
    message,
    repeats: 0,
  };
}

function days(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  if (hours < 1) return "less than an hour";
  return hours < 48 ? `${hours} hours` : `${Math.floor(hours / 24)} days`;
}
