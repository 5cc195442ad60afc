import { isDeepStrictEqual } from "node:util";
import { sql } from "drizzle-orm";
import { type Database, rows } from "../../db/client.ts";
import { lockEvents } from "../../db/events.ts";
import type { EventFields, EventItem } from "../../sync/event.ts";
import { occurrenceOf } from "../../sync/recurrence.ts";
import type { Engine } from "./engine.ts";

type Team = Awaited<ReturnType<Engine["connect"]>>;

/** One thing that became of one item on one side. */
export interface Effect {
  side: string;
  action: string;
  fields: Record<string, unknown>;
}

export type Side = ReadonlyMap<string, EventFields | null>;

interface Sides {
  local: Side;
  remote: Side;
  /** What the provider holds, whole. */
  items: ReadonlyMap<string, EventItem | null>;
}

/** Both sides as they are: ours by event, theirs by remote id. */
export async function sides({ deps, companyId, calendarId, store }: Team): Promise<Sides> {
  return {
    local: await ourSide(deps.db, { companyId, calendarId }),
    remote: new Map(store.all().map(({ id, item }) => [id, item?.fields ?? null])),
    items: new Map(store.all().map(({ id, item }) => [id, item])),
  };
}

/** The events of a calendar; null what is deleted. */
export async function ourSide(
  db: Database,
  { companyId, calendarId }: { companyId: string; calendarId: string },
): Promise<Side> {
  const events = await db.withCompany(companyId, async (tx) => {
    const found = await rows<{ id: string }>(
      tx,
      sql`select id from events where calendar_id = ${calendarId}`,
    );
    const ids = found.map(({ id }) => id);
    return lockEvents(tx, ids);
  });
  return new Map(
    [...events.values()].map(({ id, deleted, item }) => [id, deleted ? null : item.fields]),
  );
}

/** An occurrence that nobody has changed is no entry of its own: it is what its series makes it. */
function withOccurrences(before: Sides, after: Sides): Side {
  const remote = new Map(before.remote);
  for (const [id, item] of after.items) {
    const master = item?.master ?? "";
    const series = before.remote.get(master) ?? after.remote.get(master);
    if (series && item?.originalStart && !remote.has(id))
      remote.set(id, occurrenceOf(series, item.originalStart));
  }
  return remote;
}

/** What became of one side. */
export function effectsOn(side: string, before: Side, after: Side): Effect[] {
  return [...after].flatMap(([id, now]): Effect[] => {
    const was = before.get(id) ?? null;
    if (was === null && now === null) return [];
    if (now === null) return [{ side, action: "deleted", fields: {} }];
    if (was === null && before.has(id)) return [{ side, action: "restored", fields: {} }];
    const fields = Object.fromEntries(
      Object.entries(now).flatMap(([field, value]) => {
        const earlier = was?.[field as keyof EventFields];
        if (was && isDeepStrictEqual(earlier, value)) return [];
        return [[field, was ? { before: earlier, after: value } : { after: value }]];
      }),
    );
    if (was && Object.keys(fields).length === 0) return [];
    return [{ side, action: was ? "updated" : "created", fields }];
  });
}

/** The same text for the same effect, whatever the order of its keys. */
const written = (effects: readonly Effect[]): string[] =>
  effects
    .map(({ side, action, fields }) => {
      const what = action === "restored" ? {} : fields;
      return JSON.stringify({ side, action, what }, (_, one: unknown) =>
        typeof one === "object" && one !== null && !Array.isArray(one)
          ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)))
          : one,
      );
    })
    .toSorted();

/** What one list holds more often than the other. */
export function different(shown: readonly Effect[], happened: readonly Effect[]): string[] {
  const left = written(happened);
  const onlyShown = written(shown).filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return [...onlyShown.map((one) => `shown: ${one}`), ...left.map((one) => `happened: ${one}`)];
}

/** What became of both sides, seen from outside: whatever a trail may say of it. */
export function effects(before: Sides, after: Sides): Effect[] {
  return [
    ...effectsOn("local", before.local, after.local),
    ...effectsOn("remote", withOccurrences(before, after), after.remote),
  ];
}
