import { requireCurrent } from "../../db/attempts.ts";
import type { Tx } from "../../db/client.ts";
import { approvedUntil, holdDeletions, releasePlan } from "../../db/plans.ts";
import { addCounts, addLog, noCounts } from "../../db/progress.ts";
import { absentRecords, countGone, deleteGone, holdGone, keepGone } from "../../db/record-gone.ts";
import { knownRecords, markGone, noteAlive } from "../../db/records.ts";
import { brake } from "../../sync/plan.ts";
import type { ActivityDeps } from "../deps.ts";
import type { RecordsAttempt } from "./open.ts";
import { storeReadings } from "./store.ts";

const askedAtOnce = 20;
const deletedAtOnce = 1_000;

/**
 * Deletes what the provider has deleted: what it has named, and what enough complete listings have
 * lacked and it denies when asked by name. More than the brake allows waits for a person, stream by
 * stream, while the rest goes on. Answers false when the time is up before all is done.
 */
export async function deleteWhatIsGone(
  deps: ActivityDeps,
  attempt: RecordsAttempt,
  signal: AbortSignal,
  end: number,
): Promise<boolean> {
  const { companyId, connectionId, opened } = attempt;
  const approved = await deps.db.withCompany(companyId, async (tx) => {
    await requireCurrent(tx, connectionId, attempt.epoch);
    await keepGone(tx, connectionId);
    return approvedUntil(tx, connectionId, "local");
  });
  const held: Held[] = [];
  for (const stream of Object.keys(opened.connector.shapes)) {
    const count = await deps.db.withCompany(companyId, (tx) =>
      holdIfMany(tx, attempt, { stream, approved }),
    );
    if (count > 0) held.push({ stream, count });
    else if (!(await confirmAbsent(deps, attempt, stream, { signal, end }))) return false;
    const until = count > 0 ? approved : "all";
    if (!(await applyGone(deps, attempt, { stream, until, approved, end }))) return false;
  }
  await deps.db.withCompany(companyId, (tx) => tellHeld(tx, attempt, held));
  deps.crash("deletions applied");
  return true;
}

interface Held {
  stream: string;
  count: number;
}

/** How many deletions of a stream are over the limit; 0 where they may be made. */
async function holdIfMany(
  tx: Tx,
  { connectionId, opened, epoch }: RecordsAttempt,
  { stream, approved }: { stream: string; approved: Date | null },
): Promise<number> {
  await requireCurrent(tx, connectionId, epoch);
  const absences = opened.connector.shapes[stream]?.absences ?? 1;
  const of = { connectionId, stream };
  const { gone, living, recent } = await countGone(tx, of, { absences, approved });
  const verdict = brake({
    deletions: gone,
    recent,
    links: living,
    limit: opened.brake,
    emptySnapshot: false,
  });
  if (verdict === "go") return 0;
  await holdGone(tx, of, absences);
  return gone;
}

async function tellHeld(tx: Tx, attempt: RecordsAttempt, held: readonly Held[]): Promise<void> {
  if (held.length === 0) return releasePlan(tx, attempt.connectionId, "local");
  const items = held.reduce((sum, { count }) => sum + count, 0);
  const named = held.map(({ stream, count }) => `${count} ${stream}`).join(", ");
  const reason = `The provider has deleted ${named} within 24 hours, more than usual.`;
  await holdDeletions(tx, attempt, { side: "local", items, reason });
  await addLog(tx, attempt, "warn", "deletions are held until a person decides", {
    deletions: items,
  });
}

/** Asks for what the listings lack, item by item: paging may have skipped it, or it may only be hidden. */
async function confirmAbsent(
  deps: ActivityDeps,
  attempt: RecordsAttempt,
  stream: string,
  { signal, end }: { signal: AbortSignal; end: number },
): Promise<boolean> {
  const { companyId, connectionId, opened } = attempt;
  // What is read item by item was asked for by name when it was found lacking.
  if (!opened.connector.streams.includes(stream)) return true;
  const absences = opened.connector.shapes[stream]?.absences ?? 1;
  for (;;) {
    const absent = await deps.db.withCompany(companyId, (tx) =>
      absentRecords(tx, { connectionId, stream }, { absences, limit: askedAtOnce }),
    );
    if (absent.length === 0) return true;
    for (const remoteId of absent) {
      await confirm(deps, attempt, { stream, remoteId, signal });
      if (deps.now() > end) return false;
    }
  }
}

async function confirm(
  deps: ActivityDeps,
  attempt: RecordsAttempt,
  { stream, remoteId, signal }: { stream: string; remoteId: string; signal: AbortSignal },
): Promise<void> {
  const { companyId, connectionId, sessionId, opened } = attempt;
  const reading = await opened.remote.read(stream, remoteId, signal);
  deps.crash("page fetched");
  await deps.db.withCompany(companyId, async (tx) => {
    await requireCurrent(tx, connectionId, attempt.epoch);
    const of = { companyId, connectionId, sessionId, stream };
    if (reading.state === "deleted") return markGone(tx, of, [remoteId]);
    const known = await knownRecords(tx, of, [remoteId]);
    const storing = { ...of, keys: deps.keys, identify: opened.identify };
    await noteAlive(
      tx,
      [...known.values()].map(({ id }) => id),
    );
    const { counts } = await storeReadings(tx, storing, [reading], known);
    await addCounts(tx, sessionId, { local: { ...counts, unchanged: 0 } });
  });
}

interface Applying {
  stream: string;
  /** How far what is held may be deleted: what was approved by then. */
  until: Date | "all" | null;
  approved: Date | null;
  end: number;
}

async function applyGone(
  deps: ActivityDeps,
  attempt: RecordsAttempt,
  { stream, until, approved, end }: Applying,
): Promise<boolean> {
  const { companyId, connectionId, sessionId, opened } = attempt;
  // Held, and nothing was ever approved: none is deleted.
  if (until === null) return true;
  const children = Object.entries(opened.connector.shapes).flatMap(([name, { of }]) =>
    of === stream ? [name] : [],
  );
  const batch = {
    until: until === "all" ? null : until,
    approved,
    children,
    limit: deletedAtOnce,
  };
  for (;;) {
    const { items, all } = await deps.db.withCompany(companyId, async (tx) => {
      await requireCurrent(tx, connectionId, attempt.epoch);
      const gone = await deleteGone(tx, { companyId, connectionId, sessionId, stream }, batch);
      if (gone.all === 0) return gone;
      await addCounts(tx, sessionId, { local: { ...noCounts(), deleted: gone.all } });
      await addLog(tx, attempt, "info", `deletions applied: ${stream}`, { deleted: gone.all });
      return gone;
    });
    if (items < deletedAtOnce) return true;
    if (all > 0 && deps.now() > end) return false;
  }
}
