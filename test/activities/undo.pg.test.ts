import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Unavailable } from "../../connectors/errors.ts";
import { createMemoryStore } from "../../connectors/memory/store.ts";
import { sameValue } from "../../sync/change.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import { writing } from "../support/otherwise.ts";
import { forgettingItems, keepingItems, undoOf } from "../support/undo.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(inject("databaseUrl"));
});
afterAll(() => engine?.stop());

type Team = Awaited<ReturnType<Engine["connect"]>>;
const utc = { start_zone: "UTC", end_zone: "UTC" };
const daily = { recurrence: ["RRULE:FREQ=DAILY;COUNT=5"] };
const third = { local: "2026-12-03T10:00:00", zone: "UTC" };

/** With a provider that can bring back what was deleted. */
function connectKeeping(): Promise<Team> {
  const store = createMemoryStore();
  return engine.connect({ store, provider: keepingItems(store) });
}

/** Everything that people see on both sides. */
async function sides(team: Team) {
  const here = await engine.psql(
    `select id, title, description, location, start_at::text, master_id, status from events
     where calendar_id = $1 and deleted_at is null order by id`,
    [team.calendarId],
  );
  const there = team.store
    .all()
    .flatMap(({ id, item }) => (item ? [{ id, item }] : []))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return { here, there };
}

/** Sessions that follow write nothing, on either side (I2). */
async function atRest(team: Team): Promise<void> {
  const before = { ...(await sides(team)), changes: team.store.changes };
  for (let pass = 0; pass < 3; pass += 1) await team.session();
  expect({ ...(await sides(team)), changes: team.store.changes }).toEqual(before);
}

const left = (planId: string) =>
  engine
    .psql<{ side: string; action: string; reason: string }>(
      "select side, action, reason from plan_items where plan_id = $1 and state = 'left' order by seq",
      [planId],
    )
    .then((rows) =>
      rows.map(({ side, action, reason }) => `${side} ${action}: ${reason}`).toSorted(),
    );

