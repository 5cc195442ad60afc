import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { planHistory } from "../support/history/plan.ts";
import { begin, performAll, settle, type Played } from "../support/history/play.ts";
import { report } from "../support/history/report.ts";
import { ownerOf } from "../support/http.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { bothSides, type SeenSides } from "../support/undo-sides.ts";
import { undoing } from "../support/undoing.ts";

const only = process.env["SYNCLINE_SEED"];
const upTo = (count: number) => Array.from({ length: count }, (_, index) => 7_000 + index);
const seeds = only ? only.split(",").map(Number) : upTo(process.env["SYNCLINE_LONG"] ? 50 : 8);
const atOnce = 3;

let stack: Stack;
let owner: Awaited<ReturnType<typeof ownerOf>>;
let people: ReturnType<typeof undoing>;
const broken: string[] = [];
/** Cases in which one session had written everything, or the undo of several left nothing. */
let compared = 0;

beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    temporalAddress: inject("temporalAddress"),
    api: true,
    env: { LINGER_MS: "300" },
  });
  owner = await ownerOf(stack);
  people = undoing(stack, owner);
});
afterAll(() => stack?.stop());

/** What people do, without what goes wrong and without syncs between. */
function editsOf(seed: number) {
  const ops = planHistory(seed, 1).filter(({ do: what }) =>
    ["create", "edit", "occurrence", "delete"].includes(what),
  );
  const half = Math.floor(ops.length / 2);
  return { beforehand: ops.slice(0, half), meanwhile: ops.slice(half) };
}

/** Sessions of a connection that have written something, newest first. */
async function writing({ world }: Played, since: Date): Promise<string[]> {
  const found = await stack.psql<{ id: string }>(
    `select s.id from sync_sessions s where s.connection_id = $1 and s.created_at > $2
       and exists (select from changes c where c.session_id = s.id) order by s.created_at desc`,
    [world.connected.connectionId, since],
  );
  return found.map(({ id }) => id);
}

async function one(seed: number): Promise<void> {
  const played = await begin(stack, seed, { companyId: owner.companyId });
  const { connected } = played.world;
  const { beforehand, meanwhile } = editsOf(seed);
  await performAll(played.world, beforehand);
  await settle(played.world);
  let before: SeenSides = { here: [], there: [] };
  const [now] = await stack.psql<{ now: Date }>("select clock_timestamp() as now");
  await people.whilePaused(connected, async () => {
    await performAll(played.world, meanwhile);
    before = await bothSides(stack, connected);
  });
  await settle(played.world);
  const sessions = await writing(played, now?.now ?? new Date());
  const left: string[] = [];
  for (const id of sessions) left.push(...(await people.undo(connected, id)).left);
  const after = await bothSides(stack, connected);
  await people.atRest(connected);
  // What one session made and another changed is left by the second undo: the first has written it since.
  if (sessions.length > 1 && left.length > 0) return;
  compared += 1;
  if (JSON.stringify([left, after]) !== JSON.stringify([[], before])) {
    broken.push(`seed ${seed}: ${JSON.stringify({ left, before, after }, null, 1)}`);
    console.error(await report(played));
  }
}

describe("random edits on both sides, a session, and its undo", () => {
  it("leave both sides as people had left them, and further sessions write nothing (I2)", async () => {
    const waiting = [...seeds];
    const lane = async () => {
      for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
        const name = seed;
        await one(seed).catch((error: unknown) =>
          broken.push(`seed ${name}: ${error instanceof Error ? error.stack : String(error)}`),
        );
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    expect(broken.join("\n")).toBe("");
    expect(compared).toBeGreaterThanOrEqual(seeds.length / 2);
    console.info(`${compared} of ${seeds.length} cases compared`);
  }, 1_800_000);
});
