import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Deps } from "../../api/deps.ts";
import { prove } from "../../api/prove.ts";
import { bookingsConnection } from "../../db/booking-connections.ts";
import { markDisconnected, readConnection } from "../../db/connections.ts";
import { cleanOld } from "../../db/retention.ts";
import { type Bookings, connectBookings } from "../support/bookings.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import { apply, preview } from "../support/previews.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(inject("databaseUrl"));
});
afterAll(() => engine.stop());

const dates = async (team: Bookings) => (await team.here()).map(({ at }) => at);
const nine = (day: number) => `2026-12-${String(day).padStart(2, "0")} 09:00`;
const first = (days: number, from = 1) => Array.from({ length: days }, (_, at) => nine(from + at));
const remove = (id: string | undefined) => engine.psql("delete from events where id = $1", [id]);

describe("bookings by rule", () => {
  it("are made as far ahead as the rule says, reach Google, and are made once", async () => {
    const team = await connectBookings(engine);
    await team.rule();
    await team.book();
    expect(await dates(team)).toEqual(first(7));
    await team.google();
    expect(team.there().map(({ title }) => title)).toEqual(Array(7).fill("Open hour"));
    const changes = team.store.changes;
    await team.book();
    await team.google();
    expect(await dates(team)).toEqual(first(7));
    expect(team.store.changes).toBe(changes);
  });

  it("go when the rule ends, also many at once, there as well; and what was, stays", async () => {
    const team = await connectBookings(engine);
    const rule = await team.rule({ horizonDays: 40 });
    await team.book();
    await team.google();
    team.clock.now += 2 * 86_400_000;
    await team.end(rule.id);
    await team.book();
    expect(await dates(team)).toEqual(first(2));
    await team.google();
    expect(team.there()).toHaveLength(2);
    expect(
      await engine.psql("select state from plans where connection_id = any($1::uuid[])", [
        [team.connectionId, team.googleId],
      ]),
    ).toEqual([]);
  });

  it("follow the rule when it changes: another time is another slot, another title the same", async () => {
    const team = await connectBookings(engine);
    const rule = await team.rule({ horizonDays: 3 });
    await team.book();
    const before = await team.here();
    await team.change(rule.id, { title: "Consultation" });
    await team.book();
    const after = await team.here();
    expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    expect(after.map(({ title }) => title)).toEqual(Array(3).fill("Consultation"));
    await team.change(rule.id, { startTime: "10:30:00" });
    await team.book();
    expect(await dates(team)).toEqual([1, 2, 3].map((day) => `2026-12-0${day} 10:30`));
    await team.change(rule.id, { enabled: false });
    await team.book();
    expect(await dates(team)).toEqual([]);
    await team.change(rule.id, { enabled: true });
    await team.book();
    expect(await dates(team)).toHaveLength(3);
  });

  it("leave out days that the rule skips, and holidays", async () => {
    const team = await connectBookings(engine);
    await team.rule({ horizonDays: 5, skipDates: ["2026-12-02"], skipHolidays: true });
    await team.holiday("2026-12-04");
    await team.book();
    expect(await dates(team)).toEqual([nine(1), nine(3), nine(5)]);
  });

  it("give way to what is imported, and come back when the slot is free", async () => {
    const team = await connectBookings(engine);
    await team.rule({ horizonDays: 3 });
    await team.book();
    await team.google();
    const at = (local: string) => ({ local: `2026-12-02T${local}`, zone: "Europe/Amsterdam" });
    team.put("theirs", { title: "Dentist", start: at("09:30:00"), end: at("09:45:00") });
    await team.google();
    await team.book();
    await team.google();
    expect((await team.here()).map(({ title, at: when }) => [title, when])).toEqual([
      ["Open hour", nine(1)],
      ["Dentist", "2026-12-02 09:30"],
      ["Open hour", nine(3)],
    ]);
    expect(team.there()).toHaveLength(3);
    team.store.remove("theirs");
    await team.google();
    await team.book();
    await team.google();
    expect(await dates(team)).toEqual(first(3));
    expect(team.there()).toHaveLength(3);
  });

  it("keep their place where the rule says so", async () => {
    const team = await connectBookings(engine);
    await team.rule({ horizonDays: 2, yields: false });
    await team.insert("Dentist", "2026-12-02 09:30", "2026-12-02 09:45");
    await team.book();
    expect(await dates(team)).toEqual([nine(1), nine(2), "2026-12-02 09:30"]);
  });
});

