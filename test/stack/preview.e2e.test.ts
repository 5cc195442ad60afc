import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Connected } from "../support/connected.ts";
import { ownerOf } from "../support/http.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { hold, linesOf, planIn, previewed } from "../support/stack-plans.ts";
import { day, inStep, insert, requestsFor } from "../support/trouble.ts";
import { until } from "../support/until.ts";

let stack: Stack;
let owner: Awaited<ReturnType<typeof ownerOf>>;

beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    temporalAddress: inject("temporalAddress"),
    api: true,
  });
  owner = await ownerOf(stack);
});
afterAll(() => stack?.stop());

interface Line {
  side: string;
  action: string;
  title: string;
  guestsMailed: number;
  state: string;
  fields: Record<string, { before?: unknown; after: unknown }>;
}
interface PlanAnswer {
  id: string;
  state: string;
  moved: { planned: Line | null; now: Line | null }[];
}

const linesAt = async (planId: string, filter = "") =>
  (await owner.call<{ data: Line[] }>("GET", `/plans/${planId}/items?limit=500${filter}`)).body
    .data;
const ask = (team: Connected) =>
  owner.call<{ plan: PlanAnswer; session: { id: string; kind: string; planId: string } }>(
    "POST",
    `/connections/${team.connectionId}/preview`,
  );
const askedToApply = (planId: string) =>
  owner.call<{ session: { id: string } }>("POST", `/plans/${planId}/apply`);
const titles = async (team: Connected) => ({
  here: (
    await stack.psql<{ title: string }>(
      "select title from events where calendar_id = $1 and deleted_at is null order by 1",
      [team.calendarId],
    )
  ).map(({ title }) => title),
  there: (await stack.google.living(team.googleCalendar))
    .map(({ summary = "" }) => summary)
    .toSorted(),
});
const writesAtGoogle = async (team: Connected) =>
  (await requestsFor(stack, team)).filter(({ method }) => method !== "GET").length;

/** Two of each side's changes wait, and a preview of them is ready. */
async function ready(): Promise<{ team: Connected; planId: string }> {
  const team = await inStep(stack, 3, owner.companyId);
  await hold(stack, team);
  await stack.google.create(team.googleCalendar, { summary: "new there", ...day });
  await insert(stack, team, "new here");
  const { id: planId } = await previewed(stack, team);
  return { team, planId };
}

describe("a preview over HTTP", () => {
  it("is asked for once, is data, writes nothing at either side, and holds sessions back until it is discarded", async () => {
    const team = await inStep(stack, 3, owner.companyId);
    const before = await titles(team);
    const writes = await writesAtGoogle(team);
    const asked = await ask(team);
    expect(asked).toMatchObject({
      status: 202,
      body: { plan: { kind: "preview" }, session: { kind: "preview" } },
    });
    expect(asked.body.session.planId).toBe(asked.body.plan.id);
    const planId = asked.body.plan.id;
    expect(await ask(team)).toMatchObject({ status: 409, body: { code: "plan_under_way" } });
    await planIn(stack, team, planId, "ready");
    await team.ended(asked.body.session.id, 10_000);
    expect(await linesAt(planId)).toEqual([]);
    await stack.google.create(team.googleCalendar, { summary: "meanwhile", ...day });
    const { sessionId } = await team.ring();
    await until(async () =>
      (await owner.connection(team.connectionId)).state === "held" ? true : null,
    );
    expect(await owner.connection(team.connectionId)).toMatchObject({
      nextStep: expect.stringContaining("preview waits for a person"),
    });
    expect(await titles(team)).toMatchObject({ here: before.here });
    expect(await writesAtGoogle(team)).toBe(writes);
    expect(await owner.call("POST", `/plans/${planId}/discard`)).toMatchObject({
      status: 200,
      body: { state: "discarded", settledBy: "bootstrap" },
    });
    expect(await team.ended(sessionId, 30_000)).toMatchObject({ local_created: 1 });
    expect(await askedToApply(planId)).toMatchObject({ status: 409 });
  });

  it("shows each line, by side and action, and applies exactly these; ordinary sessions go on", async () => {
    const { team, planId } = await ready();
    expect(await linesAt(planId)).toMatchObject([
      { side: "local", action: "created", title: "new there", guestsMailed: 0 },
      { side: "remote", action: "created", title: "new here", guestsMailed: 0 },
    ]);
    expect(await linesAt(planId, "&side=remote&action=created")).toHaveLength(1);
    expect(await linesAt(planId, "&action=deleted")).toEqual([]);
    const asked = await askedToApply(planId);
    expect(asked.status).toBe(202);
    expect(await team.ended(asked.body.session.id, 30_000)).toMatchObject({
      status: "completed",
      local_created: 1,
      remote_created: 1,
    });
    expect((await linesAt(planId)).map(({ state }) => state)).toEqual(["done", "done"]);
    await team.quiescent();
    const { here, there } = await titles(team);
    expect(here).toEqual(there);
    expect(await owner.connection(team.connectionId)).toMatchObject({ state: "idle" });
  });

  it("says what has moved, and does nothing, where the world is another", async () => {
    const { team, planId } = await ready();
    await stack.google.create(team.googleCalendar, { summary: "late", ...day });
    const before = await titles(team);
    const asked = await askedToApply(planId);
    expect(await team.ended(asked.body.session.id, 30_000)).toMatchObject({
      status: "error",
      error_code: "moved",
      local_created: 0,
    });
    const { body } = await owner.call<PlanAnswer>("GET", `/plans/${planId}`);
    expect(body).toMatchObject({
      state: "moved",
      moved: [{ planned: null, now: { side: "local", action: "created" } }],
    });
    // Ordinary sessions go on, and bring it all.
    await team.quiescent();
    expect((await titles(team)).there).toEqual([...before.there, "new here"].toSorted());
    expect(await owner.connection(team.connectionId)).toMatchObject({ state: "idle" });
  });

  it("whose time is over lets sessions go on by itself", async () => {
    const { team, planId } = await ready();
    await stack.psql("update plans set waits_until = now() where id = $1", [planId]);
    await team.quiescent();
    await planIn(stack, team, planId, "discarded");
    const { here, there } = await titles(team);
    expect(here).toEqual(there);
  });
});

