import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Many, playMany } from "../support/records/many.ts";
import { startRecordsStack } from "../support/records/stack.ts";
import type { Stack } from "../support/stack.ts";

const only = process.env["SYNCLINE_SEED"];
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const seeds = only ? only.split(",").map(Number) : upTo(process.env["SYNCLINE_LONG"] ? 500 : 20);

let stacks: Stack[] = [];
let many: Many = { played: [], broken: [] };

beforeAll(async () => {
  const on = { databaseUrl: inject("databaseUrl"), temporalAddress: inject("temporalAddress") };
  stacks = [await startRecordsStack(on, "deltas"), await startRecordsStack(on, "snapshots")];
});
afterAll(async () => {
  if (many.broken.length > 0 && process.env["SYNCLINE_LOGS"])
    console.error(stacks.map((stack) => stack.logs()).join("\n"));
  await Promise.all(stacks.map((stack) => stack.stop()));
});

describe(`${seeds.length} random histories of shops at KiotViet and companies at Employes, with changes while paging, failing pages, empty lists, deletions, ids used again and kills`, () => {
  it("end with a change log that is the provider's own, entry by entry, and with what is there: nothing is deleted that was not, and reading all anew writes nothing (I1, I2, I3, I6, I10, I13)", async () => {
    const from = Date.now();
    many = await playMany(stacks, seeds);
    const sum = (of: "kills" | "faults" | "changes") =>
      many.played.reduce((total, one) => total + one[of], 0);
    console.info(
      `${many.played.length} histories, ${sum("changes")} changes, ${sum("kills")} kills, ${sum("faults")} faults in ${Math.round((Date.now() - from) / 1000)} s`,
    );
    expect(many.broken.join("\n")).toBe("");
  }, 14_400_000);
});
