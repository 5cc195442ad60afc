import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Connected } from "../support/connected.ts";
import { ownerOf } from "../support/http.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { day } from "../support/trouble.ts";
import { undoing } from "../support/undoing.ts";

let stack: Stack;
let people: ReturnType<typeof undoing>;
let companyId: string;

beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    temporalAddress: inject("temporalAddress"),
    api: true,
    env: { LINGER_MS: "300" },
  });
  const owner = await ownerOf(stack);
  companyId = owner.companyId;
  people = undoing(stack, owner);
});
afterAll(() => stack?.stop());

const series = { ...day, recurrence: ["RRULE:FREQ=DAILY;COUNT=5"] };

async function imported(
  ...summaries: string[]
): Promise<{ team: Connected; sessionId: string; ids: string[] }> {
  const team = await stack.connect({ companyId });
  const ids: string[] = [];
  for (const summary of summaries)
    ids.push((await stack.google.create(team.googleCalendar, { summary, ...day })).id);
  const { id } = await team.sync();
  await team.quiescent();
  return { team, sessionId: id, ids };
}

describe("the undo of a session, on the real stack", () => {
  it("of an import takes our events away and leaves Google's; no later session brings them back (I2, I5)", async () => {
    const { team, sessionId } = await imported("a", "b");
    const { left } = await people.undo(team, sessionId);
    expect(left).toEqual([]);
    expect(await people.here(team)).toEqual([]);
    expect(await people.there(team)).toEqual(["a", "b"]);
    await people.atRest(team);
  });

  it("of a push takes creations, updates and deletions at Google back, under their ids or saying so", async () => {
    const { team, ids } = await imported("a", "b", "c");
    const before = await people.there(team);
    const sessionId = await people.whilePaused(team, async () => {
      await people.insert(team, "new");
      await stack.psql(
        "update events set title = 'b here' where title = 'b' and calendar_id = $1",
        [team.calendarId],
      );
      await stack.psql("delete from events where title = 'c' and calendar_id = $1", [
        team.calendarId,
      ]);
    });
    expect(await people.there(team)).toEqual(["a", "b here", "new"]);
    const { left, anew } = await people.undo(team, sessionId);
    expect(left).toEqual([]);
    expect(await people.there(team)).toEqual(before);
    expect(await people.here(team)).toEqual(["a", "b here", "new"]);
    const c = (await stack.google.living(team.googleCalendar)).find(
      ({ summary }) => summary === "c",
    );
    expect(c?.id === ids[2]).toBe(anew === 0);
    await people.atRest(team);
  });

  it("leaves what was edited since, on both sides, and lists it", async () => {
    const { team, ids } = await imported("a", "b");
    const sessionId = await people.whilePaused(team, async () => {
      await stack.google.patch(team.googleCalendar, ids[0] ?? "", { summary: "a there" });
      await stack.psql(
        "update events set title = 'b here' where title = 'b' and calendar_id = $1",
        [team.calendarId],
      );
    });
    await stack.google.patch(team.googleCalendar, ids[1] ?? "", { summary: "b later" });
    await stack.psql(
      "update events set title = 'a later' where title = 'a there' and calendar_id = $1",
      [team.calendarId],
    );
    await team.sync();
    await team.quiescent();
    const { left } = await people.undo(team, sessionId);
    expect(left).toEqual([
      "local updated: it has changed since",
      "remote updated: it has changed since",
    ]);
    expect(await people.here(team)).toEqual(["a later", "b later"]);
    expect(await people.there(team)).toEqual(["a later", "b later"]);
  });

  it("leaves what somebody changes at Google while it is under way", async () => {
    const { team, ids } = await imported("a");
    const sessionId = await people.whilePaused(team, async () => {
      await stack.psql("update events set title = 'a here' where calendar_id = $1", [
        team.calendarId,
      ]);
    });
    const planId = await people.plan(team, sessionId);
    await stack.google.patch(team.googleCalendar, ids[0] ?? "", { summary: "a later" });
    const { left } = await people.apply(team, planId);
    expect(left).toEqual(["remote updated: it has changed since"]);
    expect(await people.there(team)).toEqual(["a later"]);
    await team.sync();
    expect(await people.here(team)).toEqual(["a later"]);
  });

  it("brings a series that was deleted at Google back here, with the occurrence that was moved", async () => {
    const team = await stack.connect({ companyId });
    const { id } = await stack.google.create(team.googleCalendar, { summary: "series", ...series });
    await stack.google.patch(team.googleCalendar, `${id}_20261203`, { summary: "moved" });
    await team.sync();
    const before = await people.rows(team);
    expect(before).toHaveLength(2);
    await stack.google.delete(team.googleCalendar, id);
    const { id: sessionId } = await team.sync();
    expect(await people.here(team)).toEqual([]);
    const { left } = await people.undo(team, sessionId);
    expect(left).toEqual([]);
    expect(await people.rows(team)).toEqual(before);
    expect(await people.there(team)).toEqual([]);
    await people.atRest(team);
  });

  it("goes on by itself where Google limits us, and where an answer of it is lost", async () => {
    const { team } = await imported("a", "b", "c");
    const sessionId = await people.whilePaused(team, async () => {
      await stack.psql("update events set title = title || ' here' where calendar_id = $1", [
        team.calendarId,
      ]);
      await people.insert(team, "new");
    });
    const path = encodeURIComponent(team.googleCalendar);
    await stack.google.fault({
      match: { path, method: "PATCH" },
      phase: "after",
      status: 503,
      times: 1,
    });
    await stack.google.fault({
      match: { path, method: "DELETE" },
      phase: "after",
      kind: "reset",
      times: 1,
    });
    await stack.google.fault({
      match: { path, method: "PATCH" },
      status: 403,
      reason: "rateLimitExceeded",
      nth: 2,
      times: 1,
    });
    const { left } = await people.undo(team, sessionId);
    expect(left).toEqual([]);
    expect(await people.there(team)).toEqual(["a", "b", "c"]);
    expect(await people.here(team)).toEqual(["a here", "b here", "c here", "new"]);
    expect((await stack.google.faults()).map(({ given }) => given)).toEqual([1, 1, 1]);
    await stack.google.noFaults();
    await people.atRest(team);
  });
});
