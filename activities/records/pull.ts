import { Context } from "@temporalio/activity";
import type { Cursor } from "../../connectors/connector.ts";
import { CursorExpired, InvalidResponse, Unavailable } from "../../connectors/errors.ts";
import type { RecordPage } from "../../connectors/records.ts";
import { requireCurrent, StaleAttempt } from "../../db/attempts.ts";
import type { Tx } from "../../db/client.ts";
import { databaseNow } from "../../db/clock.ts";
import { notePassed, readCursor, saveCursor, type StoredCursor } from "../../db/cursors.ts";
import { addCounts, addLog, noteProgress } from "../../db/progress.ts";
import {
  countLiving,
  countSightings,
  forgetSightings,
  noteAbsences,
  noteSightings,
} from "../../db/record-sightings.ts";
import { markWork } from "../../db/record-work.ts";
import { knownRecords } from "../../db/records.ts";
import type { ActivityDeps } from "../deps.ts";
import { pauseAskedFor, type StepResult } from "../failures.ts";
import { runStepOn, type StepInput } from "../step.ts";
import { gather } from "./gather.ts";
import { openRecords, type RecordsAttempt } from "./open.ts";
import { newest, storeReadings } from "./store.ts";

export interface PullRecordsInput extends StepInput {
  stream: string;
  /** For a local activity: at most what a few seconds hold; the rest is left to the full form. */
  quick: boolean;
}

/** So many items are stored in one transaction at most, and as many may wait meanwhile. */
const mostItems = 2_000;

/** The first step of a session: reads one stream, and stores each part together with the cursor that covers it. */
export function pullRecords(deps: ActivityDeps, input: PullRecordsInput): Promise<StepResult> {
  return runStepOn(deps, input, openRecords, async (attempt) => {
    const stored = await deps.db.withCompany(input.companyId, (tx) =>
      readCursor(tx, input.connectionId, input.stream),
    );
    // Its end was stored, and only the word of it was lost.
    if (stored.passedBy === input.sessionId) return { outcome: "done" };
    if (input.quick && (stored.cursor === null || "pageToken" in stored.cursor))
      return { outcome: "more" };
    try {
      return await pullFrom(deps, attempt, input, stored);
    } catch (error) {
      if (error instanceof CursorExpired) return beginAnew(deps, attempt, input, stored);
      if (input.quick && error instanceof Unavailable && pauseAskedFor(error) === null)
        return { outcome: "more" };
      throw error;
    }
  });
}

async function pullFrom(
  deps: ActivityDeps,
  attempt: RecordsAttempt,
  input: PullRecordsInput,
  from: StoredCursor,
): Promise<StepResult> {
  const budget = input.quick
    ? deps.config.LOCAL_ACTIVITY_BUDGET_MS
    : deps.config.ACTIVITY_BUDGET_MS;
  const end = deps.now() + budget;
  const leaving = new AbortController();
  const signal = AbortSignal.any([
    Context.current().cancellationSignal,
    leaving.signal,
    ...(input.quick ? [AbortSignal.timeout(budget)] : []),
  ]);
  const startedAt = await deps.db.withCompany(input.companyId, databaseNow);
  const pages = attempt.opened.remote.pull(input.stream, from.cursor, signal);
  const wanted = () => deps.now() < end;
  let stored = from;
  try {
    for await (const part of gather(pages, { most: mostItems, wanted })) {
      deps.crash("page fetched");
      stored = await storePart(deps, attempt, input, { stored, part, startedAt });
      deps.crash("page stored");
      if (part.at(-1)?.last) {
        deps.crash("pull finished");
        return { outcome: "done" };
      }
    }
  } finally {
    leaving.abort();
  }
  if (!wanted()) return { outcome: "more" };
  throw new InvalidResponse("the listing ended without a last page");
}

interface Part {
  stored: StoredCursor;
  part: readonly RecordPage[];
  startedAt: Date;
}

