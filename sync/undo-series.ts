import { changedFields } from "./change.ts";
import { eventFields, type EventFields } from "./event.ts";
import { occurrenceOf } from "./recurrence.ts";
import type { Differences, Effect, Side } from "./undo-effect.ts";
import { between, having } from "./undo-fields.ts";
import { nameOf, type Scene, type Standing } from "./undo-scene.ts";

export function isThere(side: Side, standing: Standing): boolean {
  return side === "local" ? !standing.deleted : standing.remote !== null;
}

/** Whether nobody has had to do with it since the session, nor meanwhile. */
export function isUntouched(effect: Effect, standing: Standing): boolean {
  if (standing.version !== effect.version || !effect.unbroken) return false;
  return effect.side === "local" || standing.remote === null || standing.remoteIsAgreed;
}

/** Why what the session made is not removed; null where it is. A series is one unit. */
export function whyItStays(scene: Scene, effect: Effect, standing: Standing): string | null {
  const { side, eventId } = effect;
  if (!isUntouched(effect, standing)) return "it has changed since";
  if (standing.master && scene.left.has(nameOf(side, standing.master))) return "its series stays";
  const isKept = (id: string): boolean => {
    const exception = scene.standings.get(id);
    if (!exception || !isThere(side, exception)) return false;
    const own = scene.effects.get(nameOf(side, id));
    return !own || own.after !== "living" || !isUntouched(own, exception);
  };
  const exceptions = scene.exceptions.get(eventId) ?? [];
  return exceptions.some(isKept) ? "an occurrence of it has changed since" : null;
}

/** Why an exception cannot come back; null where it can. */
export function whyItsPlaceIsGone(scene: Scene, side: Side, standing: Standing): string | null {
  const { master } = standing;
  if (!master) return null;
  const series = scene.standings.get(master);
  const comesBack = scene.items.get(nameOf(side, master))?.action === "restored";
  if (!series || !(isThere(side, series) || comesBack)) return "its series is there no more";
  if (side === "remote") return null;
  const place = JSON.stringify(standing.originalStart);
  const isTaken = (scene.exceptions.get(master) ?? []).some((id) => {
    const other = scene.standings.get(id);
    return other && !other.deleted && JSON.stringify(other.originalStart) === place;
  });
  return isTaken ? "another has taken its place" : null;
}

/** An occurrence there that is again nothing but what its series gives, follows where the series goes back. */
export function asItsSeriesWillGive(
  scene: Scene,
  { master, originalStart }: Standing,
  now: EventFields,
  back: Differences,
): Differences {
  const series = scene.standings.get(master ?? "")?.remote;
  const before = scene.items.get(nameOf("remote", master ?? ""))?.fields;
  if (!series || !before || !originalStart) return back;
  const given = occurrenceOf(series, originalStart);
  if (changedFields(having(now, back), given, eventFields).length > 0) return back;
  return between(now, occurrenceOf(having(series, before), originalStart));
}
