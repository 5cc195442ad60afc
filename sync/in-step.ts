/**
 * Why an event is not in step on a connection: the rules that it must pass, in their order, and the first
 * at which it stops, with what to do in words. Pure; whoever calls it has loaded the facts.
 */
import { sameValue } from "./change.ts";
import type { Base, Direction } from "./decide.ts";
import type { EventField, EventFields } from "./event.ts";

export interface Facts {
  direction: Direction;
  enabled: boolean;
  pausedReason: string | null;
  grantState: string;
  hasCalendar: boolean;
  /** A moment to come, until which the provider is left alone. */
  waitUntil: string | null;
  lastError: string | null;
  /** A preview waits, and no session runs until it is decided. */
  preview: boolean;
  /** Our side; null where it is deleted. */
  local: EventFields | null;
  link: "live" | "waiting" | "set-aside" | "kept-out" | "tombstone" | null;
  linkReason: string | null;
  /** Null where it is deleted at the provider, or was never there. */
  remote: EventFields | null;
  base: Base | null;
  deletionSeen: boolean;
  /** Fields that wait for a person. */
  conflicts: readonly string[];
  heldLocal: boolean;
  heldRemote: boolean;
  write: "pending" | "completed" | "failed" | null;
  writeError: string | null;
  nextAttemptAt: string | null;
  fields: readonly EventField[];
  /** What the provider makes of fields. */
  normalise(fields: EventFields): EventFields;
}

export interface Check {
  rule: string;
  passed: boolean;
}

export interface Standing {
  inStep: boolean;
  checks: Check[];
  /** The rule at which it stops. */
  stoppedAt: string | null;
  reason: string | null;
  whatToDo: string | null;
}

interface Rule {
  rule: string;
  /** Null where it passes; otherwise why it does not, and what to do. */
  stops(facts: Facts): { reason: string; whatToDo: string } | null;
}

const stop = (when: boolean, reason: string, whatToDo: string) =>
  when ? { reason, whatToDo } : null;

const rules: readonly Rule[] = [
  {
    rule: "the connection is connected",
    stops: ({ grantState }) =>
      stop(
        grantState !== "ok",
        "the provider no longer accepts the grant",
        "Connect the account again.",
      ),
  },
  {
    rule: "a remote calendar is chosen",
    stops: ({ hasCalendar }) =>
      stop(!hasCalendar, "no remote calendar has been chosen", "Choose one for the connection."),
  },
  {
    rule: "the connection is not paused",
    stops: ({ enabled, pausedReason }) =>
      stop(!enabled, `the connection is paused: ${pausedReason ?? "by a person"}`, "Resume it."),
  },
  {
    rule: "no preview waits",
    stops: ({ preview }) =>
      stop(preview, "the preview of a sync waits for a person", "Apply or discard the preview."),
  },
  {
    rule: "its series has arrived",
    stops: ({ link, linkReason }) =>
      stop(
        link === "waiting",
        linkReason ?? "its series has not arrived",
        "Wait for the series, or share it with the account.",
      ),
  },
  {
    rule: "it can be understood",
    stops: ({ link, linkReason }) =>
      stop(
        link === "set-aside",
        `set aside: ${linkReason ?? "unreadable"}`,
        "Mend the item at the provider; it is taken up again when it changes.",
      ),
  },
  {
    rule: "the provider can hold it",
    stops: ({ link, linkReason }) =>
      stop(
        link === "kept-out",
        `kept out: ${linkReason ?? "the provider cannot hold it"}`,
        "Nothing: it goes there as soon as our side is something that the provider can hold.",
      ),
  },
  {
    rule: "no conflict waits",
    stops: ({ conflicts }) =>
      stop(
        conflicts.length > 0,
        `both sides changed: ${conflicts.join(", ")}`,
        "Choose in the conflict inbox; the other fields go on.",
      ),
  },
  {
    rule: "its deletion is not held",
    stops: ({ local, deletionSeen, heldLocal, heldRemote, write }) =>
      stop(
        (deletionSeen && heldLocal) || (local === null && write === "pending" && heldRemote),
        "more deletions than usual: they wait for a person",
        "Approve or reject the held plan.",
      ),
  },
  {
    rule: "the provider may be called",
    stops: ({ waitUntil, lastError, write }) =>
      stop(
        waitUntil !== null && write === "pending",
        `the provider is left alone until ${waitUntil}${lastError ? ` (${lastError})` : ""}`,
        "Nothing: it goes on by itself then.",
      ),
  },
  {
    rule: "it was not refused",
    stops: ({ write, writeError }) =>
      stop(
        write === "failed",
        `refused: ${writeError ?? "without a reason"}`,
        "Change the event, or retry the failed rows of the queue.",
      ),
  },
  {
    rule: "nothing is on its way",
    stops: ({ write, writeError, nextAttemptAt }) =>
      stop(
        write === "pending",
        `queued${writeError ? `: ${writeError}` : ""}; next try ${nextAttemptAt ?? "at once"}`,
        "Nothing: it is sent by itself. Sync now, if it cannot wait.",
      ),
  },
  {
    rule: "the provider's deletion has been taken over",
    stops: ({ deletionSeen }) =>
      stop(deletionSeen, "deleted at the provider, and not settled here yet", "Sync now."),
  },
  { rule: "both sides are the same", stops: differs },
];

