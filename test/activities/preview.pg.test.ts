import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { openSession } from "../../activities/session.ts";
import { Rejected } from "../../connectors/errors.ts";
import { discardPlan } from "../../db/plan-states.ts";
import { asActivity, type Engine, plain, startEngine } from "../support/engine.ts";
import { listing } from "../support/otherwise.ts";
import { apply, askPreview, itemsOf, planOf, planSession, preview } from "../support/previews.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(inject("databaseUrl"));
});
afterAll(() => engine?.stop());

type Team = Awaited<ReturnType<Engine["connect"]>>;

const daily = ["RRULE:FREQ=DAILY;COUNT=5"];
const third = { local: "2026-12-03T10:00:00", zone: "UTC" };

/** Something of every kind to do, on both sides. */
async function eventful(): Promise<Team> {
  const team = await engine.connect();
  for (const id of ["edited", "merged", "gone", "kept", "ours gone", "series"])
    team.put(id, { title: id, ...(id === "series" && { recurrence: daily }) });
  await team.session();
  const write = (set: string, title: string) =>
    engine.psql(`update events set ${set} where calendar_id = $1 and title = $2`, [
      team.calendarId,
      title,
    ]);
  team.put("edited", { title: "edited there" });
  team.put("merged", { title: "merged", location: "their room" });
  await write("description = 'our text'", "merged");
  await write("title = 'kept, edited here'", "kept");
  await engine.psql("delete from events where calendar_id = $1 and title = 'ours gone'", [
    team.calendarId,
  ]);
  team.store.remove("gone");
  team.put("new there", { title: "new there" });
  await team.insert("new here");
  const master = await team.insert("our series", { recurrence: daily });
  await team.insert("moved", {
    master_id: master,
    original_start: JSON.stringify(third),
    start_at: "2026-12-03 15:00",
    end_at: "2026-12-03 16:00",
  });
  team.store.put({
    id: "series third",
    item: { fields: { ...plain, title: "renamed there" }, master: "series", originalStart: third },
  });
  return team;
}

/** Everything in every table but what a session says of itself, and the plans. */
async function everything(): Promise<Record<string, unknown>> {
  const ownOf = ["sync_sessions", "sync_logs", "plans", "plan_items", "plan_pages"];
  const tables = await engine.psql<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public' and tablename <> all($1) order by 1",
    [ownOf],
  );
  const all: Record<string, unknown> = {};
  for (const { name } of tables) {
    // Each attempt of a step raises the epoch.
    const row = name === "connections" ? "to_jsonb(t) - 'epoch'" : "to_jsonb(t)";
    const rows = await engine.psql(`select ${row} as row from "${name}" t order by 1`);
    all[name] = rows;
  }
  return all;
}

const brief = (items: Awaited<ReturnType<typeof itemsOf>>) =>
  items.map(({ side, action, fields, held }) => {
    const { title } = fields;
    const changed = Object.entries(fields).map(([field, { before }]) => [field, before]);
    const what = action === "updated" ? [Object.fromEntries(changed)] : [title?.after ?? []].flat();
    return [side, action, ...what, ...(held ? ["held"] : [])];
  });

const sorted = (lines: unknown[]) => lines.map(written).toSorted();

/** The same text for the same value, whatever the order of its keys. */
const written = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) =>
    typeof one === "object" && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );

