import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Connector } from "../../connectors/connector.ts";
import { PreconditionFailed, Unavailable } from "../../connectors/errors.ts";
import { createMemoryStore } from "../../connectors/memory/store.ts";
import type { EventItem } from "../../sync/event.ts";
import { type Engine, startEngine } from "../support/engine.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(inject("databaseUrl"));
});
afterAll(() => engine?.stop());

type Team = Awaited<ReturnType<Engine["connect"]>>;

const utc = { start_zone: "UTC", end_zone: "UTC" };
const daily = { ...utc, recurrence: ["RRULE:FREQ=DAILY;COUNT=5"] };
const third = { local: "2026-12-03T10:00:00", zone: "UTC" };

/** A series of ours with one occurrence that was moved to the afternoon. */
async function moved(team: Team): Promise<{ master: string; exception: string }> {
  const master = await team.insert("series", daily);
  const exception = await team.insert("moved", {
    ...utc,
    master_id: master,
    original_start: JSON.stringify(third),
    start_at: "2026-12-03 15:00",
    end_at: "2026-12-03 16:00",
  });
  return { master, exception };
}

const rows = (team: Team) =>
  engine.psql<{ title: string; status: string; living: boolean }>(
    "select title, status, deleted_at is null as living from events where calendar_id = $1 order by title",
    [team.calendarId],
  );

describe("a series that is deleted with SQL", () => {
  it.each(["series first", "exception first"])(
    "goes with its exceptions, in whatever order a statement meets them, and comes back with them as they were: %s",
    async (order) => {
      const team = await engine.connect();
      const { master } = await moved(team);
      // An update moves a row to the end of the table.
      if (order === "exception first")
        await engine.psql("update events set notes = 'touched' where id = $1", [master]);
      await engine.psql("delete from events where calendar_id = $1", [team.calendarId]);
      expect(await rows(team)).toEqual([
        { title: "moved", status: "confirmed", living: false },
        { title: "series", status: "confirmed", living: false },
      ]);
      await engine.psql("update events set deleted_at = null where id = $1", [master]);
      expect(await rows(team)).toEqual([
        { title: "moved", status: "confirmed", living: true },
        { title: "series", status: "confirmed", living: true },
      ]);
    },
  );

  it("keeps a deleted exception of it as a cancelled occurrence", async () => {
    const team = await engine.connect();
    const { exception } = await moved(team);
    await engine.psql("delete from events where id = $1", [exception]);
    expect(await rows(team)).toEqual([
      { title: "moved", status: "cancelled", living: true },
      { title: "series", status: "confirmed", living: true },
    ]);
  });
});

describe("a series that is deleted at the provider", () => {
  it("comes back with its exceptions when our side undeletes it", async () => {
    const team = await engine.connect();
    const { master } = await moved(team);
    await team.session();
    expect(team.there()).toEqual(["moved", "series"]);
    const [link] = await engine.psql<{ remote_id: string }>(
      "select remote_id from links where event_id = $1",
      [master],
    );
    team.store.remove(link?.remote_id ?? "");
    await team.session();
    expect(await team.here()).toEqual([]);
    await engine.psql("update events set deleted_at = null where id = $1", [master]);
    expect(await team.here()).toEqual(["moved", "series"]);
    await team.session();
    await team.session();
    expect(team.there()).toEqual(["moved", "series"]);
  });
});

describe("an occurrence that is edited here while its series is, too", () => {
  /** The first change of the series itself meets a newer version, so that the occurrence is found first. */
  const refusesOnce = (memory: Connector<EventItem>): Connector<EventItem> => {
    let refused = false;
    return {
      ...memory,
      open: (connection) => {
        const remote = memory.open(connection);
        const { write } = remote;
        if (!write) return remote;
        const update: typeof write.update = (...call) => {
          if (refused || call[0] !== "s") return write.update(...call);
          refused = true;
          throw new PreconditionFailed("s has changed");
        };
        return { ...remote, write: { ...write, update } };
      },
    };
  };

  it("keeps its own edit: what the series gives it is nobody's edit of the occurrence (I3)", async () => {
    const team = await engine.connect({ provider: refusesOnce });
    team.put("s", { title: "series", recurrence: ["RRULE:FREQ=DAILY;COUNT=5"] });
    await team.session();
    const [series] = await engine.psql<{ id: string }>(
      "select id from events where calendar_id = $1",
      [team.calendarId],
    );
    await team.insert("occurrence, renamed", {
      ...utc,
      master_id: series?.id,
      original_start: JSON.stringify(third),
      start_at: "2026-12-03 10:00",
      end_at: "2026-12-03 11:00",
    });
    await engine.psql("update events set title = 'series, renamed' where id = $1", [series?.id]);
    await team.session();
    await team.session();
    expect(team.there()).toEqual(["occurrence, renamed", "series, renamed"]);
    expect(await team.here()).toEqual(["occurrence, renamed", "series, renamed"]);
  });

  it("stays cancelled where the answer was lost and its series was renamed there meanwhile (I3)", async () => {
    const store = createMemoryStore();
    const rename = () => {
      const item = store.get("s")?.item;
      if (item)
        store.put({
          id: "s",
          item: { ...item, fields: { ...item.fields, title: "renamed there" } },
        });
    };
    let lost = false;
    const losesOnce = (memory: Connector<EventItem>): Connector<EventItem> => ({
      ...memory,
      open: (connection) => {
        const remote = memory.open(connection);
        const { write } = remote;
        if (!write) return remote;
        const update: typeof write.update = (...call) => {
          if (lost || !call[0].startsWith("s ")) return write.update(...call);
          lost = true;
          rename();
          throw new Unavailable("no answer");
        };
        return { ...remote, write: { ...write, update } };
      },
    });
    const config = { RETRY_MIN_MS: 1, RETRY_MAX_MS: 1 };
    const team = await engine.connect({ store, provider: losesOnce, config });
    team.put("s", { title: "series", recurrence: ["RRULE:FREQ=DAILY;COUNT=5"] });
    await team.session();
    await engine.psql(
      `insert into events (company_id, calendar_id, title, status, start_at, end_at, start_zone, end_zone, master_id, original_start)
       select company_id, calendar_id, '', 'cancelled', '2026-12-03 10:00', '2026-12-03 10:00', 'UTC', 'UTC', id, $2
       from events where calendar_id = $1`,
      [team.calendarId, JSON.stringify(third)],
    );
    for (let pass = 0; pass < 3; pass += 1) await team.session();
    expect(lost).toBe(true);
    expect((await rows(team)).map(({ title, status }) => [title, status])).toEqual([
      ["", "cancelled"],
      ["renamed there", "confirmed"],
    ]);
  });
});
