import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { check } from "../support/history/check.ts";
import { beginThree, play, type Played } from "../support/history/play.ts";
import { planThree } from "../support/history/plan-three.ts";
import { report } from "../support/history/report.ts";
import { type Stack, startStack } from "../support/stack.ts";

const only = process.env["SYNCLINE_SEED"];
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const seeds = only ? only.split(",").map(Number) : upTo(process.env["SYNCLINE_LONG"] ? 300 : 20);
const atOnce = 3;

let stacks: Stack[];
const played: Played[] = [];
const broken: string[] = [];

beforeAll(async () => {
  const on = { databaseUrl: inject("databaseUrl"), temporalAddress: inject("temporalAddress") };
  stacks = await Promise.all([startStack(on), startStack(on)]);
  await stacks[1]?.google.settings({ pageSizeCap: 3, emptyPages: true, readLagMs: 60 });
  await stacks[1]?.notion.settings({ pageSizeCap: 3 });
});
afterAll(async () => {
  if (broken.length > 0)
    console.error(stacks.map((stack) => stack.logs().slice(-20_000)).join("\n"));
  await Promise.all(stacks.map((stack) => stack.stop()));
});

describe("random histories of a calendar in Google, in Notion and here, with faults and kills", () => {
  it("gives the same operations for the same seed (I19)", () => {
    const faults = { google: 23, notion: 20 };
    for (const seed of seeds) expect(planThree(seed, faults)).toEqual(planThree(seed, faults));
  });

  it("ends with all sides equal and nothing lost, doubled, resurrected or spoiled (I1, I3, I4, I5, I6, I9, I10, I13)", async () => {
    const lane = async (stack: Stack, waiting: number[]) => {
      for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift())
        await one(stack, seed);
    };
    await Promise.all(
      stacks.flatMap((stack, index) => {
        const waiting = seeds.filter((seed) => seed % stacks.length === index);
        return Array.from({ length: atOnce }, () => lane(stack, waiting));
      }),
    );
    expect(broken.join("\n")).toBe("");
  }, 7_200_000);

  it("writes nothing in further sessions (I2, I8)", async () => {
    const written = () =>
      Promise.all(
        stacks.map(async ({ google, psql }) => ({
          atBoth: (await google.counters()).writes,
          here: await psql(
            "select sum(version)::int as versions, count(*)::int as events from events",
          ),
        })),
      );
    const before = await written();
    for (let pass = 0; pass < (process.env["SYNCLINE_LONG"] ? 3 : 1); pass++) {
      for (const { world } of played) {
        for (const side of [world.connected, world.notion])
          expect((await side?.sync())?.status).toBe("completed");
      }
    }
    expect(await written()).toEqual(before);
  }, 1_200_000);
});

/** A history that fails says its seed and everything that happened in it. */
async function one(stack: Stack, seed: number): Promise<void> {
  const history = await beginThree(stack, seed);
  const problems = await play(history).then(
    () => check(history),
    (error: unknown) => [
      `it did not come to its end: ${error instanceof Error ? (error.stack ?? error.message) : error}`,
    ],
  );
  if (problems.length === 0) return void played.push(history);
  broken.push(`seed ${seed}:`, ...problems);
  console.error([...problems, await report(history)].join("\n"));
}
