import { expect, test } from "vitest";

import { brake, type Deletions } from "../../sync/plan.ts";

function held(input: Partial<Deletions>): boolean {
  const limit = { count: 10, share: 0.2 };
  return (
    brake({ deletions: 0, recent: 0, links: 20, limit, emptySnapshot: false, ...input }) === "hold"
  );
}

test("I14: ten deletions pass, and eleven wait for a person", () => {
  expect(held({ deletions: 10 })).toBe(false);
  expect(held({ deletions: 11 })).toBe(true);
});

test("I14: of many links, a fifth may go", () => {
  expect(held({ deletions: 200, links: 1000 })).toBe(false);
  expect(held({ deletions: 201, links: 1000 })).toBe(true);
});

test("I14: the deletions of the last 24 hours count as well", () => {
  expect(held({ deletions: 1, recent: 10 })).toBe(true);
  expect(held({ deletions: 0, recent: 10_000 })).toBe(false);
});

test("I14: an empty list where there was much waits, however few would go", () => {
  expect(held({ deletions: 1, links: 11, emptySnapshot: true })).toBe(true);
  expect(held({ deletions: 3, links: 10, emptySnapshot: true })).toBe(false);
});
