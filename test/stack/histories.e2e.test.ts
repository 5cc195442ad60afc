import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { check } from "../support/history/check.ts";
import { begin, opsOf, play, type Played } from "../support/history/play.ts";
import { report } from "../support/history/report.ts";
import { type Stack, startStack } from "../support/stack.ts";

const only = process.env["SYNCLINE_SEED"];
/** Once a late list lost a fresh exception; once a deleted series took an unseen edit along. */
const onceBroken = [145, 200];
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const seeds = only
  ? only.split(",").map(Number)
  : process.env["SYNCLINE_LONG"]
    ? upTo(200)
    : [...upTo(20), ...onceBroken];
const atOnce = 3;

/** A provider may answer in small pages, some of them empty, in no order, and late with what was written. */
const awkward = {
  pageSizeCap: 3,
  emptyPages: true,
  deltaOrder: "reversed",
  tombstones: "details",
  readLagMs: 60,
};

let stacks: Stack[];
const played: Played[] = [];
const broken: string[] = [];

beforeAll(async () => {
  const on = { databaseUrl: inject("databaseUrl"), temporalAddress: inject("temporalAddress") };
  stacks = await Promise.all([startStack(on), startStack(on)]);
  await stacks[1]?.google.settings(awkward);
});
afterAll(async () => {
  if (broken.length > 0)
    console.error(stacks.map((stack) => stack.logs().slice(-20_000)).join("\n"));
  await Promise.all(stacks.map((stack) => stack.stop()));
});

describe("random two-way histories with faults", () => {
  it("gives the same operations for the same seed (I19)", () => {
    for (const seed of seeds) expect(opsOf(seed)).toEqual(opsOf(seed));
  });

  it("ends with both sides equal and nothing lost, doubled, resurrected or spoiled (I1, I3, I4, I5, I6, I9)", async () => {
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
  }, 3_600_000);

  it("writes nothing in further sessions (I2, I8)", async () => {
    const written = () =>
      Promise.all(
        stacks.map(async ({ google, psql }) => ({
          atGoogle: (await google.counters()).writes,
          here: await psql(
            "select sum(version)::int as versions, count(*)::int as events from events",
          ),
        })),
      );
    const before = await written();
    for (let pass = 0; pass < (process.env["SYNCLINE_LONG"] ? 3 : 1); pass++) {
      for (const { world } of played)
        expect((await world.connected.sync()).status).toBe("completed");
    }
    expect(await written()).toEqual(before);
  }, 600_000);
});

/** A history that fails says its seed and everything that happened in it. */
async function one(stack: Stack, seed: number): Promise<void> {
  const history = await begin(stack, seed);
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
