import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Connector, Page, Remote } from "../../connectors/connector.ts";
import { readAnew } from "../../db/cursors.ts";
import type { EventItem } from "../../sync/event.ts";
import { type Engine, startEngine } from "../support/engine.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(inject("databaseUrl"));
});
afterAll(() => engine?.stop());

type Team = Awaited<ReturnType<Engine["connect"]>>;
type Wrap = (remote: Remote<EventItem>) => Remote<EventItem>;

const over =
  (wrap: Wrap) =>
  (memory: Connector<EventItem>): Connector<EventItem> => ({
    ...memory,
    open: (connection) => wrap(memory.open(connection)),
  });

/** A provider that knows no series, as Notion. */
const knowsNoSeries = over((remote) => ({
  ...remote,
  ...(remote.write && {
    write: {
      ...remote.write,
      cannotHold: ({ fields, master }: EventItem) =>
        fields.recurrence.length > 0 || master !== undefined ? "it is a series" : null,
    },
  }),
}));

/** A provider that also hides what was moved or is no longer shared. */
const hides = over((remote) => ({
  ...remote,
  async *pull(stream, cursor, signal) {
    for await (const page of remote.pull(stream, cursor, signal))
      yield { ...page, absence: "unknown" } satisfies Page<EventItem>;
  },
}));

const links = (team: Team) =>
  engine.psql<{ state: string; reason: string | null; title: string | null }>(
    "select l.state, l.reason, e.title from links l left join events e on e.id = l.event_id where l.connection_id = $1 order by e.title",
    [team.connectionId],
  );
const pending = async (team: Team) =>
  (await team.writes()).filter(({ state }) => state !== "completed");

describe("what the provider cannot hold", () => {
  it("stays out with its reason, is not asked for again, and keeps nothing else waiting (F46)", async () => {
    const team = await engine.connect({ provider: knowsNoSeries });
    const series = await team.insert("series", { recurrence: ["RRULE:FREQ=DAILY;COUNT=3"] });
    await team.insert("exception", {
      master_id: series,
      original_start: JSON.stringify({ local: "2026-12-03T10:00:00", zone: "UTC" }),
    });
    await team.insert("single");
    await team.session();
    expect(team.there()).toEqual(["single"]);
    expect(await links(team)).toMatchObject([
      { title: "exception", state: "kept-out", reason: "it is a series" },
      { title: "series", state: "kept-out", reason: "it is a series" },
      { title: "single", state: "live", reason: null },
    ]);
    expect(await pending(team)).toEqual([]);
  });

  it("goes there once our side is something that it can hold, and comes out of sight again", async () => {
    const team = await engine.connect({ provider: knowsNoSeries });
    const id = await team.insert("weekly", { recurrence: ["RRULE:FREQ=WEEKLY;COUNT=3"] });
    await team.session();
    await engine.psql("update events set recurrence = '{}' where id = $1", [id]);
    await team.session();
    expect(team.there()).toEqual(["weekly"]);
    await engine.psql(
      "update events set recurrence = '{RRULE:FREQ=WEEKLY;COUNT=3}', title = 'renamed' where id = $1",
      [id],
    );
    await team.session();
    expect(team.there()).toEqual(["weekly"]);
    expect(await links(team)).toMatchObject([{ title: "renamed", state: "kept-out" }]);
    await engine.psql("update events set recurrence = '{}' where id = $1", [id]);
    await team.session();
    expect(team.there()).toEqual(["renamed"]);
    expect(await links(team)).toMatchObject([{ state: "live", reason: null }]);
  });

  it("is deleted here without a word to the provider", async () => {
    const team = await engine.connect({ provider: knowsNoSeries });
    const id = await team.insert("weekly", { recurrence: ["RRULE:FREQ=WEEKLY;COUNT=3"] });
    await team.session();
    await engine.psql("delete from events where id = $1", [id]);
    const before = team.store.changes;
    await team.session();
    expect(team.store.changes).toBe(before);
    expect(await links(team)).toMatchObject([{ state: "tombstone" }]);
  });
});

describe("absence where a provider hides things", () => {
  const isolated = async () => {
    const team = await engine.connect({ provider: hides });
    team.put("a", { title: "stays" });
    team.put("b", { title: "hidden" });
    await team.session();
    return team;
  };
  /** The page is there still, but nobody lists it. */
  const hide = (team: Team) => {
    const entry = team.store.get("b");
    team.store.remove("b");
    team.store.forgetHistory();
    return () => team.store.put({ id: "b", item: entry?.item ?? null });
  };
  const readEverything = (team: Team) =>
    team.deps.db.withCompany(team.companyId, (tx) => readAnew(tx, team.connectionId));

  it("deletes nothing, sets the item aside, and takes it up again when it is listed (F24, I6)", async () => {
    const team = await isolated();
    const show = hide(team);
    await readEverything(team);
    await team.session();
    expect(await team.here()).toEqual(["hidden", "stays"]);
    expect(await links(team)).toMatchObject([
      { title: "hidden", state: "set-aside", reason: expect.stringContaining("no longer") },
      { title: "stays", state: "live" },
    ]);
    show();
    await team.session();
    expect(await links(team)).toMatchObject([
      { title: "hidden", state: "live", reason: null },
      { title: "stays", state: "live" },
    ]);
  });
});
