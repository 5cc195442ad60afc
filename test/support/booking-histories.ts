import type { StoredRule } from "../../db/booking-rules.ts";
import { toInstant } from "../../sync/time.ts";
import { connectBookings, daily } from "./bookings.ts";
import type { Engine } from "./engine.ts";
import { randomOf } from "./random.ts";

const hour = 3_600_000;
const zone = "Europe/Amsterdam";
const steps = 14;

type Row = { id: string; slot: string; title: string; from: string; to: string };

/**
 * A company that lives on: its rules change, customers book and cancel, Google is edited, people cancel
 * and edit bookings, time passes, and sessions come in any order. Nobody edits what somebody else has
 * just deleted, since an edit beats a delete: that is another matter.
 */
export async function playBookings(engine: Engine, seed: number) {
  const random = randomOf(seed);
  const team = await connectBookings(engine);
  const rules: StoredRule[] = [];
  /** Slots that a person has cancelled, and those that were edited at a side that nobody has asked since. */
  const cancelled = new Set<string>();
  const edited = { here: new Set<string>(), there: new Set<string>() };
  let customers = 0;

  const one = <T>(all: readonly T[]): T | undefined => all[random.upTo(all.length - 1)];
  const clock = () =>
    `${String(8 + random.upTo(8)).padStart(2, "0")}:${one(["00", "20", "30"])}:00`;
  const date = () =>
    new Date(team.clock.now + random.upTo(6) * 24 * hour).toISOString().slice(0, 10);
  const slots = () =>
    engine.psql<Row & { remote: string | null }>(
      `select e.id, l.remote_id as slot, e.title, e.start_at::text as "from", e.end_at::text as "to", g.remote_id as remote
       from events e join links l on l.event_id = e.id and l.connection_id = $1
         left join links g on g.event_id = e.id and g.connection_id = $2 and g.state = 'live' and g.remote is not null
       where e.deleted_at is null order by l.remote_id`,
      [team.connectionId, team.googleId],
    );
  const free = async (where: "here" | "there") =>
    (await slots()).filter(({ slot }) => !cancelled.has(slot) && !edited[where].has(slot));
  const google = async () => {
    edited.here.clear();
    edited.there.clear();
    await team.google();
  };
  const book = async () => {
    const before = await begun();
    await team.book();
    past.push([before, await begun()]);
  };
  /** What has begun, to be compared before and after a session of the rules. */
  const past: [unknown, unknown][] = [];
  const begun = () =>
    engine.psql(
      `select e.id, e.title, e.start_at, e.deleted_at from events e join links l on l.event_id = e.id
       where l.connection_id = $1 and e.start_at at time zone 'Europe/Amsterdam' < to_timestamp($2) order by e.id`,
      [team.connectionId, team.clock.now / 1000],
    );

  const acts: (() => Promise<unknown>)[] = [
    async () => {
      if (rules.length >= 4) return;
      const yields = random.chance(0.75);
      rules.push(
        await team.rule({
          startTime: clock(),
          durationMinutes: one([30, 60, 90]) ?? 60,
          horizonDays: 1 + random.upTo(5),
          yields,
          title: `Rule ${rules.length}`,
        }),
      );
    },
    async () => {
      const rule = one(rules);
      const change = one([
        { startTime: clock() },
        { title: `Renamed ${random.upTo(99)}` },
        { horizonDays: 1 + random.upTo(6) },
        { enabled: random.chance(0.6) },
        { yields: random.chance(0.7) },
        { skipDates: [date()] },
        { endsOn: random.chance(0.5) ? date() : null },
        { durationMinutes: 30 + random.upTo(60) },
        {
          recurrence: one(["RRULE:FREQ=DAILY", "RRULE:FREQ=DAILY;INTERVAL=2"]) ?? daily.recurrence,
        },
      ]);
      if (rule && change) await team.change(rule.id, change);
    },
    async () => {
      if (!random.chance(0.3)) return;
      const [rule] = rules.splice(random.upTo(rules.length - 1), 1);
      if (rule) await team.end(rule.id);
    },
    async () => {
      const day = date();
      const from = clock();
      const to = `${String(Number(from.slice(0, 2)) + 1).padStart(2, "0")}${from.slice(2)}`;
      await team.insert(`Customer ${++customers}`, `${day} ${from}`, `${day} ${to}`);
    },
    () =>
      engine.psql(
        `delete from events where id = (select id from events where calendar_id = $1 and title like 'Customer%' and deleted_at is null order by title limit 1)`,
        [team.calendarId],
      ),
    async () => {
      const day = date();
      const from = clock();
      const minutes = Number(from.slice(0, 2)) + 1;
      const at = (time: string) => ({ local: `${day}T${time}`, zone });
      team.put(`theirs${random.upTo(3)}`, {
        title: "Import",
        start: at(from),
        end: at(`${String(minutes).padStart(2, "0")}${from.slice(2)}`),
      });
    },
    async () => {
      const id = `theirs${random.upTo(3)}`;
      if (team.store.get(id)?.item) team.store.remove(id);
    },
    async () => {
      const row = one(await free("there"));
      if (!row) return;
      cancelled.add(row.slot);
      await engine.psql("delete from events where id = $1", [row.id]);
    },
    async () => {
      const row = one(
        (await free("here")).filter(
          ({ remote }) => remote !== null && team.store.get(remote)?.item,
        ),
      );
      if (!row?.remote) return;
      cancelled.add(row.slot);
      team.store.remove(row.remote);
    },
    async () => {
      const row = one((await slots()).filter(({ slot }) => !cancelled.has(slot)));
      if (!row) return;
      edited.here.add(row.slot);
      await engine.psql("update events set title = 'Edited here' where id = $1", [row.id]);
    },
    async () => {
      const row = one(
        (await slots()).filter(({ slot, remote }) => remote !== null && !cancelled.has(slot)),
      );
      const held = row?.remote ? team.store.get(row.remote) : undefined;
      if (!row || !held?.item) return;
      edited.there.add(row.slot);
      team.store.put({ ...held, item: { fields: { ...held.item.fields, title: "Edited there" } } });
    },
    async () => void (team.clock.now += random.upTo(30) * hour),
    google,
    book,
    book,
    async () => {
      edited.here.clear();
      edited.there.clear();
      await team.run();
    },
  ];

  await acts[0]?.();
  for (let at = 0; at < steps; at++) {
    team.clock.now += 1_000;
    await one(acts)?.();
  }
  // All have been heard: what was imported last, the rules hear in the second run.
  await team.run();
  await team.run();
  await book();
  await google();
  return { team, cancelled, past, slots: await slots() };
}

/** As clocks show it, in Amsterdam. */
export const momentOf = (text: string): number =>
  toInstant({ local: text.replace(" ", "T"), zone }, zone);
