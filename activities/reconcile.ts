import { setImmediate as nextTurn } from "node:timers/promises";
import type { Page, RemoteChange } from "../connectors/connector.ts";
import type { Tx } from "../db/client.ts";
import { postgresCode } from "../db/refused.ts";
import { knownVersions, noteSeen } from "../db/links.ts";
import { type Counts, noCounts } from "../db/progress.ts";
import type { EventItem } from "../sync/event.ts";
import { store } from "./reconcile-batch.ts";
import { decidePage } from "./reconcile-page.ts";
import { load, type PageWork, type Reconciling } from "./reconcile-load.ts";

const uniqueViolation = "23505";

type ItemPage = Pick<Page<EventItem>, "changes" | "snapshotId">;

/**
 * Takes one page over in the caller's transaction, in sets: what has not moved is only noted as seen,
 * the rest is loaded and locked, decided item by item, and stored in a few statements. What cannot be
 * stored is found by halving and set aside; the rest of the page goes on.
 */
export async function reconcilePage(tx: Tx, by: Reconciling, page: ItemPage): Promise<Counts> {
  const counts = noCounts();
  const { connectionId, rules, source } = by.opened;
  const known = await knownVersions(
    tx,
    connectionId,
    page.changes.map((change) => change.remoteId),
    rules.policy === "owner" ? source : null,
  );
  const moved = await skipUnmoved(tx, known, page, counts);
  await reconcileOrHalve(tx, { ...by, known, snapshotId: page.snapshotId ?? null }, moved, counts);
  return counts;
}

async function skipUnmoved(
  tx: Tx,
  known: Awaited<ReturnType<typeof knownVersions>>,
  page: ItemPage,
  counts: Counts,
): Promise<RemoteChange<EventItem>[]> {
  const seen: string[] = [];
  const moved = page.changes.filter((change) => {
    const link = known.get(change.remoteId);
    const same =
      link?.settled &&
      change.state === "living" &&
      change.version !== null &&
      change.version === link.version;
    if (same) seen.push(link.id);
    return !same;
  });
  counts.unchanged += seen.length;
  if (page.snapshotId) await noteSeen(tx, seen, page.snapshotId);
  return moved;
}

async function reconcileOrHalve(
  tx: Tx,
  by: PageWork,
  changes: readonly RemoteChange<EventItem>[],
  counts: Counts,
  isSecondTry = false,
): Promise<void> {
  if (changes.length === 0) return;
  try {
    const added = await tx.transaction((nested) =>
      reconcileChanges(nested as unknown as Tx, by, changes),
    );
    add(counts, added);
  } catch (error) {
    if (!isPoison(error)) throw error;
    const half = Math.ceil(changes.length / 2);
    if (changes.length > 1) {
      await reconcileOrHalve(tx, by, changes.slice(0, half), counts);
      await reconcileOrHalve(tx, by, changes.slice(half), counts);
      return;
    }
    const [change] = changes;
    if (change?.state !== "living") throw error;
    const code = postgresCode(error);
    // Somebody else was quicker to store the same: now that it is there, it is seen.
    if (code === uniqueViolation && !isSecondTry)
      return reconcileOrHalve(tx, by, changes, counts, true);
    const reason = code
      ? `the database refuses it (${code})`
      : "it holds, or meets, a value that cannot be understood";
    const { remoteId, version, updatedAt } = change;
    await reconcileOrHalve(
      tx,
      by,
      [{ state: "set-aside", remoteId, version, updatedAt, reason }],
      counts,
    );
  }
}

/**
 * Data that the database refuses (classes 22 and 23), or that no calendar knows (a date in the year
 * `infinity`, which SQL can write): the item's fault, and none of its neighbours'.
 */
export function isPoison(error: unknown): boolean {
  return error instanceof RangeError || /^2[23]/.test(postgresCode(error) ?? "");
}

/** Decides the next part while Postgres stores the last: a page takes as long as the slower of the two. */
async function reconcileChanges(
  tx: Tx,
  by: PageWork,
  changes: readonly RemoteChange<EventItem>[],
): Promise<Counts> {
  const counts = noCounts();
  let storing = Promise.resolve();
  try {
    for (const batch of decidePage(by, await load(tx, by, changes), changes)) {
      await storing;
      storing = store(tx, by, batch);
      // It is thrown where it is waited for; until then nobody may be listening.
      storing.catch(() => undefined);
      add(counts, batch.counts);
      // The statement leaves before the next part is decided.
      await nextTurn();
    }
  } finally {
    // Nothing may still be stored when the caller takes the page back.
    await storing;
  }
  return counts;
}

function add(to: Counts, counts: Counts): void {
  for (const name of Object.keys(to) as (keyof Counts)[]) to[name] += counts[name];
}
