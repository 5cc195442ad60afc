import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Connected } from "../support/connected.ts";
import { ownerOf } from "../support/http.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { inStep } from "../support/trouble.ts";

const count = 30;
const many = 12;

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

/** More than ten deletions, or a fifth of thirty events, are more than ordinary. */
const thirty = () => inStep(stack, count, owner.companyId);

interface Plan {
  id: string;
  side: string;
  state: string;
  items: number;
  reason: string;
  settledBy: string | null;
}

const plansOf = async (team: Connected) =>
  (await owner.call<{ data: Plan[] }>("GET", `/plans?connectionId=${team.connectionId}`)).body.data;

async function settle(team: Connected, verb: "approve" | "reject"): Promise<void> {
  const [plan] = await plansOf(team);
  expect(await owner.call("POST", `/plans/${plan?.id}/${verb}`)).toMatchObject({
    status: 200,
    body: { settledBy: "bootstrap" },
  });
  expect(await owner.call("POST", `/plans/${plan?.id}/${verb}`)).toMatchObject({ status: 409 });
  await team.quiescent();
}

const livingHere = (team: Connected) =>
  stack.psql<{ id: string; title: string; version: string }>(
    "select id, title, version from events where calendar_id = $1 and deleted_at is null order by id",
    [team.calendarId],
  );
const livingThere = (team: Connected) => stack.google.living(team.googleCalendar);
const titles = (events: { title?: string; summary?: string }[]) =>
  events.map(({ title, summary }) => title ?? summary).toSorted();

async function expectInStep(team: Connected, events: number): Promise<void> {
  const [here, there] = [await livingHere(team), await livingThere(team)];
  expect(here).toHaveLength(events);
  expect(titles(there)).toEqual(titles(here));
  const before = (await stack.google.counters()).writes;
  expect(await team.sync()).toMatchObject({
    status: "completed",
    local_created: 0,
    local_deleted: 0,
  });
  expect((await stack.google.counters()).writes).toBe(before);
  expect(await owner.connection(team.connectionId)).toMatchObject({ state: "idle" });
}

describe("more deletions in Google than ordinary (I14)", () => {
  async function deletedThere(): Promise<Connected> {
    const team = await thirty();
    const [edited, ...others] = await livingThere(team);
    for (const { id } of others.slice(0, many)) await stack.google.delete(team.googleCalendar, id);
    await stack.google.patch(team.googleCalendar, edited?.id ?? "", { summary: "edited beside" });
    expect(await team.sync()).toMatchObject({
      status: "completed",
      local_deleted: 0,
      local_updated: 1,
    });
    const here = await livingHere(team);
    expect(here).toHaveLength(count);
    expect(titles(here)).toContain("edited beside");
    expect(await plansOf(team)).toMatchObject([
      { side: "local", state: "held", items: many, reason: expect.stringContaining(String(many)) },
    ]);
    expect(await owner.connection(team.connectionId)).toMatchObject({
      state: "held",
      status: "held",
    });
    return team;
  }

  it("wait for a person while the rest goes on; approved, they happen here", async () => {
    const team = await deletedThere();
    expect(await team.sync()).toMatchObject({ status: "completed", local_deleted: 0 });
    await settle(team, "approve");
    await expectInStep(team, count - many);
  });

  it("wait for a person; rejected, the events are made in Google again, each once (I4)", async () => {
    const team = await deletedThere();
    await settle(team, "reject");
    await expectInStep(team, count);
  });

  it("are decided anew when approved: an event that was edited here meanwhile stays (an edit beats a delete)", async () => {
    const team = await deletedThere();
    const kept = await stack.psql<{ id: string }>(
      `update events set title = 'edited while held' where id = (select event_id from links where connection_id = $1
         and deletion_seen_at is not null limit 1) returning id`,
      [team.connectionId],
    );
    expect(kept).toHaveLength(1);
    await team.quiescent();
    await settle(team, "approve");
    expect(titles(await livingThere(team))).toContain("edited while held");
    await expectInStep(team, count - many + 1);
  });
});

describe("more deletions here than ordinary, with psql (I14)", () => {
  async function deletedHere(): Promise<Connected> {
    const team = await thirty();
    await stack.psql("delete from events where calendar_id = $1", [team.calendarId]);
    expect((await team.sync()).status).toBe("completed");
    // What psql has written rings as well.
    await team.quiescent();
    expect(await livingThere(team)).toHaveLength(count);
    expect(await plansOf(team)).toMatchObject([{ side: "remote", state: "held", items: count }]);
    expect(await owner.connection(team.connectionId)).toMatchObject({ state: "held" });
    return team;
  }

  it("wait for a person; rejected, the events come back", async () => {
    const team = await deletedHere();
    await settle(team, "reject");
    await expectInStep(team, count);
  });

  it("wait for a person; approved, they happen in Google", async () => {
    const team = await deletedHere();
    await settle(team, "approve");
    await expectInStep(team, 0);
  });
});

describe("a complete list that is empty for once (F36)", () => {
  async function emptied(): Promise<Connected> {
    const team = await thirty();
    await stack.google.expireSyncTokens(team.googleCalendar);
    const path = encodeURIComponent(team.googleCalendar);
    // The first call is refused for its sync token; the second is the complete listing.
    await stack.google.fault({
      match: { path, method: "GET" },
      nth: 2,
      phase: "after",
      kind: "body",
      body: "empty-list",
    });
    expect(await team.sync()).toMatchObject({ status: "completed", local_deleted: 0 });
    expect(await livingHere(team)).toHaveLength(count);
    expect(await plansOf(team)).toMatchObject([
      { side: "local", state: "held", items: count, reason: expect.stringContaining("empty list") },
    ]);
    return team;
  }

  it("deletes nothing, and the next session finds that nothing was gone", async () => {
    const team = await emptied();
    expect(await team.sync()).toMatchObject({
      status: "completed",
      local_deleted: 0,
      local_created: 0,
    });
    await expectInStep(team, count);
  });

  it.each(["approve", "reject"] as const)(
    "deletes and doubles nothing whatever a person answers: %s (I4, I6)",
    async (verb) => {
      const team = await emptied();
      await settle(team, verb);
      await expectInStep(team, count);
    },
  );
});
