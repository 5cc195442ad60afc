import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Forbidden, Rejected, Unavailable } from "../../connectors/errors.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import { writing } from "../support/otherwise.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(inject("databaseUrl"));
});
afterAll(() => engine?.stop());

const daily = { recurrence: ["RRULE:FREQ=DAILY;COUNT=5"], start_zone: "UTC", end_zone: "UTC" };
const third = JSON.stringify({ local: "2026-12-03T10:00:00", zone: "UTC" });
const exceptionOf = (master: string) => ({
  master_id: master,
  original_start: third,
  start_at: "2026-12-03 15:00",
  end_at: "2026-12-03 16:00",
  start_zone: "UTC",
  end_zone: "UTC",
});

describe("a refused write", () => {
  it("does not take a change along that was made while it was under way", async () => {
    const team = await engine.connect({
      provider: writing(({ create }) => ({
        create: async (item, ...rest) => {
          if (item.fields.title !== "refused") return create(item, ...rest);
          await engine.psql("update events set title = 'mended' where title = 'refused'");
          throw new Rejected("events.insert: 400 invalid");
        },
      })),
    });
    await team.insert("refused");
    await team.session();
    expect(team.there()).toEqual(["mended"]);
    expect(await team.writes()).toMatchObject([{ title: "mended", state: "completed" }]);
  });
});

describe("an exception whose series cannot be sent", () => {
  it("waits longer and longer, which costs it none of its tries, and goes at once when its series has gone", async () => {
    let isDown = true;
    const team = await engine.connect({
      config: { RETRY_MIN_MS: 0, RETRY_MAX_MS: 0 },
      provider: writing(({ create }) => ({
        create: async (item, ...rest) => {
          if (isDown) throw new Rejected("events.insert: 400 invalid");
          return create(item, ...rest);
        },
      })),
    });
    const master = await team.insert("a series", daily);
    await team.insert("moved", exceptionOf(master));
    await engine.psql(
      "update writes set enqueued_at = now() - interval '2 minutes' where connection_id = $1",
      [team.connectionId],
    );
    const { closing } = await team.session();
    expect(closing.retryInMs).toBeGreaterThan(60_000);
    expect(await team.writes()).toMatchObject([
      { title: "a series", state: "failed" },
      { title: "moved", state: "pending", attempts: 0, error: "waits for its series" },
    ]);
    isDown = false;
    await engine.psql("update events set title = 'a series, mended' where id = $1", [master]);
    await team.session();
    expect(team.there()).toEqual(["a series, mended", "moved"]);
  });

  it("has all its tries left when the provider fails it for once", async () => {
    let failures = 1;
    const team = await engine.connect({
      config: { RETRY_MIN_MS: 0, RETRY_MAX_MS: 0 },
      provider: writing(({ create, occurrence }) => ({
        create: async (item, ...rest) => {
          if (item.fields.title === "refused") throw new Rejected("events.insert: 400 invalid");
          return create(item, ...rest);
        },
        occurrence: async (...asked) => {
          if (failures-- > 0) throw new Unavailable("events.instances: 500");
          return (await occurrence?.(...asked)) ?? null;
        },
      })),
    });
    const master = await team.insert("refused", daily);
    await team.insert("moved", exceptionOf(master));
    for (let session = 0; session < 10; session++) {
      await engine.psql(
        "update writes set next_attempt_at = now() where connection_id = $1 and state = 'pending'",
        [team.connectionId],
      );
      await team.session();
    }
    await engine.psql("update events set title = 'accepted' where id = $1", [master]);
    await team.session();
    await sleep(10);
    await team.session();
    expect(team.there()).toEqual(["accepted", "moved"]);
  });
});

describe("a write that may not be made", () => {
  it("is tried again after the others, which reach the provider (I15, F23)", async () => {
    const team = await engine.connect({
      provider: writing(({ create }) => ({
        create: async (item, ...rest) => {
          if (item.fields.title === "forbidden")
            throw new Forbidden("events.insert: 403 forbidden");
          return create(item, ...rest);
        },
      })),
    });
    await team.insert("forbidden");
    await team.insert("a");
    expect(await team.session()).toMatchObject({ pushed: { outcome: "stop", code: "forbidden" } });
    expect(await team.session()).toMatchObject({ pushed: { outcome: "done" } });
    await engine.psql(
      "update writes set next_attempt_at = now() where connection_id = $1 and state = 'pending'",
      [team.connectionId],
    );
    await engine.psql(
      `insert into events (company_id, calendar_id, title, start_at, end_at)
       select $1, $2, 'b', '2026-12-02 10:00', '2026-12-02 11:00' from pg_sleep(0.01)`,
      [team.companyId, team.calendarId],
    );
    expect(await team.session()).toMatchObject({ pushed: { outcome: "stop", code: "forbidden" } });
    expect(await team.session()).toMatchObject({ pushed: { outcome: "done" } });
    expect(team.there()).toEqual(["a", "b"]);
    expect(await team.writes()).toMatchObject([
      { title: "a", state: "completed" },
      { title: "b", state: "completed" },
      { title: "forbidden", state: "pending", attempts: 0, error: "events.insert: 403 forbidden" },
    ]);
    expect(
      await engine.psql(
        "select distinct outcome from intents where connection_id = $1 and event_id in (select id from events where title = 'forbidden')",
        [team.connectionId],
      ),
    ).toEqual([{ outcome: "refused" }]);
  });
});
