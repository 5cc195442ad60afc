import type { AlertRow } from "../db/alerts.ts";
import type { NewNotice } from "../db/notices.ts";
import { type Condition, louderOf, severityOf } from "../sync/alert.ts";
import { lateWords, whyLate } from "../sync/late.ts";

/** What a failure for good means, and what to do about it. The runbook has the whole table. */
const failures: Record<string, string> = {
  forbidden: "the provider does not allow what is asked: give the account the right to it",
  collection_missing:
    "the calendar or database is gone or no longer shared: share it again, or disconnect",
  misconfigured: "what the settings name is gone at the provider, or of another type: mend it",
  rejected: "the provider refuses what is asked: check the connection's settings",
  internal: "a step fails again and again on our side: see the worker's log",
  writes: "changes of ours are refused, and rest until somebody retries them",
};

const over: Record<string, string> = {
  late: "it is up to date again",
  held: "no plan is held any more",
  undecided: "no conflict is open any more",
};

const longest = 300;

/** The one notice of a change: ids, codes and times, and nothing of an event. */
export function noticeOf(row: AlertRow, from: Condition, to: Condition): NewNotice {
  const severity = to === "ok" ? "info" : severityOf(to);
  const ended = from === "ok" || to === "ok" || isWorse(from, to) ? "" : `${endOf(from)}; but `;
  return {
    kind: to === "ok" ? "recovered" : (to.split(":")[0] ?? to),
    severity,
    // Whoever was told of what has ended is told that it has.
    audience: louderOf(severity, from === "ok" ? "info" : severityOf(from)),
    connectionId: row.connectionId,
    subjectId: null,
    message: `${ended}${to === "ok" ? endOf(from) : wordsOf(row, to)}`,
    repeats: 0,
  };
}

const isWorse = (from: Condition, to: Condition): boolean =>
  louderOf(severityOf(from), severityOf(to)) === severityOf(to);

const endOf = (from: Condition): string => over[from] ?? "it works again";

function wordsOf(row: AlertRow, to: Condition): string {
  if (to === "late") return lateMessage(row);
  if (to === "held") return "a plan is held until a person decides (GET /api/plans)";
  if (to === "undecided") return "a conflict waits for a person's decision (GET /api/conflicts)";
  const reason = row.lastError === null || to === "failed:writes" ? "" : ` [${shortened(row)}]`;
  if (to === "needs_reauth")
    return `the provider no longer accepts our grant: a person has to connect it again${reason}`;
  const code = to.slice("failed:".length);
  return `it fails for good (${code}): ${failures[code] ?? "see lastError"}${reason}`;
}

function lateMessage(row: AlertRow): string {
  const again = row.nextAt === null ? "" : `; tried again at ${row.nextAt.slice(0, 19)}Z`;
  return `not read completely for ${lasting(row.ageMs ?? 0)}: ${lateWords[whyLate(row)]}${again}`;
}

const shortened = ({ lastError }: AlertRow): string =>
  Array.from(lastError ?? "")
    .slice(0, longest)
    .join("");

function lasting(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.floor(ms / 1000)} seconds`;
  if (minutes < 120) return `${minutes} minutes`;
  return minutes < 48 * 60
    ? `${Math.floor(minutes / 60)} hours`
    : `${Math.floor(minutes / 1440)} days`;
}
