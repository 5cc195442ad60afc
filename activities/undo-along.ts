import { addChanges } from "../db/changes.ts";
import type { Tx } from "../db/client.ts";
import { lockEvents } from "../db/events.ts";
import { type Link, lockLinksOfSeries, saveLinks } from "../db/links.ts";
import { noteRevisions, settleAlong } from "../db/undo-lines.ts";
import { tombstone } from "./deletions.ts";
import type { Undoing } from "./undo-here.ts";
import { trailThere } from "./undo-link.ts";
import type { UndoWork } from "./undo-prepare.ts";

/** A series that stays keeps its exceptions. */
export async function stayAlong(tx: Tx, undoing: Undoing, link: Link): Promise<void> {
  if (!link.remoteId) return;
  const along = await lockLinksOfSeries(tx, undoing.connectionId, link.remoteId);
  const ids = along.map(({ id }) => id);
  await settleAlong(tx, undoing.planId, ids, { state: "left", reason: "its series stays" });
}

/** A series goes with its exceptions, by one call. */
export async function goAlong(tx: Tx, undoing: Undoing, work: UndoWork, link: Link): Promise<void> {
  if (!link.remoteId) return;
  const along = await lockLinksOfSeries(tx, undoing.connectionId, link.remoteId);
  await saveLinks(
    tx,
    undoing,
    along.map((one) => ({ ...tombstone(one), remoteUpdatedAt: link.remoteUpdatedAt })),
  );
  const ids = along.map(({ id }) => id);
  const gone = await settleAlong(tx, undoing.planId, ids, { state: "done" });
  const events = await lockEvents(tx, gone);
  await addChanges(
    tx,
    undoing,
    [...events.values()].map((event) => trailThere(undoing.undoes, { ...work, event }, link)),
  );
}

/** What went with a series has come back with it, as far as anybody knows: it is nobody's edit. */
export async function comeAlong(tx: Tx, undoing: Undoing, link: Link): Promise<void> {
  if (!link.remoteId) return;
  const along = (await lockLinksOfSeries(tx, undoing.connectionId, link.remoteId)).filter(
    ({ state, remote, base }) => state === "tombstone" && !remote && base,
  );
  const events = await lockEvents(
    tx,
    along.flatMap(({ eventId }) => eventId ?? []),
  );
  await saveLinks(
    tx,
    undoing,
    along.map((one) => {
      const isHere = events.get(one.eventId ?? "")?.deleted === false;
      const { remoteUpdatedAt } = link;
      const remote = one.base?.remote ?? null;
      return {
        ...one,
        state: isHere ? "live" : "tombstone",
        remote,
        remoteVersion: null,
        remoteUpdatedAt,
      };
    }),
  );
  const ids = along.map(({ id }) => id);
  await noteRevisions(tx, undoing.planId, ids);
}
