import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { CrashPoint } from "../../activities/deps.ts";
import { ownerOf } from "../support/http.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { day } from "../support/trouble.ts";
import { undoing } from "../support/undoing.ts";
import { until } from "../support/until.ts";

/** A dead worker is noticed by its silence: several undos wait for that at once. */
const lanes = 3;
const stacks: Stack[] = [];

beforeAll(async () => {
  const on = {
    databaseUrl: inject("databaseUrl"),
    temporalAddress: inject("temporalAddress"),
    api: true,
    env: { LINGER_MS: "300" },
  };
  const first = await startStack(on);
  stacks.push(first);
  for (let lane = 1; lane < lanes; lane += 1)
    stacks.push(await startStack({ ...on, google: first.google }));
});
afterAll(() => Promise.all(stacks.reverse().map((stack) => stack.stop())));

/** Each kind of write at Google is one call: the n-th passing of a point is in a call of its own. */
const points: [CrashPoint, number][] = [
  ["session opened", 1],
  ["intents committed", 1],
  ["intents committed", 2],
  ["intents committed", 3],
  ["write sent", 1],
  ["write sent", 2],
  ["write sent", 3],
  ["answer stored", 2],
  ["session closed", 1],
];

async function dieAt(stack: Stack, [point, nth]: [CrashPoint, number]): Promise<void> {
  const owner = await ownerOf(stack);
  const people = undoing(stack, owner);
  const { team, sessionId, before } = await everyKind(stack, owner.companyId, people);
  const planId = await people.plan(team, sessionId);
  await stack.killWorkers();
  const doomed = await stack.startWorker({ CRASH_AT: `${point}:${nth}` }, { mayDie: true });
  const recovery = until(async () => doomed.ended(), 90_000).then(() => stack.startWorker());
  const { left } = await people.apply(team, planId);
  await recovery;
  expect(left).toEqual([]);
  expect(await people.rows(team)).toEqual(before.here);
  expect(await people.there(team)).toEqual(before.there);
  const twice = await stack.psql(
    `select c.event_id from changes c join sync_sessions s on s.id = c.session_id
     where s.kind = 'undo' and s.connection_id = $1 group by c.event_id, c.side having count(*) > 1`,
    [team.connectionId],
  );
  expect(twice).toEqual([]);
  await people.atRest(team);
}

/** A session that has made, changed and deleted on both sides; answers it and both sides before it. */
async function everyKind(stack: Stack, companyId: string, people: ReturnType<typeof undoing>) {
  const team = await stack.connect({ companyId });
  const made: string[] = [];
  for (const summary of ["a", "b", "c", "d"])
    made.push((await stack.google.create(team.googleCalendar, { summary, ...day })).id);
  await team.sync();
  await team.quiescent();
  let before = { here: [] as unknown[], there: [] as string[] };
  const sessionId = await people.whilePaused(team, async () => {
    await stack.google.patch(team.googleCalendar, made[0] ?? "", { summary: "a there" });
    await stack.google.delete(team.googleCalendar, made[1] ?? "");
    await stack.google.create(team.googleCalendar, { summary: "new there", ...day });
    const own = [team.calendarId];
    await stack.psql(
      "update events set title = 'c here' where title = 'c' and calendar_id = $1",
      own,
    );
    await stack.psql("delete from events where title = 'd' and calendar_id = $1", own);
    await people.insert(team, "new here");
    before = { here: await people.rows(team), there: await people.there(team) };
  });
  return { team, sessionId, before };
}

describe("a worker that dies in an undo", () => {
  it("at any point of it is recovered from by nobody's help, and each item is taken back once (I10)", async () => {
    const waiting = [...points];
    const broken: string[] = [];
    const lane = async (stack: Stack) => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const name = next.join(":");
        await dieAt(stack, next).catch((error: unknown) =>
          broken.push(`${name}: ${error instanceof Error ? error.stack : String(error)}`),
        );
      }
    };
    await Promise.all(stacks.map(lane));
    expect(broken.join("\n")).toBe("");
  }, 600_000);
});
