import { Context } from "@temporalio/activity";
import type { Page } from "../connectors/connector.ts";
import { CursorExpired, InvalidResponse, Unavailable } from "../connectors/errors.ts";
import { requireCurrent, StaleAttempt } from "../db/attempts.ts";
import { databaseNow } from "../db/clock.ts";
import { noteAbsentWithin } from "../db/absent.ts";
import type { Tx } from "../db/client.ts";
import { readCursor, saveCursor, type StoredCursor } from "../db/cursors.ts";
import { noteClockOffset } from "../db/health.ts";
import { forgetLooks, noteAbsent, noteSeen, setAsideAbsent } from "../db/links.ts";
import { addCounts, addLog } from "../db/progress.ts";
import type { EventItem } from "../sync/event.ts";
import { applyDeletions } from "./deletions.ts";
import type { ActivityDeps } from "./deps.ts";
import { pauseAskedFor, type StepResult } from "./failures.ts";
import { readAhead } from "./read-ahead.ts";
import { reconcilePage } from "./reconcile.ts";
import { notYetListed } from "./not-yet-listed.ts";
import { type Attempt, runStep, type StepInput } from "./step.ts";

export interface PullInput extends StepInput {
  stream: string;
  /**
   * The quick form, for a local activity: at most one page of a delta within a few seconds. Whatever
   * takes longer answers `more` and is left to the full form.
   */
  quick: boolean;
}

const clockSlackMs = 500;

/** Pulls and reconciles page by page, each stored together with the cursor that covers it. */
export function pull(deps: ActivityDeps, input: PullInput): Promise<StepResult> {
  return runStep(deps, input, async (attempt) => {
    const stored = await deps.db.withCompany(input.companyId, (tx) =>
      readCursor(tx, input.connectionId, input.stream),
    );
    if (input.quick && (stored.cursor === null || "pageToken" in stored.cursor))
      return { outcome: "more" };
    try {
      return await pullFrom(deps, attempt, input, stored);
    } catch (error) {
      if (error instanceof CursorExpired) return forgetCursor(deps, attempt, input, stored);
      // Too slow for the quick form; one that asks for a pause is to have it in either form.
      if (input.quick && error instanceof Unavailable && pauseAskedFor(error) === null)
        return { outcome: "more" };
      throw error;
    }
  });
}

async function pullFrom(
  deps: ActivityDeps,
  attempt: Attempt,
  input: PullInput,
  from: StoredCursor,
): Promise<StepResult> {
  const context = Context.current();
  const budget = input.quick
    ? deps.config.LOCAL_ACTIVITY_BUDGET_MS
    : deps.config.ACTIVITY_BUDGET_MS;
  const end = deps.now() + budget;
  const leaving = new AbortController();
  const signal = AbortSignal.any([
    context.cancellationSignal,
    leaving.signal,
    ...(input.quick ? [AbortSignal.timeout(budget)] : []),
  ]);
  let stored = from;
  const startedAt = await deps.db.withCompany(input.companyId, databaseNow);
  const resumed = from.cursor !== null && "pageToken" in from.cursor;
  const pages = attempt.opened.remote.pull(input.stream, from.cursor, signal);
  try {
    for await (const page of readAhead(pages, () => !input.quick && deps.now() < end)) {
      deps.crash("page fetched");
      const there = await notYetListed(deps, attempt, page, signal);
      stored = await storePage(deps, attempt, input, stored, page, { startedAt, resumed, there });
      deps.crash("page stored");
      if (page.last) {
        await applyDeletions(
          deps,
          attempt,
          page.extent === "snapshot" && stored.snapshotItems === 0,
        );
        deps.crash("pull finished");
        return { outcome: "done" };
      }
      if (input.quick || deps.now() > end) return { outcome: "more" };
    }
  } finally {
    // A page that was asked for ahead, and that nobody will store, need not arrive.
    leaving.abort();
  }
  throw new InvalidResponse("the listing ended without a last page");
}

