import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Many, playMany, writtenIn } from "../support/history/many.ts";
import { beginThree } from "../support/history/play.ts";
import { planThree } from "../support/history/plan-three.ts";
import { type Stack, startStack } from "../support/stack.ts";

const only = process.env["SYNCLINE_SEED"];
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const seeds = only ? only.split(",").map(Number) : upTo(process.env["SYNCLINE_LONG"] ? 300 : 20);

let stacks: Stack[];
let many: Many = { played: [], broken: [] };

beforeAll(async () => {
  const on = { databaseUrl: inject("databaseUrl"), temporalAddress: inject("temporalAddress") };
  stacks = await Promise.all([startStack(on), startStack(on)]);
  await stacks[1]?.google.settings({ pageSizeCap: 3, emptyPages: true, readLagMs: 60 });
  await stacks[1]?.notion.settings({ pageSizeCap: 3 });
});
afterAll(async () => {
  if (many.broken.length > 0)
    console.error(stacks.map((stack) => stack.logs().slice(-20_000)).join("\n"));
  await Promise.all(stacks.map((stack) => stack.stop()));
});

describe("random histories of a calendar in Google, in Notion and here, with faults and kills", () => {
  it("gives the same operations for the same seed (I19)", () => {
    const faults = { google: 23, notion: 20 };
    for (const seed of seeds) expect(planThree(seed, faults)).toEqual(planThree(seed, faults));
  });

  it("ends with all sides equal and nothing lost, doubled, resurrected or spoiled (I1, I3, I4, I5, I6, I9, I10, I13)", async () => {
    many = await playMany(stacks, seeds, (stack, seed) => beginThree(stack, seed));
    expect(many.broken.join("\n")).toBe("");
  }, 7_200_000);

  it("writes nothing in further sessions (I2, I8)", async () => {
    const before = await writtenIn(stacks);
    for (let pass = 0; pass < (process.env["SYNCLINE_LONG"] ? 3 : 1); pass++) {
      for (const { world } of many.played) {
        for (const side of [world.connected, world.notion])
          expect((await side?.sync())?.status).toBe("completed");
      }
    }
    expect(await writtenIn(stacks)).toEqual(before);
  }, 1_200_000);
});
