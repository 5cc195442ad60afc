import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { closesCircle, takeOverLinks } from "../../db/hub.ts";
import { readAnew } from "../../db/cursors.ts";
import { type Engine, startEngine } from "../support/engine.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(inject("databaseUrl"));
});
afterAll(() => engine?.stop());

interface Hub {
  companyId: string;
  calendarId: string;
}

async function hub(): Promise<Hub> {
  const [company] = await engine.psql<{ id: string }>(
    "insert into companies (name) values ('Team') returning id",
  );
  const companyId = company?.id ?? "";
  const calendarId = randomUUID();
  await engine.psql("insert into calendars (id, company_id, name) values ($1, $2, 'Team')", [
    calendarId,
    companyId,
  ]);
  return { companyId, calendarId };
}

async function spoke(
  { companyId, calendarId }: Hub,
  collection: string,
  more: { direction?: string; account?: string; gone?: boolean } = {},
): Promise<{ companyId: string; id: string }> {
  const id = randomUUID();
  await engine.psql(
    `insert into connections (id, company_id, calendar_id, provider, settings, direction, account, disconnected_at)
     values ($1, $2, $3, 'google-calendar', $4, $5, $6, $7)`,
    [
      id,
      companyId,
      calendarId,
      JSON.stringify({ calendarId: collection }),
      more.direction ?? "both",
      more.account ?? null,
      more.gone ? new Date() : null,
    ],
  );
  return { companyId, id };
}

const circular = ({ companyId, id }: { companyId: string; id: string }) =>
  engine.db.withCompany(companyId, (tx) => closesCircle(tx, id));

/** Collections that no other test uses. */
const collections = () => [1, 2, 3].map((n) => `${n}-${randomUUID()}`) as [string, string, string];

describe("F47: connections in a circle", () => {
  it("are found across companies: two calendars that both join the same two remote ones", async () => {
    const [one, two] = collections();
    const [ours, theirs] = [await hub(), await hub()];
    await spoke(ours, one);
    expect(await circular(await spoke(ours, two))).toBe(false);
    expect(await circular(await spoke(theirs, one))).toBe(false);
    expect(await circular(await spoke(theirs, two))).toBe(true);
  });

  it("are found over a detour, and under the account's own name for its calendar", async () => {
    const [one, two] = collections();
    const [first, second, third] = [await hub(), await hub(), await hub()];
    await spoke(first, "primary", { account: one });
    await spoke(first, two);
    await spoke(second, two);
    await spoke(second, "third-" + two);
    await spoke(third, "third-" + two);
    expect(await circular(await spoke(third, one))).toBe(true);
  });

  it("are none where nothing can come back: one direction, or one that has been disconnected", async () => {
    const [one, two, other] = collections();
    const [ours, theirs] = [await hub(), await hub()];
    await spoke(ours, one, { direction: "in" });
    await spoke(ours, two, { direction: "out" });
    await spoke(theirs, one, { direction: "in" });
    expect(await circular(await spoke(theirs, two, { direction: "out" }))).toBe(false);
    expect(await circular(await spoke(await hub(), two, { direction: "in" }))).toBe(false);
    await spoke(ours, other, { gone: true });
    expect(await circular(await spoke(theirs, other))).toBe(false);
  });

  it("are told by the way they run: there and back needs both ways", async () => {
    const [one, two] = collections();
    const [ours, theirs] = [await hub(), await hub()];
    await spoke(ours, one, { direction: "in" });
    await spoke(ours, two, { direction: "out" });
    await spoke(theirs, two, { direction: "in" });
    expect(await circular(await spoke(theirs, one, { direction: "out" }))).toBe(true);
  });
});

describe("F47: an account that is disconnected and connected again", () => {
  async function again() {
    const team = await engine.connect();
    team.put("theirs", { title: "theirs" });
    await team.insert("ours");
    await team.session();
    const gone = { provider: "memory", settings: { calendarId: randomUUID() } };
    await engine.psql(
      "update connections set settings = $2, disconnected_at = now() where id = $1",
      [team.connectionId, gone.settings],
    );
    const next = await engine.connect({
      companyId: team.companyId,
      calendarId: team.calendarId,
      store: team.store,
    });
    await engine.psql("update connections set settings = $2 where id = $1", [
      next.connectionId,
      gone.settings,
    ]);
    const taken = () =>
      engine.db.withCompany(next.companyId, (tx) => takeOverLinks(tx, next.connectionId));
    return { team, next, taken };
  }

  it("goes on with what was linked: nothing is doubled, and what changed in between is merged (I4)", async () => {
    const { team, next, taken } = await again();
    await engine.psql("update events set location = 'here' where title = 'theirs'");
    team.put("theirs", { title: "theirs, renamed" });
    expect(await taken()).toBe(2);
    await next.session();
    await next.session();
    expect(await next.here()).toEqual(["ours", "theirs, renamed"]);
    expect(next.there()).toEqual(["ours", "theirs, renamed"]);
  });

  it("deletes what the provider deleted meanwhile, and what was deleted before stays deleted (I5)", async () => {
    const { team, next, taken } = await again();
    team.store.remove("theirs");
    await taken();
    await engine.db.withCompany(next.companyId, (tx) => readAnew(tx, next.connectionId));
    await next.session();
    expect(await next.here()).toEqual(["ours"]);
    expect(next.there()).toEqual(["ours"]);
  });

  it("takes over once, and nothing from another calendar's connection", async () => {
    const { next, taken } = await again();
    expect([await taken(), await taken()]).toEqual([2, 0]);
    const stranger = await engine.connect();
    await engine.psql(
      "update connections set settings = (select settings from connections where id = $2) where id = $1",
      [stranger.connectionId, next.connectionId],
    );
    expect(
      await engine.db.withCompany(stranger.companyId, (tx) =>
        takeOverLinks(tx, stranger.connectionId),
      ),
    ).toBe(0);
  });
});