describe("a preview", () => {
  it("shows what each side would become, field by field, and changes no row of any table and nothing at the provider", async () => {
    const team = await eventful();
    const [rows, there] = [await everything(), team.store.all()];
    const { planId, items } = await preview(team);
    expect(await everything()).toEqual(rows);
    expect(team.store.all()).toEqual(there);
    expect(sorted(brief(items))).toEqual(
      sorted([
        ["local", "created", "new there"],
        ["local", "created", "renamed there"],
        ["local", "deleted"],
        ["local", "updated", { location: "" }],
        ["local", "updated", { title: "edited" }],
        ["remote", "created", "new here"],
        ["remote", "created", "our series"],
        ["remote", "deleted"],
        ["remote", "updated", { description: "" }],
        ["remote", "updated", { title: "kept" }],
        [
          "remote",
          "updated",
          { title: "our series", start: third, end: { ...third, local: "2026-12-03T11:00:00" } },
        ],
      ]),
    );
    expect(await planOf(team, planId)).toMatchObject({
      state: "ready",
      items: 11,
      summary: {
        local: { created: 2, updated: 2, deleted: 1 },
        remote: { created: 2, updated: 3, deleted: 1 },
        held: 0,
      },
    });
  });

  it("names no id that nobody knows yet, and no remote id that nobody has made", async () => {
    const { items } = await preview(await eventful());
    for (const { side, action, eventId, remoteId } of items) {
      expect(eventId === null).toBe(side === "local" && action === "created");
      if (side === "remote" && action === "created") expect(remoteId).toBeNull();
      expect(remoteId ?? "").not.toContain("not made");
    }
  });

  it("keeps no page of the provider's once it is drawn up", async () => {
    const team = await eventful();
    await preview(team);
    expect(await engine.psql("select 1 from plan_pages")).toEqual([]);
  });

  it("shows what the brake would hold, and holds nothing (I14)", async () => {
    const team = await engine.connect();
    for (let n = 0; n < 30; n++) team.put(`e${n}`, { title: `e${n}` });
    await team.session();
    for (let n = 0; n < 12; n++) team.store.remove(`e${n}`);
    const { items } = await preview(team);
    expect(items).toHaveLength(12);
    expect(new Set(items.map(({ held, side, action }) => `${held} ${side} ${action}`))).toEqual(
      new Set(["true local deleted"]),
    );
    expect(
      await engine.psql("select 1 from plans where connection_id = $1 and kind = 'deletions'", [
        team.connectionId,
      ]),
    ).toEqual([]);
  });

  it("reads everything where the provider has forgotten our cursor", async () => {
    const team = await eventful();
    team.store.forgetHistory();
    const { items } = await preview(team);
    expect(items).toHaveLength(11);
  });

  it("sets aside in the same way what the database cannot hold (I15)", async () => {
    const team = await engine.connect();
    team.put("bad", { title: "bad \u0000" });
    team.put("good", { title: "good" });
    expect(brief((await preview(team)).items)).toEqual([["local", "created", "good"]]);
  });
});

describe("a preview that is applied", () => {
  it("does exactly what it has shown, and leaves nothing for the next session", async () => {
    const team = await eventful();
    const { planId } = await preview(team);
    const { sessionId, result } = await apply(team, planId);
    expect(result).toEqual({ outcome: "done" });
    const items = await itemsOf(team, planId);
    expect(items.map(({ state, reason }) => [state, reason])).toEqual(
      items.map(() => ["done", null]),
    );
    expect(await planOf(team, planId)).toMatchObject({
      state: "applied",
      summary: { done: 11, left: 0 },
    });
    expect(
      await engine.psql(
        "select side, action, count(*)::int from changes where session_id = $1 group by 1, 2 order by 1, 2",
        [sessionId],
      ),
    ).toEqual([
      { side: "local", action: "created", count: 2 },
      { side: "local", action: "deleted", count: 1 },
      { side: "local", action: "updated", count: 2 },
      { side: "remote", action: "created", count: 2 },
      { side: "remote", action: "deleted", count: 1 },
      { side: "remote", action: "updated", count: 3 },
    ]);
    const changes = team.store.changes;
    await team.session();
    expect(team.store.changes).toBe(changes);
  });

  it("does nothing, and says what has moved, where something has (both ways)", async () => {
    const team = await eventful();
    const { planId } = await preview(team);
    team.put("edited", { title: "edited again" });
    team.put("late", { title: "late" });
    const [there, here] = [team.store.all(), await team.here()];
    const { result, closing } = await apply(team, planId);
    expect(result).toMatchObject({ outcome: "stop", code: "moved" });
    expect([team.store.all(), await team.here()]).toEqual([there, here]);
    const { state, summary } = await planOf(team, planId);
    expect(state).toBe("moved");
    expect(summary).toMatchObject({
      movedCount: 2,
      moved: [
        {
          planned: { fields: { title: { before: "edited", after: "edited there" } } },
          now: { fields: { title: { before: "edited", after: "edited again" } } },
        },
        { planned: null, now: { action: "created", side: "local", remoteId: "late" } },
      ],
    });
    expect(closing.failed).toBe(true);
    expect(
      await engine.psql("select last_error_code from connections where id = $1", [
        team.connectionId,
      ]),
    ).toEqual([{ last_error_code: null }]);
  });

  it("leaves a write that is not what it has shown, with the reason, and sends the others", async () => {
    const team = await eventful();
    const { planId } = await preview(team);
    const { result } = await apply(team, planId, {
      beforePush: async () => {
        await engine.psql(
          "update events set title = 'edited meanwhile' where calendar_id = $1 and title = 'new here'",
          [team.calendarId],
        );
        await team.insert("not in the plan");
        team.put("kept", { title: "kept, edited there meanwhile" });
      },
    });
    expect(result).toEqual({ outcome: "done" });
    const left = (await itemsOf(team, planId)).filter(({ state }) => state !== "done");
    expect(left.map(({ action, reason }) => [action, reason]).toSorted()).toEqual([
      ["created", "it has changed on our side since"],
      ["updated", "it has changed or gone at the provider since"],
    ]);
    expect(team.there()).not.toContain("not in the plan");
    expect(await planOf(team, planId)).toMatchObject({
      state: "applied",
      summary: { done: 9, left: 2 },
    });
    await team.session();
    expect(team.there()).toEqual(await team.here());
  });

  it("is done once, however often its step is repeated", async () => {
    const team = await eventful();
    const { planId } = await preview(team);
    await engine.psql("update plans set state = 'applying', settled_at = now() where id = $1", [
      planId,
    ]);
    const here = await team.here();
    await engine.psql(
      `insert into sync_sessions (id, company_id, connection_id, kind, plan_id, status, trigger, triggered_by)
       values (gen_random_uuid(), $1, $2, 'apply', $3, 'queued', 'manual', 'test')`,
      [team.companyId, team.connectionId, planId],
    );
    await planSession(team);
    expect(await team.here()).toEqual(here);
  });
});

