import { Context } from "@temporalio/activity";
import { requireCurrent } from "../../db/attempts.ts";
import type { Tx } from "../../db/client.ts";
import { addLog, noteProgress } from "../../db/progress.ts";
import {
  addRecordChanges,
  noteCreations,
  noteDetected,
  readSteps,
  type RecordChange,
  type Step,
  touchedItems,
} from "../../db/record-changes.ts";
import { versionSecret } from "../../db/records.ts";
import { type KeyRing, unseal } from "../../db/secrets.ts";
import { changedFields, type Content } from "../../sync/record.ts";
import type { ActivityDeps } from "../deps.ts";
import type { StepResult } from "../failures.ts";
import { runStepOn, type StepInput } from "../step.ts";
import { deleteWhatIsGone } from "./gone.ts";
import { openRecords, type RecordsAttempt } from "./open.ts";
import { tellTimelines } from "./timeline.ts";

/** Versions that are compared in one transaction. */
const atOnce = 2_000;

/**
 * The last step of a session: deletes what is known to be gone, compares every new version with the one
 * before it, and brings timelines up to date. What it has compared it does not compare again.
 */
export function detectChanges(deps: ActivityDeps, input: StepInput): Promise<StepResult> {
  return runStepOn(deps, input, openRecords, async (attempt) => {
    const end = deps.now() + deps.config.ACTIVITY_BUDGET_MS;
    if (!(await deleteWhatIsGone(deps, attempt, Context.current().cancellationSignal, end)))
      return { outcome: "more" };
    for (let done = 0; ;) {
      const compared = await deps.db.withCompany(input.companyId, (tx) =>
        compareBatch(deps, tx, attempt, done),
      );
      if (compared === 0) break;
      done += compared;
      deps.crash("changes detected");
      if (deps.now() > end) return { outcome: "more" };
    }
    return { outcome: "done" };
  });
}

async function compareBatch(
  deps: ActivityDeps,
  tx: Tx,
  attempt: RecordsAttempt,
  done: number,
): Promise<number> {
  const { connectionId, epoch, opened } = attempt;
  await requireCurrent(tx, connectionId, epoch);
  const batch = await noteCreations(tx, attempt, atOnce);
  if (batch.count === 0) return 0;
  const steps = batch.rest > 0 ? await readSteps(tx, connectionId, batch) : [];
  await addRecordChanges(
    tx,
    attempt,
    steps.flatMap((step) => changeOf(deps.keys, attempt.companyId, step)),
  );
  const { timeline } = opened.connector;
  if (timeline) {
    const items = await touchedItems(tx, connectionId, { stream: timeline.of, ...batch });
    await tellTimelines(deps.keys, tx, attempt, items);
  }
  await noteDetected(tx, connectionId, batch.upTo);
  const total = null;
  await noteProgress(tx, attempt.sessionId, {
    step: "change detection",
    stream: null,
    done: done + batch.count,
    total,
  });
  await addLog(tx, attempt, "info", "change detection", {
    created: batch.count - batch.rest,
    compared: batch.rest,
  });
  return batch.count;
}

/** What a version changed. One that brings a deleted item back is told as a restoration. */
function changeOf(keys: KeyRing, companyId: string, step: Step): RecordChange[] {
  const { before, after, sealedBefore, sealedAfter, seq: _, ...of } = step;
  if (after === null) return [{ ...of, action: "deleted", fields: {} }];
  if (before === null) return [{ ...of, action: "restored", fields: {} }];
  const open = (version: number, sealed: string | null): Content =>
    sealed === null
      ? {}
      : (JSON.parse(
          unseal(keys, versionSecret({ companyId, id: step.recordId, version }), sealed),
        ) as Content);
  const secret = changedFields(
    open(step.version - 1, sealedBefore),
    open(step.version, sealedAfter),
  );
  // Of a sensitive field only that it changed: what it was stands in the versions, sealed.
  const sealed = Object.fromEntries(Object.keys(secret).map((name) => [name, { sensitive: true }]));
  const fields = { ...changedFields(before, after), ...sealed };
  return Object.keys(fields).length > 0 ? [{ ...of, action: "updated", fields }] : [];
}
