/** One item on both sides, a session over it, and its undo, stored as the activities store them. */
import { changedFields } from "../../sync/change.ts";
import { type Base, decide, type Rules } from "../../sync/decide.ts";
import { type EventField, type EventFields, eventFields } from "../../sync/event.ts";
import { acknowledge } from "../../sync/settle.ts";
import type { Entry } from "../../sync/undo-effect.ts";
import { agreeToDiffer, between, having } from "../../sync/undo-fields.ts";
import type { Standing, Undo } from "../../sync/undo-scene.ts";

export interface World {
  rules: Rules & { stores: (fields: EventFields) => EventFields };
  event: { fields: EventFields; deleted: boolean; version: number } | null;
  remote: EventFields | null;
  base: Base | null;
}

const eventId = "e";

/** Each side as people see it: null where the item is not there. */
export const sidesOf = ({ event, remote }: World) => ({
  local: event && !event.deleted ? event.fields : null,
  remote,
});

export function standingOf({ event, remote, base }: World): Map<string, Standing> {
  if (!event) return new Map();
  const remoteIsAgreed =
    base !== null &&
    remote !== null &&
    changedFields(base.remote, remote, eventFields).length === 0;
  return new Map([[eventId, { ...event, remote, remoteIsAgreed }]]);
}

/** Reconcile and push, twice. */
export function afterSession(before: World): { entries: Entry[]; world: World } {
  const entries: Entry[] = [];
  let world = before;
  for (let pass = 0; pass < 2; pass += 1) {
    world = reconciled(world, entries);
    world = pushed(world, entries);
  }
  return { entries, world };
}

const decided = ({ event, remote, base, rules }: World) =>
  decide(
    {
      local: event && !event.deleted ? event.fields : null,
      remote,
      base,
      localTimes: Object.fromEntries(eventFields.map((field) => [field, 5])),
      remoteUpdatedAt: 7,
    },
    rules,
  );

function reconciled(world: World, entries: Entry[]): World {
  const { event } = world;
  const decision = decided(world);
  const base = decision.base;
  const version = (event?.version ?? 0) + 1;
  if (decision.action === "delete local" && event) {
    entries.push({ eventId, side: "local", action: "deleted", fields: {}, version });
    return { ...world, base, event: { ...event, deleted: true, version } };
  }
  if (Object.keys(decision.local).length === 0) return { ...world, base };
  const fields = { ...(event?.fields ?? world.remote), ...decision.local } as EventFields;
  const action = !event ? "created" : event.deleted ? "restored" : "updated";
  const differences = event ? between(event.fields, fields) : {};
  entries.push({ eventId, side: "local", action, fields: differences, version });
  return { ...world, base, event: { fields, deleted: false, version } };
}

function pushed(world: World, entries: Entry[]): World {
  const { event, remote, rules } = world;
  const decision = decided(world);
  if (!event) return world;
  const { version } = event;
  if (decision.action === "delete remote") {
    entries.push({ eventId, side: "remote", action: "deleted", fields: {}, version });
    return { ...world, base: decision.base, remote: null };
  }
  if (decision.remote.length === 0) return world;
  const sent = rules.normalise?.(event.fields) ?? event.fields;
  const values = Object.fromEntries(decision.remote.map((field) => [field, sent[field]]));
  const answer = rules.stores({ ...(remote ?? sent), ...values });
  const kind = remote ? "update" : "create";
  const intent = { kind, fields: decision.remote, local: event.fields } as const;
  const fields = remote ? between(remote, answer, decision.remote) : {};
  entries.push({
    eventId,
    side: "remote",
    action: remote ? "updated" : "created",
    fields,
    version,
  });
  return { ...world, remote: answer, base: acknowledge(intent, answer, decision.base) };
}

export function applyUndo(world: World, { items }: Undo): World & { entries: Entry[] } {
  const entries: Entry[] = [];
  let { event, remote, base } = world;
  for (const { side, action, fields } of items.values()) {
    if (side === "local" && event) {
      const { version } = event;
      event = {
        fields: having(event.fields, fields),
        deleted: action === "deleted",
        version: version + 1,
      };
      entries.push({ eventId, side, action, fields, version: version + 1 });
      if (base && remote)
        base = agreeToDiffer(base, event.fields, remote, Object.keys(fields) as EventField[]);
    }
  }
  for (const { side, action, fields } of items.values()) {
    if (side === "remote" && event) {
      const before: EventFields | null = remote;
      if (action === "deleted") remote = null;
      else if (action === "restored") remote = base?.remote ?? null;
      else if (remote) remote = world.rules.stores(having(remote, fields));
      entries.push({
        eventId,
        side,
        action,
        fields: before && remote && action === "updated" ? between(before, remote) : {},
        version: event.version,
      });
      if (base && remote)
        base = agreeToDiffer(
          base,
          event.fields,
          remote,
          action === "updated" ? (Object.keys(fields) as EventField[]) : eventFields,
        );
    }
  }
  return { ...world, event, remote, base, entries };
}