describe("a person", () => {
  it("edits one here or in Google, and it is put back there and here; notes stay", async () => {
    const team = await connectBookings(engine);
    await team.rule({ horizonDays: 2 });
    await team.book();
    await team.google();
    const [mine, theirs] = await team.here();
    await engine.psql("update events set title = 'Mine', notes = 'a note' where id = $1", [
      mine?.id,
    ]);
    const second = team.there()[1];
    const held = team.store.get(second?.id ?? "");
    team.clock.now += 60_000;
    if (held?.item)
      team.store.put({
        ...held,
        item: {
          fields: {
            ...held.item.fields,
            title: "Theirs",
            start: { local: "2026-12-02T12:00:00", zone: "Europe/Amsterdam" },
            end: { local: "2026-12-02T13:00:00", zone: "Europe/Amsterdam" },
          },
        },
      });
    await team.google();
    expect((await team.here()).map(({ title }) => title)).toEqual(["Mine", "Theirs"]);
    await team.book();
    await team.google();
    expect((await team.here()).map(({ id, title, at }) => [id, title, at])).toEqual([
      [mine?.id, "Open hour", nine(1)],
      [theirs?.id, "Open hour", nine(2)],
    ]);
    expect(team.there().map(({ title }) => title)).toEqual(["Open hour", "Open hour"]);
    const [kept] = await engine.psql<{ notes: string }>("select notes from events where id = $1", [
      mine?.id,
    ]);
    expect(kept?.notes).toBe("a note");
    const lost = await engine.psql<{ local: string }>(
      "select local from conflicts where connection_id = $1 and field = 'title' order by local::text",
      [team.connectionId],
    );
    expect(lost.map(({ local }) => local)).toEqual(["Mine", "Theirs"]);
  });

  it("deletes one here or in Google, and it is not made again, whatever the rule and the slot do", async () => {
    const team = await connectBookings(engine);
    const rule = await team.rule({ horizonDays: 4 });
    await team.book();
    await team.google();
    await remove((await team.here())[1]?.id);
    team.store.remove(team.there()[2]?.id ?? "");
    const left = [nine(1), nine(4)];
    await team.google();
    await team.book();
    expect(await dates(team)).toEqual(left);
    await team.change(rule.id, { title: "Another" });
    await team.book();
    expect(await dates(team)).toEqual(left);
    await team.insert("Taken", "2026-12-02 09:00", "2026-12-02 10:00");
    await team.book();
    await engine.psql("delete from events where calendar_id = $1 and title = 'Taken'", [
      team.calendarId,
    ]);
    await team.book();
    await team.change(rule.id, { enabled: false });
    await team.book();
    await team.change(rule.id, { enabled: true });
    await team.book();
    await team.google();
    expect(await dates(team)).toEqual(left);
    expect(team.there()).toHaveLength(2);
  });

  it("deletes one in Google that the rule takes away before anybody hears of it: it is theirs", async () => {
    const team = await connectBookings(engine);
    await team.rule({ horizonDays: 2 });
    await team.book();
    await team.google();
    team.store.remove(team.there()[1]?.id ?? "");
    await team.insert("Taken", "2026-12-02 09:00", "2026-12-02 10:00");
    await team.book();
    await team.google();
    await engine.psql("delete from events where calendar_id = $1 and title = 'Taken'", [
      team.calendarId,
    ]);
    await team.book();
    expect(await dates(team)).toEqual([nine(1)]);
  });

  it("cancels one by its status, and it is gone for good", async () => {
    const team = await connectBookings(engine);
    await team.rule({ horizonDays: 2 });
    await team.book();
    await engine.psql("update events set status = 'cancelled' where id = $1", [
      (await team.here())[0]?.id,
    ]);
    await team.book();
    await team.book();
    expect(await dates(team)).toEqual([nine(2)]);
  });
});

describe("time", () => {
  it("leaves what has begun alone, and moves on with the horizon", async () => {
    const team = await connectBookings(engine);
    const rule = await team.rule({ horizonDays: 2 });
    await team.book();
    // Half past nine in Amsterdam.
    team.clock.now += 2.5 * 3_600_000;
    await team.book();
    expect(await dates(team)).toEqual(first(3));
    await team.end(rule.id);
    await team.book();
    expect(await dates(team)).toEqual([nine(1)]);
  });

  it("keeps the wall clock over the nights in which clocks change, and touches nothing that has passed in them", async () => {
    const team = await connectBookings(engine);
    team.clock.now = Date.parse("2027-03-27T12:00:00Z");
    await team.rule({ firstDate: "2027-03-27", startTime: "02:30:00", horizonDays: 3 });
    await team.book();
    // The night of the 28th has no half past two.
    expect(await dates(team)).toEqual(["2027-03-28 03:30", "2027-03-29 02:30", "2027-03-30 02:30"]);
    const autumn = await connectBookings(engine);
    autumn.clock.now = Date.parse("2026-10-24T22:30:00Z");
    await autumn.rule({
      firstDate: "2026-10-20",
      startTime: "02:30:00",
      horizonDays: 2,
      durationMinutes: 30,
    });
    await autumn.book();
    // It is over at 01:00 UTC, and the clock shows half past two once more half an hour later.
    autumn.clock.now = Date.parse("2026-10-25T00:45:00Z");
    await autumn.book();
    expect(await dates(autumn)).toEqual(["2026-10-25 02:30", "2026-10-26 02:30"]);
  });
});

