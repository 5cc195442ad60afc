import { plain, type Engine } from "./engine.ts";
import { randomOf } from "./history/plan.ts";

type Team = Awaited<ReturnType<Engine["connect"]>>;
type Choice = Pick<NonNullable<Parameters<Engine["connect"]>[0]>, "policy" | "direction">;

const count = 170;
const whats = ["title", "location", "both", "move", "delete", "exception"] as const;
type What = (typeof whats)[number];

/** A calendar of items with random pasts, each changed since on neither side, on one or on both. */
export async function randomSides(engine: Engine, seed: number, choice: Choice): Promise<Team> {
  const team = await engine.connect({
    policy: choice.policy ?? "newest",
    config: { BRAKE_COUNT: 10_000 },
  });
  const chance = randomOf(seed);
  const one = <T>(from: readonly T[]): T => from[Math.floor(chance() * from.length)] as T;
  const names = Array.from({ length: count }, (_, at) => `i${String(at).padStart(3, "0")}`);
  const shared = names.filter(() => chance() < 0.8);
  const series = new Set(shared.filter(() => chance() < 0.2));
  for (const name of shared) {
    const recurrence = series.has(name) ? ["RRULE:FREQ=DAILY;COUNT=9"] : [];
    team.put(name, { title: name, recurrence });
  }
  await team.session();
  await engine.psql("update connections set direction = $2 where id = $1", [
    team.connectionId,
    choice.direction ?? "both",
  ]);
  const ours = await engine.psql<{ id: string; title: string }>(
    "select id, title from events where calendar_id = $1 order by title",
    [team.calendarId],
  );
  for (const { id, title: name } of ours) {
    // Only a series has occurrences of its own.
    const what = () => (series.has(name) ? one(whats) : one(whats.slice(0, 5)));
    if (chance() < 0.5) changeThere(team, name, { what: what(), day: one([2, 3, 4]) });
    if (chance() < 0.5)
      await changeHere(engine, team, { id, name, what: what(), day: one([2, 3, 4]) });
  }
  for (const name of names.filter((each) => !shared.includes(each))) {
    if (chance() < 0.5) team.put(name, { title: `${name} new there` });
    else await team.insert(`${name} new here`);
  }
  return team;
}

const placeOf = (day: number) => ({ local: `2026-12-0${day}T10:00:00`, zone: "UTC" });

function changeThere(team: Team, name: string, { what, day }: { what: What; day: number }): void {
  if (what === "delete") return team.store.remove(name);
  if (what === "exception") {
    const originalStart = placeOf(day);
    const end = { local: `2026-12-0${day}T11:00:00`, zone: "UTC" };
    const fields = { ...plain, title: `${name} renamed there`, start: originalStart, end };
    const item = { fields, master: name, originalStart };
    return void team.store.put({ id: `${name} ${JSON.stringify(originalStart)}`, item });
  }
  team.put(name, {
    ...team.store.get(name)?.item?.fields,
    ...((what === "title" || what === "both") && { title: `${name} there` }),
    ...((what === "location" || what === "both") && { location: `${name} there` }),
    ...(what === "move" && { end: { local: "2026-12-01T12:30:00", zone: "UTC" } }),
  });
}

async function changeHere(
  engine: Engine,
  team: Team,
  { id, name, what, day }: { id: string; name: string; what: What; day: number },
): Promise<void> {
  if (what === "exception") {
    await team.insert(`${name} renamed here`, {
      start_at: `2026-12-0${day} 15:00`,
      end_at: `2026-12-0${day} 16:00`,
      start_zone: "UTC",
      end_zone: "UTC",
      master_id: id,
      original_start: JSON.stringify(placeOf(day)),
    });
    return;
  }
  const statement = {
    title: "update events set title = title || ' here' where id = $1",
    location: "update events set location = 'here' where id = $1",
    both: "update events set title = title || ' here', location = 'here' where id = $1",
    move: "update events set end_at = '2026-12-01 13:45' where id = $1",
    delete: "delete from events where id = $1",
  }[what];
  await engine.psql(statement, [id]);
}
