import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { different, effectsOn, ourSide } from "../support/effects.ts";
import { begin, performAll, type Played } from "../support/history/play.ts";
import type { Op } from "../support/history/plan.ts";
import { readBothSides } from "../support/history/sides.ts";
import { ownerOf } from "../support/http.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { hold, linesOf, planIn, previewed } from "../support/stack-plans.ts";
import { requestsFor } from "../support/trouble.ts";

const count = process.env["SYNCLINE_LONG"] ? 50 : 10;
const seeds = Array.from({ length: count }, (_, at) => 20_001 + at);

let stack: Stack;
/** So that a preview of nothing proves nothing. */
let shown = 0;
let owner: Awaited<ReturnType<typeof ownerOf>>;

beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    temporalAddress: inject("temporalAddress"),
    api: true,
    // Whatever is deleted is deleted.
    env: { BRAKE_COUNT: "1000" },
  });
  owner = await ownerOf(stack);
});
afterAll(() => stack?.stop());

/** What people do, without faults and without sessions: the first part is in step before the second. */
function parts(ops: readonly Op[]): { before: Op[]; meanwhile: Op[] } {
  const people = ops.filter(({ do: what }) => !["fault", "ring", "wait", "sync"].includes(what));
  const half = Math.ceil(people.length / 2);
  const before: Op[] = [...people.slice(0, half), { do: "sync" }];
  return { before, meanwhile: people.slice(half) };
}

const methods = { created: "POST", updated: "PATCH", deleted: "DELETE", restored: "PATCH" };

/** What one history has shown otherwise than it happened, in words. */
async function playOne(seed: number): Promise<string[]> {
  const history: Played = await begin(stack, seed, { companyId: owner.companyId });
  const team = history.world.connected;
  const { before, meanwhile } = parts(history.ops);
  await performAll(history.world, before);
  await hold(stack, team);
  await performAll(history.world, meanwhile);
  const untouched = await ourSide(stack.db, team);
  const seen = (await requestsFor(stack, team)).at(-1)?.seq ?? 0;
  const { id } = await previewed(stack, team);
  const writesIn = async () =>
    (await requestsFor(stack, team, seen)).filter(
      ({ method, status }) => method !== "GET" && status < 400,
    );
  const early = (await writesIn()).map(({ method }) => `${method} before anybody has applied it`);
  if (different([], effectsOn("local", untouched, await ourSide(stack.db, team))).length > 0)
    early.push("our side has changed before anybody has applied it");
  const asked = await owner.call<{ session: { id: string } }>("POST", `/plans/${id}/apply`);
  const session = await team.ended(asked.body.session.id, 60_000);
  const plan = await planIn(stack, team, id, "applied", "moved", "failed");
  await team.quiescent();
  const lines = await linesOf(stack, team, id);
  shown += lines.length;
  const ours = lines.filter(({ side }) => side === "local");
  const theirs = lines.filter(({ side }) => side === "remote");
  const sent = (await writesIn()).map(({ method }) => method);
  const { here, google, unlinked } = await readBothSides(stack, team);
  return [
    ...early,
    ...(plan.state === "applied"
      ? []
      : [`the plan is ${plan.state}: ${JSON.stringify(plan.summary)}`]),
    ...(session.status === "completed" ? [] : [`the session ended with ${session.error}`]),
    ...lines.flatMap(({ state, reason }) => (state === "done" ? [] : [`${state}: ${reason}`])),
    ...different(ours, effectsOn("local", untouched, await ourSide(stack.db, team))),
    ...unequalLists(
      theirs.map(({ action }) => methods[action]),
      sent,
    ),
    ...[...here].flatMap(([key, value]) =>
      JSON.stringify(value) === JSON.stringify(google.get(key))
        ? []
        : [`${key} differs afterwards`],
    ),
    ...unlinked.map(({ id: alone }) => `${alone} is at Google alone`),
  ];
}

function unequalLists(shown: string[], sent: string[]): string[] {
  const [a, b] = [shown.toSorted().join(" "), sent.toSorted().join(" ")];
  return a === b ? [] : [`shown: ${a}; sent: ${b}`];
}

describe("random histories", () => {
  it("end in exactly what a preview has shown of them: nothing before it is applied, each line once, nothing else", async () => {
    const broken: string[] = [];
    const waiting = [...seeds];
    const lane = async () => {
      for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
        const problems = await playOne(seed).catch((error: unknown) => [
          error instanceof Error ? error.message : String(error),
        ]);
        broken.push(...problems.map((problem) => `seed ${seed}: ${problem}`));
      }
    };
    await Promise.all([lane(), lane(), lane()]);
    if (broken.length > 0) console.error(stack.logs().slice(-5_000));
    expect(broken).toEqual([]);
    expect(shown).toBeGreaterThan(4 * count);
  }, 1_800_000);
});
