import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Many, passOver, playMany, writtenIn } from "../support/history/many.ts";
import { beginThree, opsOfThree } from "../support/history/play.ts";
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
  await stacks[1]?.notion.settings({ pageSizeCap: 3, queryLagMs: 60 });
});
afterAll(async () => {
  if (many.broken.length > 0)
    console.error(stacks.map((stack) => stack.logs().slice(-20_000)).join("\n"));
  await Promise.all(stacks.map((stack) => stack.stop()));
});

describe("random histories of a calendar in Google, in Notion and here, with faults and kills", () => {
  it("gives the same operations for the same seed (I19)", () => {
    for (const seed of seeds) expect(opsOfThree(seed)).toEqual(opsOfThree(seed));
  });

  it("ends with all sides equal and nothing lost, doubled, resurrected, spoiled or touched that is a stranger's (I1, I3 to I7, I9, I10, I13)", async () => {
    many = await playMany(stacks, seeds, (stack, seed) => beginThree(stack, seed));
    expect(many.broken.join("\n")).toBe("");
  }, 7_200_000);

  it("writes nothing in further sessions (I2, I8)", async () => {
    const before = await writtenIn(stacks);
    for (let pass = 0; pass < (process.env["SYNCLINE_LONG"] ? 3 : 1); pass++)
      expect(await passOver(many)).toEqual(["completed"]);
    expect(await writtenIn(stacks)).toEqual(before);
  }, 1_200_000);

  it("writes nothing when all that was ever read is read again (I11)", async () => {
    const before = await writtenIn(stacks);
    expect(await passOver(many, { fromTheStart: true })).toEqual(["completed"]);
    expect(await writtenIn(stacks)).toEqual(before);
  }, 1_200_000);
});
