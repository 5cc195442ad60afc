import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { readGrant } from "../../db/grants.ts";
import { openKeyRing } from "../../db/secrets.ts";
import { type Child, startChild } from "../support/child.ts";
import type { Connected } from "../support/connected.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { inStep, insert } from "../support/trouble.ts";
import { until } from "../support/until.ts";

const perProcess = 100;
const allThrough = Array(2).fill(`${perProcess} came through, none failed`);

let stack: Stack;
let processes: Child[] = [];

beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    temporalAddress: inject("temporalAddress"),
    workers: 0,
  });
  processes = [1, 2].map(() => startChild("test/support/openings", stack.env));
  await Promise.all(processes.map((one) => one.says("ready")));
});
afterAll(async () => {
  await Promise.all(processes.map((one) => one.end("SIGKILL")));
  await stack?.stop();
});

/** Two processes use the connection at once, a hundred times each. Answers what they say, and what it took at Google. */
async function useAtOnce({ companyId, connectionId }: Connected) {
  const before = (await stack.google.requests()).at(-1)?.seq ?? 0;
  for (const one of processes)
    one.process.stdin?.write(`${companyId} ${connectionId} ${perProcess}\n`);
  await Promise.all(processes.map((one) => one.says(`${connectionId}:`)));
  const requests = await stack.google.requests(before);
  return {
    said: processes.map((one) => new RegExp(`${connectionId}: (.*)`).exec(one.output())?.[1]),
    refreshes: requests.filter(({ path }) => path === "/token").length,
    refused: requests.filter(({ status }) => status === 401).length,
  };
}

const storedGrant = (team: Connected) =>
  stack.db.withCompany(team.companyId, (tx) =>
    readGrant(tx, openKeyRing([stack.key]), team.connectionId),
  );

describe("a token that ends under two hundred uses at once, over two processes", () => {
  it("is renewed once where our own clock says that it ends (F20)", async () => {
    const team = await stack.connect({ expiresInMs: 1_000 });
    const { said, refreshes, refused } = await useAtOnce(team);
    expect(said).toEqual(allThrough);
    expect({ refreshes, refused }).toEqual({ refreshes: 1, refused: 0 });
    const stored = await storedGrant(team);
    expect(stored?.version).toBe(2);
    // Google sends no refresh token along with a renewed access token: the one there is stays.
    expect(stored?.grant.refreshToken).toBe(team.tokens.refreshToken);
    expect(stored?.grant.accessToken).not.toBe(team.tokens.accessToken);
  });

  it("is renewed once where Google refuses it while we believe that it lives (F16, F20)", async () => {
    const team = await stack.connect();
    await stack.google.expireAccess(team.email);
    const { said, refreshes, refused } = await useAtOnce(team);
    expect(said).toEqual(allThrough);
    expect(refreshes).toBe(1);
    expect(refused).toBeGreaterThan(0);
  });

  it("is renewed by the next process where the one that had begun has died", async () => {
    const team = await stack.connect({ expiresInMs: 1_000 });
    await stack.psql(
      "update connections set refreshing_until = now() + interval '1 second' where id = $1",
      [team.connectionId],
    );
    const { said, refreshes } = await useAtOnce(team);
    expect(said).toEqual(allThrough);
    expect(refreshes).toBe(1);
  });

  it("asks a person to connect anew where the grant is dead, and tries no more than once a process (F21)", async () => {
    const team = await stack.connect({ expiresInMs: 1_000 });
    await stack.google.revoke(team.email);
    const { said, refreshes } = await useAtOnce(team);
    expect(said).toEqual(
      Array(2).fill("0 came through, Unauthenticated: oauth.refresh: invalid_grant failed"),
    );
    expect(refreshes).toBeLessThanOrEqual(2);
    expect((await storedGrant(team))?.version).toBe(1);
  });
});

describe("a revoked grant (F21)", () => {
  it("ends the session with needs_reauth after one try, holds the queue and deletes nothing; a new grant goes on", async () => {
    const worker = await stack.startWorker();
    const team = await inStep(stack);
    await stack.google.revoke(team.email);
    const seen = (await stack.google.requests()).at(-1)?.seq ?? 0;
    const refreshes = async () =>
      (await stack.google.requests(seen)).filter(({ path }) => path === "/token").length;
    await insert(stack, team, "waits for a grant");
    const [failed] = await until(async () => {
      const found = await stack.psql(
        "select * from sync_sessions where connection_id = $1 and status = 'error'",
        [team.connectionId],
      );
      return found.length > 0 && found;
    });
    expect(failed).toMatchObject({
      error_code: "needs_reauth",
      error: "oauth.refresh: invalid_grant",
    });
    expect(await refreshes()).toBe(1);
    const state = () =>
      stack.psql("select grant_state, last_error_code from connections where id = $1", [
        team.connectionId,
      ]);
    expect(await state()).toEqual([
      { grant_state: "needs_reauth", last_error_code: "needs_reauth" },
    ]);

    // Neither a ring nor the sweep makes it try again: only a person can help.
    await team.ring();
    await sleep(4_000);
    expect(await refreshes()).toBe(1);
    const queue = () =>
      stack.psql("select state from writes where connection_id = $1", [team.connectionId]);
    expect(await queue()).toEqual([{ state: "pending" }]);
    expect(
      await stack.psql(
        "select count(*)::int from events where calendar_id = $1 and deleted_at is null",
        [team.calendarId],
      ),
    ).toEqual([{ count: 6 }]);
    expect(await stack.google.living(team.googleCalendar)).toHaveLength(5);

    await team.grantAgain();
    expect(await team.sync()).toMatchObject({ status: "completed", remote_created: 1 });
    expect(await state()).toEqual([{ grant_state: "ok", last_error_code: null }]);
    expect(await queue()).toEqual([{ state: "completed" }]);
    await worker.end("SIGKILL");
  });
});
