import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { bookingFacts } from "../../db/bookings.ts";
import { bookingWindow, wantedBookings } from "../../sync/bookings.ts";
import { momentOf, playBookings } from "../support/booking-histories.ts";
import { type Engine, startEngine } from "../support/engine.ts";

const only = process.env["SEEDS"];
const count = process.env["SYNCLINE_LONG"] ? 1_000 : 40;
const seeds = only ? only.split(",").map(Number) : Array.from({ length: count }, (_, at) => at + 1);

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(inject("databaseUrl"));
});
afterAll(() => engine.stop());

type Played = Awaited<ReturnType<typeof playBookings>>;

it.each(seeds)("no double booking, no booking again, honest reports: history %i", async (seed) => {
  const played = await playBookings(engine, seed);
  await expectNoDoubleBooking(played);
  expect(played.slots.map(({ slot }) => slot).filter((slot) => played.cancelled.has(slot))).toEqual(
    [],
  );
  for (const [before, after] of played.past) expect(after).toEqual(before);
  await expectWhatIsWanted(played);
  await expectOneInGoogle(played);
  await expectHonestReports(played);
});

/** What gives way lies over nothing, as far as it is still to come. */
async function expectNoDoubleBooking({ team, slots }: Played): Promise<void> {
  const rules = await engine.psql<{ id: string; yields: boolean }>(
    "select id, yields from booking_rules where calendar_id = $1",
    [team.calendarId],
  );
  const keeps = new Set(rules.flatMap(({ id, yields }) => (yields ? [] : [id])));
  const made = new Map(slots.map(({ id, slot }) => [id, slot.slice(0, 36)]));
  const all = await engine.psql<{ id: string; title: string; from: string; to: string }>(
    `select id, title, start_at::text as "from", end_at::text as "to" from events where calendar_id = $1 and deleted_at is null`,
    [team.calendarId],
  );
  const times = all.map((row) => ({ ...row, start: momentOf(row.from), end: momentOf(row.to) }));
  const doubled = times.flatMap((one) => {
    const rule = made.get(one.id);
    if (rule === undefined || keeps.has(rule) || one.start < team.clock.now) return [];
    return times
      .filter((other) => other.id !== one.id && other.start < one.end && one.start < other.end)
      .map((other) => [one.title, one.from, other.title, other.from]);
  });
  expect(doubled).toEqual([]);
}

/** What is there of the time to come is exactly what the rules want, as they want it. */
async function expectWhatIsWanted({ team, slots }: Played): Promise<void> {
  const window = bookingWindow(team.clock.now);
  const facts = await engine.db.withCompany(team.companyId, (tx) =>
    bookingFacts(tx, team.calendarId, window, window.from),
  );
  const wanted = wantedBookings(facts).map(({ remoteId, item }) => [remoteId, item.fields.title]);
  const there = slots.filter(({ slot }) => momentOf(slot.slice(37)) >= team.clock.now);
  expect(there.map(({ slot, title }) => [slot, title]).toSorted()).toEqual(wanted.toSorted());
}

/** Both sides hold the same, each thing once. */
async function expectOneInGoogle({ team }: Played): Promise<void> {
  const here = (await team.here()).map(({ title, at }) => `${at} ${title}`);
  const there = team.there().map(({ title, start }) => {
    const clock = "local" in start ? start.local.slice(0, 16).replace("T", " ") : start.date;
    return `${clock} ${title}`;
  });
  expect(there.toSorted()).toEqual(here.toSorted());
}

/** Every report says what the trail of its sessions says. */
async function expectHonestReports({ team }: Played): Promise<void> {
  const reports = await engine.psql(
    `select id, status, created, changed, cancelled, imported, removed from booking_reports where company_id = $1 order by id`,
    [team.companyId],
  );
  const trail = await engine.psql(
    `select r.id, 'completed' as status,
       count(*) filter (where p->>'part' = 'bookings' and c.action in ('created', 'restored'))::int as created,
       count(*) filter (where p->>'part' = 'bookings' and c.action = 'updated')::int as changed,
       count(*) filter (where p->>'part' = 'bookings' and c.action = 'deleted')::int as cancelled,
       count(*) filter (where p->>'part' = 'import' and c.action <> 'deleted')::int as imported,
       count(*) filter (where p->>'part' = 'import' and c.action = 'deleted')::int as removed
     from booking_reports r cross join jsonb_array_elements(r.parts) p
       left join changes c on c.session_id = (p->>'sessionId')::uuid and c.side = 'local'
     where r.company_id = $1 group by r.id order by r.id`,
    [team.companyId],
  );
  expect(reports.length).toBeGreaterThan(1);
  expect(reports).toEqual(trail);
}
