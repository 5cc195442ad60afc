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
  const lines = new Map<string, PlannedItem | null>();
  for (const row of trail) {
    const key = `${row.side} ${row.eventId}`;
    const earlier = lines.get(key);
    lines.set(key, earlier ? both(earlier, lineOf(row, made)) : lineOf(row, made));
  }
  return [...lines.values()].flatMap((line) => line ?? []).map(unnamed);
}

function lineOf(row: TrailRow, made: ReadonlyMap<string, EventFields>): PlannedItem {
  const { eventId, linkId, remoteId, side, action, rule } = row;
  const creation = action === "created" ? (side === "local" ? made.get(eventId) : row.sent) : null;
  const fields = creation ? withoutBefore(creation) : row.fields;
  // On our side the trail names the version that the change has made.
  const version = side === "remote" ? row.version : row.version - 1;
  return {
    eventId,
    linkId,
    remoteId,
    side,
    action,
    fields,
    rule,
    held: false,
    version,
    revision: null,
  };
}

const withoutBefore = (fields: EventFields): PlannedItem["fields"] =>
  Object.fromEntries(Object.entries(fields).map(([field, after]) => [field, { after }]));

/** What two steps on one item come to; null where the second takes the first back. */
function both(first: PlannedItem, second: PlannedItem): PlannedItem | null {
  const { action } = second;
  if (action === "deleted")
    return first.action === "created" ? null : { ...second, version: first.version };
  if (action === "updated" && first.action !== "deleted")
    return { ...first, fields: onto(first.fields, second.fields) };
  return { ...second, version: first.version };
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