function differs(facts: Facts): { reason: string; whatToDo: string } | null {
  const { local, remote, link, direction } = facts;
  if (local === null && remote === null) return null;
  if (local === null)
    return stop(
      link !== null && link !== "tombstone",
      "deleted here, and not there",
      direction === "in" ? inOnly : "Sync now.",
    );
  if (link === null)
    return stop(
      true,
      "the connection has not met it yet",
      direction === "in" ? inOnly : "Sync now.",
    );
  if (remote === null)
    return stop(
      true,
      "it is not at the provider: it was deleted there, or a sync was taken back",
      direction === "in" ? inOnly : "Edit it here, and it is made there anew.",
    );
  const fields = differing(facts, local, remote);
  if (fields.length === 0) return null;
  const names = fields.join(", ");
  return agreedToDiffer(facts, local, remote, fields)
    ? {
        reason: `differs, and was agreed to: ${names}`,
        whatToDo: "Edit the field on either side, and it is in step again.",
      }
    : {
        reason: `differs: ${names}`,
        whatToDo:
          direction === "both"
            ? "Sync now."
            : `${one(direction)} Change the direction, or edit the other side.`,
      };
}

const inOnly = "The connection only brings in: change its direction to send it.";
const one = (direction: Direction): string =>
  direction === "in" ? "The connection only brings in." : "The connection only sends.";
function differing(
  { fields, normalise }: Facts,
  local: EventFields,
  remote: EventFields,
): EventField[] {
  const made = normalise(local);
  return fields.filter(
    (field) => !sameValue(local[field], remote[field]) && !sameValue(made[field], remote[field]),
  );
}

/** Neither side has moved since they were noted as they are. */
function agreedToDiffer(
  { base }: Facts,
  local: EventFields,
  remote: EventFields,
  fields: readonly EventField[],
): boolean {
  if (!base) return false;
  return fields.every(
    (field) =>
      sameValue(base.local[field], local[field]) && sameValue(base.remote[field], remote[field]),
  );
}

/** The rules that an event passed, and where it stopped. */
export function standing(facts: Facts): Standing {
  const checks: Check[] = [];
  for (const { rule, stops } of isSettled(facts) ? rules.slice(-1) : rules) {
    const stopped = stops(facts);
    checks.push({ rule, passed: stopped === null });
    if (stopped) return { inStep: false, checks, stoppedAt: rule, ...stopped };
  }
  return { inStep: true, checks, stoppedAt: null, reason: null, whatToDo: null };
}

/** Nothing is to be done: then it is in step, even where the connection could do nothing now. */
function isSettled({ link, conflicts, write, deletionSeen, local, remote }: Facts): boolean {
  if (conflicts.length > 0 || write === "pending" || write === "failed" || deletionSeen)
    return false;
  return link === "tombstone" || (link === "live" && local !== null && remote !== null);
}