async function storePart(
  deps: ActivityDeps,
  { epoch, opened }: RecordsAttempt,
  input: PullRecordsInput,
  { stored, part, startedAt }: Part,
): Promise<StoredCursor> {
  const next = advance(stored, part, startedAt);
  const readings = newest(part.flatMap(({ changes }) => changes));
  const storing = { ...input, keys: deps.keys, identify: opened.identify };
  await deps.db.withCompany(input.companyId, async (tx) => {
    await requireCurrent(tx, input.connectionId, epoch);
    const ids = readings.map(({ remoteId }) => remoteId);
    const known = await knownRecords(tx, input, ids);
    const { counts, moved } = await storeReadings(tx, storing, readings, known);
    if (isReadOneByOne(opened, input.stream)) await markWork(tx, input, moved);
    if (next.snapshotId) {
      const shown = readings.filter(({ state }) => state !== "deleted");
      const listing = { ...input, snapshotId: next.snapshotId };
      // Whatever an abandoned listing has shown says nothing of this one.
      if (next.snapshotId !== stored.snapshotId) await forgetSightings(tx, input);
      await noteSightings(
        tx,
        listing,
        shown.map(({ remoteId }) => remoteId),
      );
    }
    const last = part.at(-1);
    const done = last?.last ? await endPass(tx, input, next, last) : next;
    if (!(await saveCursor(tx, input, done))) throw new StaleAttempt();
    if (last?.last) {
      const isListed = next.snapshotId !== null && done.cursor !== null;
      await notePassed(tx, { ...input, isListed });
    }
    await addCounts(tx, input.sessionId, { local: counts });
    await noteProgress(tx, input.sessionId, {
      step: "snapshot",
      stream: input.stream,
      done: next.snapshotItems,
      total: last?.total ?? null,
    });
    if (readings.length > 0)
      await addLog(tx, input, "info", `snapshot: ${input.stream}`, {
        items: readings.length,
        ...counts,
      });
  });
  return { ...next, revision: next.revision + 1 };
}

/** Whether what belongs to an item of this stream is listed nowhere, and has to be read for each by itself. */
export function isReadOneByOne({ connector }: RecordsAttempt["opened"], stream: string): boolean {
  return Object.entries(connector.shapes).some(
    ([name, { of }]) => of === stream && !connector.streams.includes(name),
  );
}

/**
 * What a listing that has come to its end lacks is absent, once more. One that has shown less than there
 * is, or nothing where there was something, speaks for nothing: the next session lists everything again.
 */
async function endPass(
  tx: Tx,
  input: PullRecordsInput,
  next: StoredCursor,
  { total }: RecordPage,
): Promise<StoredCursor> {
  const { snapshotId, snapshotStartedAt } = next;
  if (snapshotId === null) return next;
  const listing = { ...input, snapshotId };
  const shown = await countSightings(tx, listing);
  const living = shown === 0 ? await countLiving(tx, input) : 0;
  const isWhole = shown >= (total ?? 0) && living === 0;
  if (isWhole && snapshotStartedAt) {
    const absent = await noteAbsences(tx, { ...listing, startedAt: snapshotStartedAt });
    if (absent > 0) await addLog(tx, input, "info", `not listed: ${input.stream}`, { absent });
  } else if (!isWhole) {
    const why =
      living > 0 ? "the list is empty where there was something" : "the list is not whole";
    await addLog(
      tx,
      input,
      "warn",
      `${why}: nothing is deleted, and it is read again (${input.stream})`,
      {
        shown,
        total: total ?? living,
      },
    );
  }
  await forgetSightings(tx, input);
  const over = { ...next, snapshotId: null, snapshotStartedAt: null, snapshotItems: 0 };
  return isWhole ? over : { ...over, cursor: null };
}

function advance(stored: StoredCursor, part: readonly RecordPage[], startedAt: Date): StoredCursor {
  const last = part.at(-1);
  const snapshotId = last?.snapshotId ?? null;
  const continues = snapshotId !== null && snapshotId === stored.snapshotId;
  const items = part.reduce((sum, { changes }) => sum + changes.length, 0);
  const cursor: Cursor | null = last?.cursor ?? stored.cursor;
  return {
    ...stored,
    cursor,
    snapshotId,
    snapshotStartedAt: continues ? stored.snapshotStartedAt : snapshotId ? startedAt : null,
    snapshotItems: (continues ? stored.snapshotItems : 0) + items,
  };
}

/** The provider knows the cursor no more. Nothing is wiped: what is lacking is counted when all was listed. */
async function beginAnew(
  deps: ActivityDeps,
  { epoch }: RecordsAttempt,
  input: PullRecordsInput,
  stored: StoredCursor,
): Promise<StepResult> {
  await deps.db.withCompany(input.companyId, async (tx) => {
    await requireCurrent(tx, input.connectionId, epoch);
    const none = { cursor: null, snapshotId: null, snapshotStartedAt: null, snapshotItems: 0 };
    if (!(await saveCursor(tx, input, { ...stored, ...none }))) throw new StaleAttempt();
    await addLog(tx, input, "info", "the provider forgot our cursor: reading everything again");
  });
  return { outcome: "more" };
}
