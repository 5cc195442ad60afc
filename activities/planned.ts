import type { PlannedItem } from "../db/plan-items.ts";
import type { TrailRow } from "../db/session-trail.ts";
import { sameValue } from "../sync/change.ts";
import type { EventFields } from "../sync/event.ts";

/**
 * The lines of a plan, from the trail of its rehearsal: one for each item and side, whatever the number
 * of steps. `made` are the events of ours as they are when it has ended. Pure.
 */
export function plannedItems(
  trail: readonly TrailRow[],
  made: ReadonlyMap<string, EventFields>,
): PlannedItem[] {
  const steps = new Map<string, TrailRow[]>();
  for (const row of trail) {
    const key = `${row.side} ${row.eventId}`;
    steps.set(key, [...(steps.get(key) ?? []), row]);
  }
  return [...steps.values()].flatMap((rows) => lineOf(rows, made) ?? []);
}

/** What all steps on one item come to; null where the last ones take the first ones back. */
function lineOf(
  rows: readonly TrailRow[],
  made: ReadonlyMap<string, EventFields>,
): PlannedItem | null {
  const [first, last] = [rows.at(0), rows.at(-1)];
  if (!first || !last) return null;
  const { eventId, linkId, remoteId, side } = last;
  // On our side the trail names the version that a change has made.
  const version = side === "remote" ? first.version : first.version - 1;
  const line = { eventId, linkId, remoteId, side, held: false, version, revision: null };
  if (last.action === "deleted") {
    const wasThere = first.action === "updated" || first.action === "deleted";
    return wasThere ? { ...line, action: "deleted", fields: {}, rule: last.rule } : null;
  }
  const born = rows.findLastIndex(({ action }) => action === "created" || action === "restored");
  const since = rows.slice(Math.max(born, 0));
  const rule = since[0]?.rule ?? last.rule;
  const fields = since.reduce<PlannedItem["fields"]>((all, row) => onto(all, row.fields), {});
  if (first.action === "created")
    return unnamed({ ...line, action: "created", fields: creationOf(since, made, fields), rule });
  return { ...line, action: born < 0 ? "updated" : "restored", fields, rule };
}

/** Every field of what was made, as it is in the end. */
function creationOf(
  [born]: readonly TrailRow[],
  made: ReadonlyMap<string, EventFields>,
  edited: PlannedItem["fields"],
): PlannedItem["fields"] {
  const fields = born?.side === "local" ? made.get(born.eventId) : born?.sent;
  const whole = Object.entries(fields ?? {}).map(([field, after]) => [field, { after }] as const);
  return onto(Object.fromEntries(whole), edited);
}

function onto(first: PlannedItem["fields"], second: PlannedItem["fields"]): PlannedItem["fields"] {
  const fields = { ...first };
  for (const [field, { before, after }] of Object.entries(second)) {
    const earlier = fields[field];
    fields[field] = earlier ? { ...earlier, after } : { before, after };
  }
  return fields;
}

/** Ids that only the rehearsal knew are nobody's. */
function unnamed(item: PlannedItem): PlannedItem {
  if (item.action !== "created") return item;
  return item.side === "local"
    ? { ...item, eventId: null, linkId: null, version: null }
    : { ...item, remoteId: null };
}

/** A line of a plan that is not as it was, is there no more, or was not there. */
export interface MovedLine {
  planned: PlannedItem | null;
  now: PlannedItem | null;
}

/** What differs between a plan and what would be done now. Empty: it is exactly the same. Pure. */
export function movedBetween(
  planned: readonly PlannedItem[],
  now: readonly PlannedItem[],
): MovedLine[] {
  const left = new Map(now.map((item) => [nameOf(item), item]));
  const moved: MovedLine[] = [];
  for (const item of planned) {
    const name = nameOf(item);
    const same = left.get(name) ?? null;
    left.delete(name);
    if (!same || !isSame(item, same)) moved.push({ planned: item, now: same });
  }
  return [...moved, ...[...left.values()].map((item) => ({ planned: null, now: item }))];
}

const nameOf = (item: PlannedItem): string => `${item.side} ${item.eventId ?? item.remoteId}`;

function isSame(a: PlannedItem, b: PlannedItem): boolean {
  return a.action === b.action && a.held === b.held && sameValue(a.fields, b.fields);
}

/** Counts by side and action, for a first look. */
export function summaryOf(items: readonly PlannedItem[]): PlanSummary {
  const summary: PlanSummary = { local: {}, remote: {}, held: 0 };
  for (const { side, action, held } of items) {
    if (held) summary.held += 1;
    else summary[side][action] = (summary[side][action] ?? 0) + 1;
  }
  return summary;
}

export interface PlanSummary {
  local: Partial<Record<PlannedItem["action"], number>>;
  remote: Partial<Record<PlannedItem["action"], number>>;
  held: number;
}
