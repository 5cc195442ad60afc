import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { push } from "../../activities/push.ts";
import { openSession } from "../../activities/session.ts";
import { pollDue } from "../../activities/standing.ts";
import { RateLimited, Unavailable } from "../../connectors/errors.ts";
import { StaleAttempt } from "../../db/attempts.ts";
import { changeConnection, markDisconnected } from "../../db/connections.ts";
import { ring, ringOnce } from "../../db/rings.ts";
import { asActivity, type Engine, plain, startEngine } from "../support/engine.ts";
import { listing, writing } from "../support/otherwise.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(inject("databaseUrl"));
});
afterAll(() => engine?.stop());

type Team = Awaited<ReturnType<Engine["connect"]>>;

const connection = async (team: Team) =>
  (await engine.psql("select * from connections where id = $1", [team.connectionId]))[0];
const sessions = (team: Team) =>
  engine.psql(
    "select status, error_code from sync_sessions where connection_id = $1 order by created_at",
    [team.connectionId],
  );
const pause = (team: Team, enabled: boolean) =>
  engine.db.withCompany(team.companyId, (tx) =>
    changeConnection(tx, team.connectionId, { enabled }),
  );

/** A team whose first creation at the provider is followed by something. */
async function after(first: (team: Team) => Promise<unknown>) {
  let calls = 0;
  const team: Team = await engine.connect({
    provider: writing(({ create }, { spend }) => ({
      create: async (...asked) => {
        await spend(1);
        const made = await create(...asked);
        if (++calls === 1) await first(team);
        return made;
      },
    })),
  });
  return { team, calls: () => calls };
}

describe("an attempt that another has taken over from (F3)", () => {
  const overtake = (team: Team) =>
    engine.psql("update connections set epoch = epoch + 1 where id = $1", [team.connectionId]);

  it("makes no further call, stores nothing, and leaves what it had prepared to the other", async () => {
    const { team, calls } = await after(overtake);
    for (const title of ["a", "b", "c"]) await team.insert(title);
    await expect(team.session()).rejects.toThrow(StaleAttempt);
    expect(calls()).toBe(1);
    expect(
      await engine.psql("select outcome from intents where connection_id = $1", [
        team.connectionId,
      ]),
    ).toEqual([{ outcome: null }, { outcome: null }, { outcome: null }]);
    await team.session();
    expect(team.there()).toEqual(["a", "b", "c"]);
    expect(team.store.changes).toBe(3);
  });

  it("leaves no trouble of its own on the connection", async () => {
    const team: Team = await engine.connect({
      provider: writing(() => ({
        create: async () => {
          await overtake(team);
          throw new RateLimited("events.insert: 429", 60_000);
        },
      })),
    });
    await team.insert("a");
    await expect(team.session()).rejects.toThrow(StaleAttempt);
    expect(await connection(team)).toMatchObject({ failures: 0, wait_until: null });
  });

  it("does not take the order to stop for the provider's fault (F2)", async () => {
    const stop = new AbortController();
    const team = await engine.connect({
      provider: writing(() => ({
        create: async () => {
          stop.abort();
          throw new Unavailable("events.insert: stopped by the caller", { retryAfterMs: 1 });
        },
      })),
    });
    await team.insert("a");
    const step = { ...team.ref, sessionId: (await team.ring()).sessionId, quick: false };
    await expect(asActivity(() => push(team.deps, step), stop.signal)).rejects.toThrow(Unavailable);
    expect(await connection(team)).toMatchObject({ failures: 0, last_error_code: null });
  });
});

describe("a connection that is paused during a session", () => {
  it("is left alone at once; resumed, it goes on where it was, and does nothing twice", async () => {
    const { team, calls } = await after((paused) => pause(paused, false));
    for (const title of ["a", "b", "c"]) await team.insert(title);
    await expect(team.session()).rejects.toThrow(StaleAttempt);
    expect(calls()).toBe(1);
    await pause(team, true);
    await team.session();
    expect(team.there()).toEqual(["a", "b", "c"]);
    expect(team.store.changes).toBe(3);
  });

  it("has its session ended with that reason, and no trouble noted", async () => {
    const team: Team = await engine.connect();
    await team.insert("a");
    const { pushed, closing } = await team.session(() => pause(team, false));
    expect(pushed).toMatchObject({ outcome: "stop", code: "paused" });
    expect(closing).toMatchObject({ failed: true });
    expect(await sessions(team)).toEqual([{ status: "error", error_code: "paused" }]);
    expect(await connection(team)).toMatchObject({ last_error_code: null, grant_state: "ok" });
  });

  it("is signalled at once when it is resumed, whoever rang in the meantime", async () => {
    const team = await engine.connect();
    await pause(team, false);
    expect(await team.ring()).toMatchObject({ signal: true });
    expect(await asActivity(() => openSession(team.deps, team.ref))).toMatchObject({
      kind: "idle",
    });
    await pause(team, true);
    expect(await team.ring()).toMatchObject({ signal: true });
  });
});