describe("while a preview waits", () => {
  const opening = (team: Team) => asActivity(() => openSession(team.deps, team.ref));

  it("rings only mark; discarded, they are served", async () => {
    const team = await eventful();
    const { planId } = await preview(team);
    await team.ring();
    expect(await opening(team)).toEqual({ kind: "idle", why: "a preview waits for a person" });
    await engine.db.withCompany(team.companyId, (tx) => discardPlan(tx, planId, "a person"));
    expect(await opening(team)).toMatchObject({ kind: "run", trigger: "manual" });
  });

  it("sessions go on when its time is over", async () => {
    const team = await eventful();
    const { planId } = await preview(team);
    await team.ring();
    await engine.psql("update plans set waits_until = now() where id = $1", [planId]);
    expect(await opening(team)).toMatchObject({ kind: "run" });
    expect(await planOf(team, planId)).toMatchObject({ state: "discarded", settledBy: "system" });
  });

  it("another one is not asked for", async () => {
    const team = await eventful();
    await preview(team);
    await expect(askPreview(team)).rejects.toThrow("under way");
  });

  it("a session that was running is gone on with first", async () => {
    const team = await eventful();
    await team.ring();
    const running = await opening(team);
    await askPreview(team);
    expect(await opening(team)).toEqual(running);
  });
});

describe("a first sync that is to be shown", () => {
  const unsynced = async (): Promise<Team> => {
    const team = await engine.connect();
    await engine.psql("update connections set first_sync = 'preview' where id = $1", [
      team.connectionId,
    ]);
    team.put("theirs", { title: "theirs" });
    await team.insert("ours");
    await team.ring();
    return team;
  };

  it("is drawn up by the first ring, waits without end, and is applied", async () => {
    const team = await unsynced();
    const { mode } = await planSession(team);
    expect(mode.kind).toBe("preview");
    expect(await planOf(team, mode.planId)).toMatchObject({ state: "ready", waitsUntil: null });
    expect(await asActivity(() => openSession(team.deps, team.ref))).toMatchObject({
      kind: "idle",
    });
    await apply(team, mode.planId);
    expect(team.there()).toEqual(["ours", "theirs"]);
    expect(await team.here()).toEqual(["ours", "theirs"]);
    expect(await team.session()).toMatchObject({ pushed: { outcome: "done" } });
  });

  it("rests where it was discarded, until another one is asked for", async () => {
    const team = await unsynced();
    const { mode } = await planSession(team);
    await engine.db.withCompany(team.companyId, (tx) => discardPlan(tx, mode.planId, "a person"));
    expect(await asActivity(() => openSession(team.deps, team.ref))).toEqual({
      kind: "idle",
      why: "the preview of the first sync was discarded",
    });
    expect(await team.here()).toEqual(["ours"]);
    await askPreview(team);
    expect((await planSession(team)).mode.kind).toBe("preview");
  });

  it("is drawn up again at the next ring, and not at once, where it has failed", async () => {
    let refuses = true;
    const team = await engine.connect({
      provider: listing((page) => {
        if (refuses) throw new Rejected("events.list: 400 invalid");
        return page;
      }),
    });
    await engine.psql("update connections set first_sync = 'preview' where id = $1", [
      team.connectionId,
    ]);
    await team.ring();
    const failed = await planSession(team);
    expect(failed.closing).toMatchObject({ failed: true, again: false });
    expect(await planOf(team, failed.mode.planId)).toMatchObject({ state: "failed" });
    refuses = false;
    const { mode } = await planSession(team);
    expect(await planOf(team, mode.planId)).toMatchObject({ state: "ready" });
  });
});
