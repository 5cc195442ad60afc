import { Context } from "@temporalio/activity";
import type { Write } from "../connectors/connector.ts";
import { InvalidResponse, RateLimited, Unavailable } from "../connectors/errors.ts";
import { readUndoLines } from "../db/undo-lines.ts";
import type { EventItem } from "../sync/event.ts";
import type { ActivityDeps } from "./deps.ts";
import { pauseAskedFor, type StepResult } from "./failures.ts";
import type { Undoing } from "./undo-here.ts";
import { prepareItem } from "./undo-prepare.ts";
import { sendItem } from "./undo-send.ts";
import { leaveAll, withdrawItem } from "./undo-store.ts";

/** Failures in a row after which it is the provider that is down, not an item that is poisoned. */
const streakOfFailures = 3;

/**
 * Takes back what the session wrote at the provider, item by item, an intent before each call. One
 * whose outcome is unknown is looked at before anything else is sent.
 */
export async function undoThere(
  deps: ActivityDeps,
  undoing: Undoing,
  end: number,
): Promise<StepResult> {
  const planned = await deps.db.withCompany(undoing.companyId, (tx) =>
    readUndoLines(tx, undoing.planId),
  );
  const { write } = undoing.opened.remote;
  if (!write) {
    await leaveAll(deps, undoing, planned, "the provider cannot be written");
    return { outcome: "done" };
  }
  let trouble: unknown = null;
  let streak = 0;
  for (const { seq } of planned) {
    const failed = await undoOne(deps, undoing, write, seq);
    trouble = failed ?? trouble;
    streak = failed ? streak + 1 : 0;
    if (streak >= streakOfFailures) break;
    if (deps.now() > end) return { outcome: "more" };
  }
  if (trouble instanceof Error) throw trouble;
  return { outcome: "done" };
}

/**
 * Answers what was in the way where it may be in the way of this item alone.
 * @throws what is the session's matter, and not the item's
 */
async function undoOne(
  deps: ActivityDeps,
  undoing: Undoing,
  write: Write<EventItem>,
  seq: number,
): Promise<Unavailable | InvalidResponse | null> {
  const work = await prepareItem(deps, undoing, write, seq);
  if (!work) return null;
  try {
    await sendItem(deps, undoing, write, work, Context.current().cancellationSignal);
    return null;
  } catch (error) {
    // A limit is met before anything is done.
    if (error instanceof RateLimited) await withdrawItem(deps, undoing, work);
    const isItems = error instanceof Unavailable || error instanceof InvalidResponse;
    if (!isItems || pauseAskedFor(error) !== null) throw error;
    return error;
  }
}