describe("what lasts", () => {
  it("a cancelled slot is remembered as long as it lies ahead, however long deleted events are kept", async () => {
    const team = await connectBookings(engine);
    team.clock.now = Date.now();
    const firstDate = new Date().toISOString().slice(0, 10);
    await team.rule({ firstDate, horizonDays: 4 });
    await team.book();
    const made = await team.here();
    await remove(made.at(-1)?.id);
    await engine.psql(
      "update events set deleted_at = now() - interval '200 days' where calendar_id = $1 and deleted_at is not null",
      [team.calendarId],
    );
    const keep = { logDays: 90, trailDays: 400, deletedDays: 90 };
    const clean = () =>
      engine.db.withCompany(team.companyId, (tx) => cleanOld(tx, keep), { purge: true });
    await team.book();
    expect((await clean()).events).toBe(0);
    await team.book();
    expect(await team.here()).toEqual(made.slice(0, -1));
    await engine.psql(
      "update events set start_at = start_at - interval '30 days', end_at = end_at - interval '30 days' where id = $1",
      [made.at(-1)?.id],
    );
    expect((await clean()).events).toBe(1);
  });

  it("a connection that was disconnected is gone on from: nothing is made twice, or again", async () => {
    const team = await connectBookings(engine);
    await team.rule({ horizonDays: 3 });
    await team.book();
    const made = await team.here();
    await remove(made[1]?.id);
    const { companyId, calendarId, connectionId } = team;
    const next = await engine.db.withCompany(companyId, async (tx) => {
      await markDisconnected(tx, connectionId);
      return bookingsConnection(tx, { companyId, calendarId });
    });
    expect(next).not.toBe(connectionId);
    await team.session({ companyId, connectionId: next });
    expect(await team.here()).toEqual([made[0], made[2]]);
  });
});

describe("the proof of a bookings connection", () => {
  it("says nothing of what is over, and tells what a rule wants by now", async () => {
    const team = await connectBookings(engine);
    const rule = await team.rule({ horizonDays: 3 });
    await team.book();
    await remove((await team.here())[1]?.id);
    team.clock.now += 86_400_000;
    await team.book();
    const found = async () => {
      const connection = await engine.db.withCompany(team.companyId, (tx) =>
        readConnection(tx, team.connectionId),
      );
      if (!connection) throw new Error("it is not there");
      const { registry, keys: keyRing, now } = team.deps;
      const deps = { database: engine.db, registry, keyRing, now } as Deps;
      return (await prove(deps, connection, new AbortController().signal)).found;
    };
    expect(await found()).toEqual([]);
    await team.end(rule.id);
    expect((await found()).map(({ kind, weight }) => [kind, weight])).toEqual([
      ["not listed", "waiting"],
      ["not listed", "waiting"],
    ]);
  });
});

describe("a preview of the rules", () => {
  it("shows what they would make and cancel, however much, holds nothing, and does exactly that", async () => {
    const team = await connectBookings(engine);
    const rule = await team.rule({ horizonDays: 30 });
    await team.book();
    await team.end(rule.id);
    await team.rule({ horizonDays: 2, startTime: "12:00:00" });
    const { planId, items } = await preview(team.rules);
    const counted = (action: string) => items.filter((item) => item.action === action).length;
    expect([counted("created"), counted("deleted")]).toEqual([2, 30]);
    expect(items.some(({ held }) => held)).toBe(false);
    expect(items.find(({ action }) => action === "deleted")?.rule).toBe("delete local (by a rule)");
    expect(await dates(team)).toHaveLength(30);
    await apply(team.rules, planId);
    expect(await dates(team)).toEqual(["2026-12-01 12:00", "2026-12-02 12:00"]);
  });
});

describe("a run", () => {
  it("reports the bookings and the import in one row, with the database's own numbers", async () => {
    const team = await connectBookings(engine);
    await team.rule({ horizonDays: 4 });
    const at = (day: number) => ({ local: `2026-12-2${day}T10:00:00`, zone: "UTC" });
    for (const day of [0, 1, 2])
      team.put(`t${day}`, { title: "Theirs", start: at(day), end: at(day) });
    expect(await team.run()).toMatchObject({
      status: "completed",
      created: 4,
      imported: 3,
      words: "created 4 · Google Calendar: 3 imported",
    });
    team.store.remove("t0");
    await team.insert("Taken", "2026-12-02 09:00", "2026-12-02 10:00");
    const report = await team.run();
    expect(report).toMatchObject({
      cancelled: 1,
      removed: 1,
      words: "cancelled 1 · Google Calendar: 1 removed",
    });
    expect((await team.run()).words).toBe("bookings unchanged · Google Calendar: nothing new");
  });

  it("keeps the bookings where the import fails, and says so", async () => {
    const team = await connectBookings(engine);
    await team.rule({ horizonDays: 2 });
    team.broken.google = true;
    const report = await team.run();
    expect(report).toMatchObject({ status: "error", created: 2 });
    expect(report.words).toMatch(/^created 2 · Google Calendar: failed \(/);
    expect(await dates(team)).toEqual(first(2));
  });
});
