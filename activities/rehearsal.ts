import { Context } from "@temporalio/activity";
import type { Tx } from "../db/client.ts";
import { readCursor } from "../db/cursors.ts";
import { lockEvents } from "../db/events.ts";
import { heldSides, listHeld } from "../db/held.ts";
import { withdrawIntents } from "../db/intents.ts";
import type { PlannedItem } from "../db/plan-items.ts";
import { readPage } from "../db/plan-pages.ts";
import { readSessionTrail } from "../db/session-trail.ts";
import { within } from "../db/within.ts";
import type { EventFields } from "../sync/event.ts";
import { applyDeletions } from "./deletions.ts";
import type { ActivityDeps } from "./deps.ts";
import { isUnmade, pretend } from "./pretend.ts";
import { plannedItems } from "./planned.ts";
import { storePage } from "./pull.ts";
import { planBatch } from "./push-plan.ts";
import { send } from "./push-send.ts";
import type { Staged } from "./stage.ts";
import type { Attempt } from "./step.ts";

/** A plan at work in one transaction. */
export interface Rehearsal {
  deps: ActivityDeps;
  tx: Tx;
  attempt: Attempt;
  planId: string;
  streams: readonly string[];
}

/** What is written for a session, in the caller's transaction; nobody dies in it. */
const inside = ({ deps, tx, attempt }: Rehearsal): ActivityDeps => ({
  ...deps,
  db: within(tx, attempt.companyId),
  crash: () => undefined,
});

/** Takes over the staged pages, with the cursors that cover them, exactly as a pull does. */
export async function takeStaged(rehearsal: Rehearsal): Promise<void> {
  const { tx, attempt, planId } = rehearsal;
  const deps = inside(rehearsal);
  for (const stream of rehearsal.streams) {
    let stored = await readCursor(tx, attempt.connectionId, stream);
    for (let seq = 0, isLast = false; !isLast; seq++) {
      const staged = await readPage<Staged>(tx, { planId, stream }, seq);
      if (!staged) throw new Error("the listing that was kept for the plan is not complete");
      const { page, ...kept } = staged.page;
      const input = { ...attempt, stream, quick: false };
      stored = await storePage(deps, attempt, input, stored, page, {
        ...kept,
        startedAt: staged.startedAt,
      });
      isLast = page.last;
      if (isLast)
        await applyDeletions(
          deps,
          attempt,
          page.extent === "snapshot" && stored.snapshotItems === 0,
        );
    }
  }
}

/** Sends everything that is due, to a provider that is not there. What it does must be taken back. */
export async function pretendPush(rehearsal: Rehearsal): Promise<void> {
  const { tx, attempt } = rehearsal;
  const { remote } = attempt.opened;
  if (!remote.write) return;
  const deps = inside(rehearsal);
  const write = pretend(tx, attempt.connectionId, remote.write);
  const pretending = { ...attempt, opened: { ...attempt.opened, remote: { ...remote, write } } };
  // What became of a lost call only a look can tell: it counts as not made.
  await withdrawIntents(tx, attempt.connectionId);
  const { cancellationSignal } = Context.current();
  for (;;) {
    const { claimed, sends } = await planBatch(deps, attempt);
    if (claimed === 0) return;
    for (const work of sends) await send(deps, pretending, work, cancellationSignal);
  }
}

/** What has been done in this transaction so far, as lines of a plan; and what the brake holds. */
export async function linesSoFar({ tx, attempt }: Rehearsal): Promise<PlannedItem[]> {
  const trail = await readSessionTrail(tx, attempt.sessionId);
  const created = trail.flatMap(({ side, action, eventId }) =>
    side === "local" && action === "created" ? [eventId] : [],
  );
  const lines = plannedItems(trail, await fieldsOf(tx, created));
  const named = lines.map((line) =>
    line.remoteId !== null && isUnmade(line.remoteId) ? { ...line, remoteId: null } : line,
  );
  return [...named, ...(await heldLines(tx, attempt.connectionId))];
}

const eventsAtOnce = 500;

async function fieldsOf(tx: Tx, ids: readonly string[]): Promise<Map<string, EventFields>> {
  const fields = new Map<string, EventFields>();
  for (let at = 0; at < ids.length; at += eventsAtOnce) {
    const events = await lockEvents(tx, ids.slice(at, at + eventsAtOnce));
    for (const { id, item } of events.values()) fields.set(id, item.fields);
  }
  return fields;
}

async function heldLines(tx: Tx, connectionId: string): Promise<PlannedItem[]> {
  const lines: PlannedItem[] = [];
  for (const side of await heldSides(tx, connectionId)) {
    const held = await listHeld(tx, connectionId, side, { after: undefined, limit: null });
    for (const { title: _, ...item } of held) {
      lines.push({
        ...item,
        side,
        action: "deleted",
        fields: {},
        rule: `delete ${side}`,
        held: true,
      });
    }
  }
  return lines;
}
