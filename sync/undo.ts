/**
 * Undo: a session's writes are taken back on the side on which it made them, and nothing else is. What
 * has changed since stays as it is and is listed with the reason. Pure: from the session's trail and
 * from what there is now.
 */
import { occurrenceOf } from "./recurrence.ts";
import { type Differences, type Effect, effectsOf, type Entry } from "./undo-effect.ts";
import { between, having, takeBack } from "./undo-fields.ts";
import { nameOf, type Scene, type Standing, type Undo, type UndoItem } from "./undo-scene.ts";
import {
  asItsSeriesWillGive,
  isThere,
  isUntouched,
  whyItsPlaceIsGone,
  whyItStays,
} from "./undo-series.ts";

const changedSince = "it has changed since";

/**
 * What undoing a session does. `entries` are its trail in order; `standings` by event id hold every
 * event of the trail that is still there, the masters of exceptions, and the exceptions of masters.
 */
export function planUndo(
  entries: readonly Entry[],
  standings: ReadonlyMap<string, Standing>,
): Undo {
  const effects = effectsOf(entries);
  const scene: Scene = {
    standings,
    effects: new Map(effects.map((effect) => [nameOf(effect.side, effect.eventId), effect])),
    exceptions: exceptionsOf(standings),
    items: new Map(),
    left: new Map(),
  };
  const isException = ({ eventId }: Effect) => standings.get(eventId)?.master !== undefined;
  for (const effect of effects) if (!isException(effect)) planEffect(scene, effect);
  for (const effect of effects) if (isException(effect)) planEffect(scene, effect);
  bringAlong(scene);
  return { items: scene.items, left: scene.left };
}

function exceptionsOf(standings: ReadonlyMap<string, Standing>): Map<string, string[]> {
  const exceptions = new Map<string, string[]>();
  for (const [id, { master }] of standings) {
    if (!master) continue;
    const known = exceptions.get(master);
    if (known) known.push(id);
    else exceptions.set(master, [id]);
  }
  return exceptions;
}

function planEffect(scene: Scene, effect: Effect): void {
  const standing = scene.standings.get(effect.eventId);
  if (!standing) return leave(scene, effect, "updated", "the event is there no more");
  if (effect.after === "living" && effect.before === "living") planFields(scene, effect, standing);
  else if (effect.after === "living") planRemoval(scene, effect, standing);
  else if (effect.before === "living") planReturn(scene, effect, standing);
}

function planFields(scene: Scene, effect: Effect, standing: Standing): void {
  const now = effect.side === "local" ? standing.fields : standing.remote;
  if (!now || !isThere(effect.side, standing))
    return leave(scene, effect, "updated", "it has been deleted since");
  if (effect.side === "remote" && goesWithSeries(scene, effect, standing))
    return add(scene, effect, "deleted", {});
  const { fields: back, left } = takeBack(now, effect.fields);
  const fields = effect.side === "local" ? back : asItsSeriesWillGive(scene, standing, now, back);
  if (Object.keys(fields).length > 0) add(scene, effect, "updated", fields);
  if (Object.keys(left).length > 0)
    scene.left.set(nameOf(effect.side, effect.eventId), {
      ...itemOf(effect, "updated", left),
      reason: changedSince,
    });
}

/** What the session made, or brought back, goes again. */
function planRemoval(scene: Scene, effect: Effect, standing: Standing): void {
  if (!isThere(effect.side, standing))
    return leave(scene, effect, "deleted", "it has been deleted since");
  if (goesWithSeries(scene, effect, standing)) return add(scene, effect, "deleted", {});
  if (effect.side === "local" && effect.before === "absent" && standing.master)
    return planOccurrence(scene, effect, standing, standing.master);
  const reason = whyItStays(scene, effect, standing);
  if (reason) leave(scene, effect, "deleted", reason);
  else add(scene, effect, "deleted", {});
}

/** An exception whose series stays becomes again what its series gives at its place. */
function planOccurrence(scene: Scene, effect: Effect, standing: Standing, master: string): void {
  if (scene.left.get(nameOf("local", master))?.action === "deleted")
    return leave(scene, effect, "deleted", "its series stays");
  if (!isUntouched(effect, standing)) return leave(scene, effect, "updated", changedSince);
  const series = scene.standings.get(master);
  if (!series || series.deleted || !standing.originalStart)
    return leave(scene, effect, "updated", "its series is there no more");
  const back = scene.items.get(nameOf("local", master))?.fields ?? {};
  const given = occurrenceOf(having(series.fields, back), standing.originalStart);
  const fields = between(standing.fields, given);
  if (Object.keys(fields).length > 0) add(scene, effect, "updated", fields);
}

function planReturn(scene: Scene, effect: Effect, standing: Standing): void {
  const isOurs = effect.side === "local";
  if (isThere(effect.side, standing)) return leave(scene, effect, "restored", "it lives again");
  if (!isUntouched(effect, standing)) return leave(scene, effect, "restored", changedSince);
  const reason = whyItsPlaceIsGone(scene, effect.side, standing);
  if (reason) return leave(scene, effect, "restored", reason);
  const fields = isOurs ? takeBack(standing.fields, effect.fields).fields : {};
  add(scene, effect, "restored", fields);
}

/** Exceptions that went with a series come back with it, whoever made them. */
function bringAlong(scene: Scene): void {
  for (const { eventId, side, action } of scene.items.values()) {
    if (action !== "restored") continue;
    for (const id of scene.exceptions.get(eventId) ?? []) {
      const name = nameOf(side, id);
      const standing = scene.standings.get(id);
      const went = side === "local" ? standing?.wentWithSeries : standing?.wasThere;
      if (went && !scene.effects.has(name))
        scene.items.set(name, { eventId: id, side, action, fields: {} });
    }
  }
}

function goesWithSeries(scene: Scene, { side }: Effect, { master }: Standing): boolean {
  return master !== undefined && scene.items.get(nameOf(side, master))?.action === "deleted";
}

function add(scene: Scene, effect: Effect, action: UndoItem["action"], fields: Differences): void {
  scene.items.set(nameOf(effect.side, effect.eventId), itemOf(effect, action, fields));
}

function leave(scene: Scene, effect: Effect, action: UndoItem["action"], reason: string): void {
  const back = Object.entries(effect.fields).map(
    ([field, { before, after }]) => [field, { before: after, after: before }] as const,
  );
  const item = itemOf(effect, action, Object.fromEntries(back));
  scene.left.set(nameOf(effect.side, effect.eventId), { ...item, reason });
}

function itemOf(
  { eventId, side }: Effect,
  action: UndoItem["action"],
  fields: Differences,
): UndoItem {
  return { eventId, side, action, fields };
}