describe("a connection that is disconnected", () => {
  it("has the session that would have come next ended", async () => {
    const team = await engine.connect();
    await team.ring();
    await engine.db.withCompany(team.companyId, (tx) => markDisconnected(tx, team.connectionId));
    expect(await sessions(team)).toEqual([{ status: "error", error_code: "disconnected" }]);
    expect(await asActivity(() => openSession(team.deps, team.ref))).toEqual({
      kind: "idle",
      why: "disconnected",
    });
  });
});

describe("a ring for a queue", () => {
  it("whose signal was lost is signalled again by the next change, and not before ten seconds", async () => {
    const team = await engine.connect();
    const of = { ...team.ref, trigger: "api" as const, by: "database" };
    const again = () => engine.db.withCompany(team.companyId, (tx) => ringOnce(tx, of));
    const first = await engine.db.withCompany(team.companyId, (tx) => ring(tx, of));
    expect(await again()).toBeNull();
    await engine.psql(
      "update rings set signalled_at = now() - interval '11 seconds' where connection_id = $1",
      [team.connectionId],
    );
    expect(await again()).toEqual({ sessionId: first.sessionId, signal: true });
    expect(await again()).toBeNull();
  });
});

describe("a poll (I16)", () => {
  it("does not call a connection well whose last session failed: a session has to say so", async () => {
    const team = await engine.connect();
    await team.session();
    await engine.psql(
      "update connections set last_error_code = 'forbidden', last_error = 'events.patch: 403', next_poll_at = now() where id = $1",
      [team.connectionId],
    );
    const signalled: string[] = [];
    await asActivity(() =>
      pollDue(team.deps, "memory", async ({ connectionId }) => void signalled.push(connectionId)),
    );
    expect(signalled).toContain(team.connectionId);
    expect(await connection(team)).toMatchObject({ last_error_code: "forbidden" });
  });
});

describe("a worker whose clock is a day off (I17)", () => {
  const day = 24 * 3_600_000;

  it.each([-day, day])("settles a conflict by who was later, as any other: %i ms", async (off) => {
    const now = () => Date.now() + off;
    const team = await engine.connect({
      now,
      provider: listing((page) => ({ ...page, clockOffset: Date.now() - now() })),
    });
    team.put("earlier here", { title: "earlier here" });
    team.put("later here", { title: "later here" });
    await team.session();
    const hour = 3_600_000;
    const set = async (title: string, changed: string, at: number) => {
      await engine.psql(
        "update events set description = $3 where calendar_id = $1 and title = $2",
        [team.calendarId, title, changed],
      );
      await engine.psql(
        "update events set field_times = field_times || jsonb_build_object('description', $3::float8) where calendar_id = $1 and title = $2",
        [team.calendarId, title, Date.now() + at],
      );
    };
    await set("earlier here", "ours", -hour);
    await set("later here", "ours", hour);
    for (const title of ["earlier here", "later here"])
      team.store.put({ id: title, item: { fields: { ...plain, title, description: "theirs" } } });
    await team.session();
    expect(
      await engine.psql(
        "select title, description from events where calendar_id = $1 order by title",
        [team.calendarId],
      ),
    ).toEqual([
      { title: "earlier here", description: "theirs" },
      { title: "later here", description: "ours" },
    ]);
  });

  it.each([-day, day])("waits as long as the provider has asked for: %i ms", async (off) => {
    const team = await engine.connect({
      now: () => Date.now() + off,
      provider: writing(() => ({
        create: async () => {
          throw new RateLimited("events.insert: 429", 60_000);
        },
      })),
    });
    await team.insert("a");
    const { pushed } = await team.session();
    const untilMs = pushed?.outcome === "wait" ? pushed.untilMs : 0;
    expect(untilMs - Date.now()).toBeGreaterThan(50_000);
    expect(untilMs - Date.now()).toBeLessThan(70_000);
  });
});