/** Stores a page with the cursor that covers it. `there` are links that the page need not speak of. */
export async function storePage(
  deps: ActivityDeps,
  attempt: Attempt,
  input: PullInput,
  stored: StoredCursor,
  page: Page<EventItem>,
  { startedAt, resumed, there }: { startedAt: Date; resumed: boolean; there: readonly string[] },
): Promise<StoredCursor> {
  const next = advance(stored, page, startedAt);
  // A delta that an earlier attempt began says nothing of what was looked at since.
  const begun = next.snapshotStartedAt ?? (resumed ? null : startedAt);
  const { opened } = attempt;
  const origin = { connectionId: input.connectionId, source: opened.source };
  await deps.db.withCompany(
    input.companyId,
    async (tx) => {
      await requireCurrent(tx, input.connectionId, attempt.epoch);
      const now = (await databaseNow(tx)).getTime();
      // The page's offset is told by our own clock, and times of ours are told by the database's.
      const offset =
        page.clockOffset === undefined ? opened.clockOffset : page.clockOffset + (deps.now() - now);
      if (Math.abs(offset - opened.clockOffset) > clockSlackMs) {
        opened.clockOffset = offset;
        await noteClockOffset(tx, input.connectionId, offset);
      }
      const local = await reconcilePage(tx, { opened, sessionId: input.sessionId, now }, page);
      if (!(await saveCursor(tx, input, next))) throw new StaleAttempt();
      if (page.last && begun) await forgetLooks(tx, input.connectionId, begun);
      if (page.last && page.extent === "snapshot" && page.snapshotId) {
        await noteSeen(tx, there, page.snapshotId);
        const snapshot = {
          id: page.snapshotId,
          startedAt: next.snapshotStartedAt ?? startedAt,
        };
        const absent = await markAbsent(tx, input.connectionId, snapshot, page);
        if (page.absence === "unknown" && absent > 0)
          await addLog(tx, input, "warn", "no longer listed: set aside, nothing is deleted", {
            absent,
          });
      }
      await addCounts(tx, input.sessionId, { local });
      if (page.changes.length > 0) {
        await addLog(tx, input, "info", `${page.extent}: ${input.stream}`, {
          items: page.changes.length,
          ...local,
        });
      }
    },
    { origin },
  );
  return { ...next, revision: next.revision + 1 };
}

/** Marks what a complete snapshot does not hold, as far as it speaks of it. */
function markAbsent(
  tx: Tx,
  connectionId: string,
  snapshot: { id: string; startedAt: Date },
  { absence, window }: Page<EventItem>,
): Promise<number> {
  if (absence === "unknown") return setAsideAbsent(tx, connectionId, snapshot);
  return window
    ? noteAbsentWithin(tx, connectionId, snapshot, window)
    : noteAbsent(tx, connectionId, snapshot);
}

function advance(stored: StoredCursor, page: Page<EventItem>, startedAt: Date): StoredCursor {
  const snapshotId = page.snapshotId ?? null;
  const continues = snapshotId !== null && snapshotId === stored.snapshotId;
  return {
    cursor: page.cursor,
    snapshotId,
    snapshotStartedAt: continues ? stored.snapshotStartedAt : snapshotId ? startedAt : null,
    snapshotItems: (continues ? stored.snapshotItems : 0) + (snapshotId ? page.changes.length : 0),
    passedBy: stored.passedBy,
    revision: stored.revision,
  };
}

/** Begins a complete listing. Nothing is wiped: what it does not hold is marked when it has ended. */
async function forgetCursor(
  deps: ActivityDeps,
  attempt: Attempt,
  input: PullInput,
  stored: StoredCursor,
): Promise<StepResult> {
  await deps.db.withCompany(input.companyId, async (tx) => {
    await requireCurrent(tx, input.connectionId, attempt.epoch);
    const now = await readCursor(tx, input.connectionId, input.stream);
    if (now.revision < stored.revision) throw new StaleAttempt();
    await saveCursor(tx, input, {
      ...now,
      cursor: null,
      snapshotId: null,
      snapshotStartedAt: null,
      snapshotItems: 0,
    });
    await addLog(tx, input, "info", "the provider forgot our cursor: reading everything again");
  });
  return { outcome: "more" };
}