describe("the undo of a session", () => {
  it("takes an import back: our events go, theirs stay, and no later session imports them again", async () => {
    const team = await engine.connect();
    team.put("a", { title: "one" });
    team.put("s", { title: "series", ...daily });
    team.put("x", { title: "moved" }, { master: "s", originalStart: third });
    const { sessionId } = await team.session();
    expect(await team.here()).toEqual(["moved", "one", "series"]);
    const undone = await undoOf(engine, team, sessionId);
    expect(await left(undone.planId)).toEqual([]);
    expect(await team.here()).toEqual([]);
    expect(team.there()).toEqual(["moved", "one", "series"]);
    await atRest(team);
  });

  it("leaves what comes from a later edit there: it is imported as a new life of the same event", async () => {
    const team = await engine.connect();
    team.put("a", { title: "one" });
    const { sessionId } = await team.session();
    const [event] = await engine.psql("select id from events where calendar_id = $1", [
      team.calendarId,
    ]);
    await undoOf(engine, team, sessionId);
    team.put("a", { title: "two" });
    await team.session();
    expect(await team.here()).toEqual(["two"]);
    expect(
      await engine.psql("select id from events where calendar_id = $1", [team.calendarId]),
    ).toEqual([event]);
  });

  it("does not make a second one there when an imported event that was undone lives again here (I4)", async () => {
    const team = await engine.connect();
    team.put("a", { title: "one" });
    const { sessionId } = await team.session();
    await undoOf(engine, team, sessionId);
    await engine.psql(
      "update events set deleted_at = null, location = 'room' where calendar_id = $1",
      [team.calendarId],
    );
    await team.session();
    expect(team.there()).toEqual(["one"]);
    expect(team.store.get("a")?.item?.fields.location).toBe("room");
    await atRest(team);
  });

  it("takes edits back, each on the side on which the session wrote it", async () => {
    const team = await engine.connect();
    team.put("a", { title: "one", description: "theirs" });
    await team.session();
    team.put("a", { title: "one", description: "edited there" });
    await engine.psql("update events set location = 'edited here' where calendar_id = $1", [
      team.calendarId,
    ]);
    const before = await sides(team);
    const { sessionId } = await team.session();
    expect(await sides(team)).not.toEqual(before);
    await undoOf(engine, team, sessionId);
    const now = await sides(team);
    expect(now.here).toEqual(before.here);
    expect(sameValue(now.there, before.there)).toBe(true);
    await atRest(team);
  });

  it("takes a push of new events back: they go there, stay here, and are made anew when edited", async () => {
    const team = await engine.connect();
    const master = await team.insert("series", { ...utc, ...daily });
    await team.insert("moved", {
      ...utc,
      master_id: master,
      original_start: JSON.stringify(third),
    });
    await team.insert("one", utc);
    const { sessionId } = await team.session();
    expect(team.there()).toEqual(["moved", "one", "series"]);
    const undone = await undoOf(engine, team, sessionId);
    expect(await left(undone.planId)).toEqual([]);
    expect(team.there()).toEqual([]);
    expect(await team.here()).toEqual(["moved", "one", "series"]);
    await atRest(team);
    await engine.psql(
      "update events set location = 'room' where title = 'moved' and calendar_id = $1",
      [team.calendarId],
    );
    for (let pass = 0; pass < 3; pass += 1) await team.session();
    expect(team.there()).toEqual(["moved", "series"]);
    await atRest(team);
  });

  it("brings our events back under their ids, with their exceptions, and does not send them", async () => {
    const team = await engine.connect();
    team.put("s", { title: "series", ...daily });
    team.put("x", { title: "moved" }, { master: "s", originalStart: third });
    await team.session();
    const before = await sides(team);
    team.store.remove("s");
    const { sessionId } = await team.session();
    expect(await team.here()).toEqual([]);
    await undoOf(engine, team, sessionId);
    expect((await sides(team)).here).toEqual(before.here);
    expect(team.there()).toEqual([]);
    await atRest(team);
    await engine.psql(
      "update events set location = 'room' where title = 'series' and calendar_id = $1",
      [team.calendarId],
    );
    for (let pass = 0; pass < 3; pass += 1) await team.session();
    expect(team.there()).toEqual(["moved", "series"]);
  });

  it.each([true, false])(
    "brings theirs back, under their ids where the provider can, and otherwise says so: %s",
    async (keeps) => {
      const team = await (keeps ? connectKeeping() : engine.connect({ provider: forgettingItems }));
      team.put("a", { title: "one", description: "theirs" });
      await team.session();
      await engine.psql("delete from events where calendar_id = $1", [team.calendarId]);
      const { sessionId } = await team.session();
      expect(team.there()).toEqual([]);
      const { planId } = await undoOf(engine, team, sessionId);
      expect(team.there()).toEqual(["one"]);
      expect(await team.here()).toEqual([]);
      expect(team.store.get("a")?.item?.fields.description).toBe(keeps ? "theirs" : undefined);
      expect(
        await engine.psql("select state, reason from plan_items where plan_id = $1", [planId]),
      ).toEqual([{ state: "done", reason: keeps ? null : "made anew, under another id" }]);
      await atRest(team);
    },
  );

  it.each([true, false])(
    "brings a series back there as it was, with the occurrence that was changed: under its id %s",
    async (keeps) => {
      const team = await (keeps ? connectKeeping() : engine.connect());
      team.put("s", { title: "series", ...daily });
      team.put("x", { title: "moved" }, { master: "s", originalStart: third });
      await team.session();
      await engine.psql("delete from events where calendar_id = $1", [team.calendarId]);
      const { sessionId } = await team.session();
      expect(team.there()).toEqual([]);
      const { planId } = await undoOf(engine, team, sessionId);
      expect(await left(planId)).toEqual([]);
      expect(team.there()).toEqual(["moved", "series"]);
      expect(await team.here()).toEqual([]);
      await atRest(team);
    },
  );

  it("leaves what has changed since, on either side, and says why", async () => {
    const team = await engine.connect();
    for (const id of ["a", "b"]) team.put(id, { title: id });
    await team.insert("c", utc);
    await team.session();
    team.put("a", { title: "a there" });
    await engine.psql("update events set title = 'b here' where title = 'b' and calendar_id = $1", [
      team.calendarId,
    ]);
    team.put("d", { title: "d" });
    await team.insert("e", utc);
    const { sessionId } = await team.session();
    await engine.psql(
      "update events set title = title || ' later' where calendar_id = $1 and title in ('a there', 'd')",
      [team.calendarId],
    );
    team.put("b", { title: "b later" });
    const made = team.store.all().find(({ item }) => item?.fields.title === "e");
    team.put(made?.id ?? "", { title: "e later" });
    await team.session();
    const before = await sides(team);
    const { planId } = await undoOf(engine, team, sessionId);
    expect(await left(planId)).toEqual([
      "local deleted: it has changed since",
      "local updated: it has changed since",
      "remote deleted: it has changed since",
      "remote updated: it has changed since",
    ]);
    expect(await sides(team)).toEqual(before);
  });

  it("can be undone", async () => {
    const team = await connectKeeping();
    team.put("a", { title: "one" });
    await team.insert("two", utc);
    const { sessionId } = await team.session();
    const after = await sides(team);
    const undone = await undoOf(engine, team, sessionId);
    expect(await team.here()).toEqual(["two"]);
    expect(team.there()).toEqual(["one"]);
    const again = await undoOf(engine, team, undone.sessionId);
    expect(await left(again.planId)).toEqual([]);
    expect((await sides(team)).here).toEqual(after.here);
    expect(team.there()).toEqual(["one", "two"]);
    await atRest(team);
    team.put("a", { title: "one more" });
    await team.session();
    expect(await team.here()).toEqual(["one more", "two"]);
  });

  it("takes a series away again that a session brought back for an edit of an occurrence there", async () => {
    const team = await engine.connect();
    team.put("s", { title: "series", ...daily });
    await team.session();
    await engine.psql("delete from events where calendar_id = $1", [team.calendarId]);
    team.put("x", { title: "moved" }, { master: "s", originalStart: third });
    const { sessionId } = await team.session();
    expect(await team.here()).toEqual(["moved", "series"]);
    const { planId } = await undoOf(engine, team, sessionId);
    expect(await left(planId)).toEqual([]);
    expect(await team.here()).toEqual([]);
    expect(team.there()).toEqual(["moved", "series"]);
    await atRest(team);
  });

  it("does not count towards the brake", async () => {
    const team = await engine.connect();
    for (let n = 0; n < 15; n += 1) team.put(`i${n}`, { title: `i${n}` });
    const { sessionId } = await team.session();
    await undoOf(engine, team, sessionId);
    team.put("a", { title: "one" });
    await team.session();
    team.store.remove("a");
    await team.session();
    expect(await team.here()).toEqual([]);
  });

  it("is an edit like any other for the other connections of the calendar", async () => {
    const team = await engine.connect();
    const other = await engine.connect({ companyId: team.companyId, calendarId: team.calendarId });
    team.put("a", { title: "one" });
    await team.session();
    team.put("a", { title: "two" });
    team.put("b", { title: "new" });
    const { sessionId } = await team.session();
    await other.session();
    expect(other.there()).toEqual(["new", "two"]);
    await undoOf(engine, team, sessionId);
    await other.session();
    expect(other.there()).toEqual(["one"]);
    expect(team.there()).toEqual(["new", "two"]);
    await atRest(team);
    await atRest(other);
  });

  it("knows what landed although its answer was lost", async () => {
    const lost = new Set(["create", "update", "delete"]);
    const losing = async <T>(call: string, answer: Promise<T>): Promise<T> => {
      const done = await answer;
      if (lost.delete(call)) throw new Unavailable("the answer is lost");
      return done;
    };
    const team = await engine.connect({
      config: { RETRY_MIN_MS: 1, RETRY_MAX_MS: 1 },
      provider: writing(({ create, update, delete: remove }) => ({
        create: (...asked) => losing("create", create(...asked)),
        update: (...asked) => losing("update", update(...asked)),
        delete: (...asked) => losing("delete", remove(...asked)),
      })),
    });
    for (const id of ["a", "b"]) team.put(id, { title: id });
    lost.clear();
    await team.session();
    for (const call of ["create", "update", "delete"]) lost.add(call);
    await team.insert("c", utc);
    await engine.psql(
      "update events set location = 'room' where title = 'a' and calendar_id = $1",
      [team.calendarId],
    );
    await engine.psql("delete from events where title = 'b' and calendar_id = $1", [
      team.calendarId,
    ]);
    const { sessionId } = await team.session();
    await team.session();
    expect([...lost, ...team.there()]).toEqual(["a", "c"]);
    await undoOf(engine, team, sessionId);
    expect(team.there()).toEqual(["a", "b"]);
    expect(team.store.get("a")?.item?.fields.location).toBe("");
    await atRest(team);
  });
});