describe("a first sync that is to be shown", () => {
  it("waits for a person, and rings only mark; applied, both sides are in step", async () => {
    const team = await stack.connect({ companyId: owner.companyId });
    await stack.psql("update connections set first_sync = 'preview' where id = $1", [
      team.connectionId,
    ]);
    await stack.google.bulk(team.googleCalendar, { count: 5 });
    const { sessionId } = await team.ring();
    const plan = await until(async () => {
      const { body } = await owner.call<{ data: { id: string; waitsUntil: null }[] }>(
        "GET",
        `/plans?state=ready&kind=preview&connectionId=${team.connectionId}`,
      );
      return body.data[0];
    });
    expect(plan.waitsUntil).toBeNull();
    await team.ring();
    expect(await linesAt(plan.id)).toHaveLength(5);
    expect((await titles(team)).here).toEqual([]);
    const asked = await askedToApply(plan.id);
    expect(await team.ended(asked.body.session.id, 30_000)).toMatchObject({ local_created: 5 });
    expect(await team.ended(sessionId, 30_000)).toMatchObject({ local_created: 0 });
  });
});

describe("a held plan", () => {
  it("lists what would be deleted, as it is now, and nothing once it is settled (I14)", async () => {
    const team = await inStep(stack, 30, owner.companyId);
    const [first, ...others] = await stack.google.living(team.googleCalendar);
    for (const { id } of [first, ...others.slice(0, 11)].flatMap((event) => event ?? []))
      await stack.google.delete(team.googleCalendar, id);
    await team.sync();
    const { body } = await owner.call<{ data: PlanAnswer[] }>(
      "GET",
      `/plans?state=held&connectionId=${team.connectionId}`,
    );
    const planId = body.data[0]?.id ?? "";
    const lines = await linesAt(planId);
    expect(lines).toHaveLength(12);
    expect(lines.map(({ title }) => title)).toContain(first?.summary);
    expect(lines[0]).toMatchObject({ side: "local", action: "deleted", held: true, seq: null });
    await owner.call("POST", `/plans/${planId}/approve`);
    expect(await linesAt(planId)).toEqual([]);
    await team.quiescent();
    expect((await titles(team)).here).toHaveLength(18);
  });
});

describe("a worker that dies while a plan is carried out", () => {
  it.each(["page stored", "pull finished", "write sent"])(
    "at '%s' leaves it to the next one, which ends it as it was shown, each line once (I4, I10)",
    async (point) => {
      const { team, planId } = await ready();
      // Its workflow has ended by then: what dies begins with the doomed worker.
      await sleep(1_500);
      await stack.killWorkers();
      await askedToApply(planId);
      const doomed = await stack.startWorker({ CRASH_AT: `${point}:1` }, { mayDie: true });
      await until(async () => doomed.ended(), 90_000);
      await stack.startWorker();
      expect(await planIn(stack, team, planId, "applied", "moved", "failed")).toMatchObject({
        state: "applied",
      });
      const states = (await linesOf(stack, team, planId)).map(({ state }) => state);
      expect(states).toEqual(["done", "done"]);
      await team.quiescent();
      const { here, there } = await titles(team);
      expect(here).toEqual(there);
      expect(here.filter((title) => title.startsWith("new")).toSorted()).toEqual([
        "new here",
        "new there",
      ]);
    },
    240_000,
  );
});
