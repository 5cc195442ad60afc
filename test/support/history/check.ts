import { isDeepStrictEqual } from "node:util";
import type { GoogleEvent } from "../google.ts";
import { checkNotion, unpreventable } from "./check-notion.ts";
import { unmapped } from "./person-google.ts";
import type { Played } from "./play.ts";
import { type BothSides, type Plain, readBothSides } from "./sides.ts";

/** What one history has broken, in words, each with the invariant's number. None: an empty list. */
export async function check(played: Played): Promise<string[]> {
  const { stack, connected } = played.world;
  const sides = await readBothSides(stack, connected);
  const conflicts = JSON.stringify(
    await stack.psql(
      "select field, base, local, remote, winner from conflicts where connection_id in (select id from connections where calendar_id = $1)",
      [connected.calendarId],
    ),
  );
  return [
    ...unequal(sides),
    ...lost(played, sides, conflicts + (await unpreventable(played))),
    ...wrongLives(played, sides, conflicts),
    ...(await spoiled(played)),
    ...(await openQuestions(played)),
    ...(await checkNotion(played, sides.here)),
    ...(await played.world.touched()),
  ];
}

function unequal({ here, google, unlinked }: BothSides): string[] {
  const ids = new Set([...here.keys(), ...google.keys()]);
  const different = [...ids].filter((id) => !isDeepStrictEqual(here.get(id), google.get(id)));
  return [
    ...different.map(
      (id) =>
        `I1: ${id} differs: here ${JSON.stringify(here.get(id))}, at Google ${JSON.stringify(google.get(id))}`,
    ),
    ...unlinked.map((event) => `I1: ${event.id} (${event.summary}) is at Google alone`),
  ];
}

function lost({ world }: Played, { here, google }: BothSides, conflicts: string): string[] {
  const inPlace = JSON.stringify([...here.values(), ...google.values()]);
  return world.books
    .lost(inPlace, conflicts)
    .map(({ item, text, op }) => `I3: "${text}" of #${item} is lost (${op})`);
}

/** Each item lives once on each side, or on neither, as the people have decided. */
function wrongLives(
  { ops, world }: Played,
  { here, google }: BothSides,
  conflicts: string,
): string[] {
  const count = (side: Map<string, Plain>, item: number) =>
    [...side.values()].filter(
      ({ series, title }) => series === "" && title.startsWith(`#${item}# `),
    ).length;
  const unlinkedConflicts = conflicts !== "[]";
  return ops.flatMap((op) => {
    if (op.do !== "create") return [];
    const { item } = op;
    const lives = [count(here, item), count(google, item)];
    if (lives.some((n) => n > 1)) return [`I4: #${item} is there ${lives.join(" and ")} times`];
    const alive = lives.some((n) => n === 1);
    if (!alive && !world.books.deleted.has(item))
      return [`I6: #${item} is gone and nobody deleted it`];
    if (
      alive &&
      world.books.deleted.has(item) &&
      !world.books.editedUnseen(item) &&
      !unlinkedConflicts
    )
      return [`I5: #${item} has come back`];
    return [];
  });
}

async function spoiled({ world }: Played): Promise<string[]> {
  const living = await world.stack.google.living(world.connected.googleCalendar);
  const theirs = new Set(world.remoteIds.values());
  const intact = (event: GoogleEvent) =>
    event["colorId"] === unmapped.colorId &&
    isDeepStrictEqual(event["reminders"], unmapped.reminders) &&
    (event.extendedProperties?.private ?? {})["theirs"] === "kept";
  return living
    .filter((event) => theirs.has(event.id) && !intact(event))
    .map((event) => `I9: ${event.id} has lost what we do not map`);
}

/** Every intent has one outcome, and every creation that landed made one item. */
async function openQuestions({ world }: Played): Promise<string[]> {
  const { calendarId } = world.connected;
  const rows = await world.stack.psql<{ problem: string }>(
    `with ours as (select id from connections where calendar_id = $1)
     select 'an intent without outcome: ' || id as problem from intents where connection_id in (select id from ours) and (closed_at is null or outcome is null)
     union all select 'created twice: ' || link_id || '.' || generation from intents
       where connection_id in (select id from ours) and kind = 'create' and outcome = 'landed' group by link_id, generation having count(*) > 1
     union all select 'failed: ' || event_id || ' ' || error from writes where connection_id in (select id from ours) and state = 'failed'
     union all select 'two links of one id: ' || coalesce(remote_id, event_id::text) from links
       where connection_id in (select id from ours) and coalesce(remote_id, event_id::text) is not null
       group by connection_id, coalesce(remote_id, event_id::text) having count(*) > 1`,
    [calendarId],
  );
  return rows.map(({ problem }) => problem);
}
